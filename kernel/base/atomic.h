/* Memory orders by name. Every order that is not relaxed carries a tag where it is used; the tag is
 * defined at the head of that file with its partner and what it makes visible, and `make check`
 * proves that tags pair up.
 *
 * The objects are plain integers and pointers. Cores share an object without a lock only through
 * these macros. Orders stand on operations, never on fences, because ThreadSanitizer and the
 * explorer (tests/unit) follow only operations. An atomic_impl.h on the include path replaces this
 * set: for the explorer and ThreadSanitizer, and for an instruction set that knows better than its
 * compiler. An object has at most the size of a long.
 *
 *   relaxed   atomic, orders nothing
 *   acquire   what the releaser wrote before is visible after
 *   release   what was written before is visible to the acquirer
 *   full      sequentially consistent: of two cores that each store and then load the other's
 *             word, one sees the other */
#ifndef SKEIN_ATOMIC_H
#define SKEIN_ATOMIC_H
#include <stdbool.h>
#include <stdint.h>

#if __has_include(<atomic_impl.h>)
#include <atomic_impl.h>
#else
#include "base/atomic_c11.h"
#endif

/* For a value that one core writes and others look at for a report, without any order. A machine of
 * 32 bits has no atomic operation on 64. A look there may catch the owner between two stores; then
 * the next look differs. */
static inline void poke(uint64_t *p, uint64_t value)
{
	if (sizeof(long) == sizeof(value))
		store_relaxed(p, value);
	else
		*(volatile uint64_t *)p = value;
}

static inline void count(uint64_t *p)
{
	poke(p, *p + 1);
}

static inline uint64_t peek(const uint64_t *p)
{
	uint64_t seen;

	if (sizeof(long) == sizeof(seen))
		return load_relaxed(p);
	do
		seen = *(const volatile uint64_t *)p;
	while (*(const volatile uint64_t *)p != seen);
	return seen;
}

#endif
