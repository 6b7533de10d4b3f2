/* Physical memory, in pages. The RAM behind the image is one area. The C library's heap grows from
 * the area's low end (sbrk). The kernel takes runs of pages from the high end, and gives them back.
 * Between the two lies the gap, of which nothing is in use. When the gap is empty and no free run
 * is long enough, memory has run out. */
#ifndef SKEIN_PAGES_H
#define SKEIN_PAGES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE 4096u

/* The order of the shortest run that has so many bytes, which are a constant. */
#define PAGES_ORDER(bytes) ((bytes) <= PAGE_SIZE ? 0 : 32 - __builtin_clz(((bytes)-1) / PAGE_SIZE))

void pages_init(uintptr_t start, uintptr_t end);

/* A run of 2^order pages. Null: none left. A half of a run can be freed alone. */
void *mem_pages(unsigned order);
void mem_pages_free(void *, unsigned order);

/* One page, from those that this core keeps if there is one. */
void *mem_page(void);
void mem_page_free(void *);

/* For each page from `start` on a number, 0 at first: of whoever took the run that begins with it
 * (mem.c), and writes it. */
extern struct pages_notes {
	uint8_t *number;
	uintptr_t start;
} pages_notes;

/* Context: any. */
static inline void pages_note(void *run, uint8_t number)
{
	pages_notes.number[((uintptr_t)run - pages_notes.start) / PAGE_SIZE] = number;
}

/* Context: any. */
static inline uint8_t pages_noted(uintptr_t page)
{
	return pages_notes.number[(page - pages_notes.start) / PAGE_SIZE];
}

/* Where the heap and the pages lie, while no core changes that. */
struct pages_area {
	uintptr_t heap, heap_end, pages, pages_end;
};
struct pages_area pages_area(void);

/* Gives the pages that each core keeps back to the runs and the gap. */
void mem_reclaim(void);

void *mem_grow(ptrdiff_t bytes); /* sbrk: the heap's end before; null: no room */
/* Of the gap, the free runs, and what the cores keep. A page that moves between these meanwhile
 * counts twice or not at all. */
size_t mem_free_bytes(void);

#endif
