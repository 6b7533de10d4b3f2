/* What the tests of the kernel share: check(cond) goes on after a failure, main ends with
 * `return test_done();`. */
#ifndef TEST_H
#define TEST_H
#include <skein.h>

static unsigned test_checks, test_failures;

#define check(...) test_check(!!(__VA_ARGS__), __FILE__, __LINE__, #__VA_ARGS__)

static inline __attribute__((unused)) bool test_check(bool good, const char *file, int line,
                                                      const char *what)
{
	__atomic_fetch_add(&test_checks, 1, __ATOMIC_RELAXED);
	if (!good && __atomic_fetch_add(&test_failures, 1, __ATOMIC_RELAXED) < 20)
		kprintf("%s:%d: %s\n", file, line, what);
	return good;
}

/* The exit status: 1 after a failure, and when nothing was checked. */
static inline __attribute__((unused)) int test_done(void)
{
	unsigned checks = __atomic_load_n(&test_checks, __ATOMIC_RELAXED);
	unsigned failures = __atomic_load_n(&test_failures, __ATOMIC_RELAXED);

	kprintf("%u checks, %u failures\n", checks, failures);
	return failures || !checks;
}

#endif
