/* The arena: single pages in a range of virtual addresses of its own (arch.h). Tables are made on
 * demand, and a last table in which nothing is mapped goes back with the page that was its last
 * one. */
#ifndef SKEIN_ARENA_H
#define SKEIN_ARENA_H
#include <stdbool.h>
#include <stdint.h>
#include "arch.h"

enum { ARENA_BATCH = 256 }; /* pages: a fixed stack of 1 MB */

/* Pages that one core has unmapped. Until their shoot-down is over they may still be used through
 * the old entries. From the first arena_unmap to arena_shoot a batch belongs to one core, which
 * stays masked. */
struct arena_batch {
	uint32_t ticket;             /* of the shoot-down */
	unsigned n;                  /* full: ARENA_BATCH or more */
	void *page[ARENA_BATCH + 1]; /* tables among them */
};

/* Makes the tables that an address needs. False: no page for them, or no MMU. */
bool arena_prepare(uintptr_t address);
/* Maps a page where none is. ARCH_NO_TABLE: call arena_prepare and try again. */
enum arch_map arena_map(uintptr_t address, void *page);

/* Takes the page that is mapped there, if one is, into a batch that is not full. */
void arena_unmap(struct arena_batch *, uintptr_t address);
void arena_shoot(struct arena_batch *); /* begins the shoot-down of all in the batch */
/* Every core has forgotten: the pages can be freed, and the addresses mapped again. */
bool arena_over(const struct arena_batch *);
/* Frees some pages of a batch that is over, until an interrupt is pending. True: none is left, and
 * the batch can be used again. */
bool arena_free(struct arena_batch *);

#endif
