/* What the kernel tells the race detector (lib/race): what happens before what. Without RACE=1 each
 * of these is an empty inline function, and the kernel has not one instruction for it.
 *
 * An edge is a release at an address, and a later acquire at the same address by another goroutine.
 * Everything here stands for the goroutine that runs, or, in a handler, for the handlers of this
 * core, unless a goroutine is named. Such a goroutine waits, or has been claimed, so that nobody but
 * the caller touches what the detector keeps for it. */
#ifndef SKEIN_RACE_H
#define SKEIN_RACE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/config.h"

struct g;
struct channel;

#if CONFIG_RACE
/* The member of struct g that the detector owns. */
struct race_of_g {
	struct race *race;
};

/* Upward. */

void race_go(struct g *made);                           /* the running goroutine makes it */
void race_end(void);                                    /* the running goroutine ends */
void race_acquire(const void *);                        /* whoever released there came before */
void race_release(const void *);                        /* and comes before who acquires there */
void race_forget(const void *, size_t);                 /* this memory is something new */
void race_slot(struct channel *, uint32_t, struct g *); /* a value goes in or out; null: mine */
void race_pass(struct channel *, struct g *other);      /* hands a value over, past the buffer */
void race_close(struct channel *);                      /* will close it */
void race_closed(struct channel *, struct g *);         /* null: this one has found it closed */
int race_status(int status);                            /* the status of the end of the program */
/* For the tests: how many races were found since the last call. They are forgotten. */
unsigned race_take(void);
extern bool race_quiet; /* races are not printed */
#else
struct race_of_g {
};
static inline void race_go(struct g *made)
{
	(void)made;
}
static inline void race_end(void)
{
}
static inline void race_acquire(const void *at)
{
	(void)at;
}
static inline void race_release(const void *at)
{
	(void)at;
}
static inline void race_forget(const void *memory, size_t size)
{
	(void)memory, (void)size;
}
static inline void race_slot(struct channel *c, uint32_t i, struct g *g)
{
	(void)c, (void)i, (void)g;
}
static inline void race_pass(struct channel *c, struct g *other)
{
	(void)c, (void)other;
}
static inline void race_close(struct channel *c)
{
	(void)c;
}
static inline void race_closed(struct channel *c, struct g *g)
{
	(void)c, (void)g;
}
static inline int race_status(int status)
{
	return status;
}
#endif

#endif
