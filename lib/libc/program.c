/* What C has once for the whole program and newlib has in each goroutine's state: signal handlers,
 * the sequences of random numbers, the counter of names for temporary files. Here they are the
 * program's, and each call is whole beside others. What belongs to whom:
 *   the program   signal and raise; rand, random and the rand48 family, one sequence each; tmpnam's
 *                 counter; and as newlib has it: atexit, the environment, setlocale, streams, malloc
 *   a goroutine   errno, strtok; what asctime, localtime, gmtime, strsignal, l64a, ecvt and tmpnam(0)
 *                 return; what mblen, mbtowc and wctomb are in the middle of; signgam; uselocale. C
 *                 lets calls of these overwrite each other's results, so a caller of its own loses
 *                 nothing.
 * strerror returns constants. getopt's optind and optarg are the program's, as POSIX has them.
 *
 * rand and random lock for a few instructions and do for handlers too; the rand48 family allocates.
 *
 * A signal's handler stays until another is given, as in BSD: newlib would reset it first, and of
 * two goroutines that raise the signal at once one would end the program. There are no signals but
 * by raise and abort, in the goroutine that calls.
 *
 * Orders
 *   H1 full     handler in signal  -> H2  the handler sees what was written before it was given
 *   H2 acquire  handler in raise   <- H1 */
#include <errno.h>
#include <reent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/atomic.h"
#include "libc.h"
#include "skein.h"

static _sig_func_ptr handlers[NSIG]; /* atomic: H1 H2; null is SIG_DFL */

static bool no_signal(struct _reent *r, int signal)
{
	if (signal > 0 && signal < NSIG)
		return false;
	r->_errno = EINVAL;
	return true;
}

_sig_func_ptr _signal_r(struct _reent *r, int signal, _sig_func_ptr handler)
{
	if (no_signal(r, signal))
		return SIG_ERR;
	if (handler == SIG_ERR || signal == SIGKILL || signal == SIGSTOP) {
		r->_errno = EINVAL;
		return SIG_ERR;
	}
	return swap_full(&handlers[signal], handler); /* H1 */
}

int _raise_r(struct _reent *r, int signal)
{
	_sig_func_ptr handler;

	if (no_signal(r, signal))
		return -1;
	handler = load_acquire(&handlers[signal]); /* H2 */
	if (handler == SIG_DFL)
		return _kill_r(r, _getpid_r(r), signal);
	if (handler != SIG_IGN)
		handler(signal); /* stack: calls what _signal_r is given */
	return 0;
}

_sig_func_ptr signal(int signal, _sig_func_ptr handler)
{
	return _signal_r(_REENT, signal, handler);
}

int raise(int signal)
{
	return _raise_r(_REENT, signal);
}

/* A sequence modulo 2^64, of which the upper half is given out: Knuth's multiplier. */
struct sequence {
	struct spinlock lock;
	uint64_t last;
};
static struct sequence of_rand = {.last = 1}, of_random = {.last = 1};

static int next(struct sequence *s)
{
	uint64_t n;

	spin_lock(&s->lock);
	n = s->last = s->last * 6364136223846793005u + 1;
	spin_unlock(&s->lock);
	return n >> 32 & RAND_MAX;
}

static void begin(struct sequence *s, unsigned seed)
{
	spin_lock(&s->lock);
	s->last = seed;
	spin_unlock(&s->lock);
}

int rand(void)
{
	return next(&of_rand);
}

void srand(unsigned seed)
{
	begin(&of_rand, seed);
}

long random(void)
{
	return next(&of_random);
}

void srandom(unsigned seed)
{
	begin(&of_random, seed);
}

static struct mutex shared; /* guards what follows in the main goroutine's state */

/* type name(parameters), newlib's _name_r of the main goroutine's state. */
#define OF_PROGRAM(type, name, parameters, ...)    \
	type __wrap_##name parameters              \
	{                                          \
		type result;                       \
                                                   \
		libc_check_context();              \
		mutex_lock(&shared);               \
		result = _##name##_r(__VA_ARGS__); \
		mutex_unlock(&shared);             \
		return result;                     \
	}

OF_PROGRAM(double, drand48, (void), _GLOBAL_REENT)
OF_PROGRAM(double, erand48, (unsigned short x[3]), _GLOBAL_REENT, x)
OF_PROGRAM(long, lrand48, (void), _GLOBAL_REENT)
OF_PROGRAM(long, nrand48, (unsigned short x[3]), _GLOBAL_REENT, x)
OF_PROGRAM(long, mrand48, (void), _GLOBAL_REENT)
OF_PROGRAM(long, jrand48, (unsigned short x[3]), _GLOBAL_REENT, x)
OF_PROGRAM(unsigned short *, seed48, (unsigned short x[3]), _GLOBAL_REENT, x)

void __wrap_srand48(long seed)
{
	libc_check_context();
	mutex_lock(&shared);
	_srand48_r(_GLOBAL_REENT, seed);
	mutex_unlock(&shared);
}

void __wrap_lcong48(unsigned short x[7])
{
	libc_check_context();
	mutex_lock(&shared);
	_lcong48_r(_GLOBAL_REENT, x);
	mutex_unlock(&shared);
}

/* A name from newlib's function, whose counter goes on where the last caller's ended. */
#define COUNTED(name, parameters, ...)           \
	char *__wrap_##name parameters           \
	{                                        \
		static int counter;              \
		char *made;                      \
                                                 \
		libc_check_context();            \
		mutex_lock(&shared);             \
		_REENT->_inc = counter;          \
		made = _##name##_r(__VA_ARGS__); \
		counter = _REENT->_inc + !!made; \
		mutex_unlock(&shared);           \
		return made;                     \
	}

COUNTED(tmpnam, (char *to), _REENT, to)
COUNTED(tempnam, (const char *folder, const char *prefix), _REENT, folder, prefix)
