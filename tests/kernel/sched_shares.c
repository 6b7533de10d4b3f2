/* Under exact replay: goroutines that compute whenever they can get equal shares of the cores, within a
 * factor of 1.5, whether one computes without end, sleeps for a moment before the end of each slice, or
 * hands a value to and fro with another, which makes one share for both. None of them waits for longer
 * than a slice for each that there is, and one more. */
// test: cores=1 check=0,1 icount=3 without=sifive-u
// test: cores=4 check=0,1 icount=3 without=sifive-u,mps2-an521
#include "base/clock.h"
#include "sched/core.h"
#include "room.h"
#include "test.h"

enum { MOST = 32, SLICE_US = 1000, STEP = 100 };

static struct waitgroup done;
static volatile bool over;

static struct share {
	uint64_t switches; /* of its core, when it last computed */
	go_time last;      /* when that was */
	go_time had;       /* how long it had a core */
	unsigned turns;    /* how often it got one after it had waited for half a slice */
	go_time waited;    /* the longest that it had none */
} shares[MOST];

/* Of a core: when a goroutine on it computed last. Of all: the longest time that one has been silent. */
static go_time heard[CONFIG_CORES], silent;

/* Tells turns of a core apart, and cores. */
static uint64_t switches(void)
{
	unsigned long was = arch_irq_off();
	struct core *core = arch_core();
	uint64_t n = core_switches(core) << 8 | core->index;

	arch_irq_restore(was);
	return n;
}

/* A moment and its turn, with no switch in between: or the wait would count as time on a core. */
static uint64_t now_and_turn(go_time *now)
{
	uint64_t n;

	do {
		n = switches();
		*now = go_now();
	} while (switches() != n);
	return n;
}

static void begin(struct share *s)
{
	s->switches = now_and_turn(&s->last);
}

static void notice(struct share *s)
{
	go_time now, gap, *before;
	uint64_t n = now_and_turn(&now);

	gap = now - s->last;
	before = &heard[n & 255];
	if (*before && now - *before > silent)
		silent = now - *before;
	*before = now;
	if (n == s->switches)
		s->had += gap;
	else if (gap > s->waited)
		s->waited = gap;
	s->turns += n != s->switches && gap > us(SLICE_US) / 2;
	s->switches = n;
	s->last = now;
}

static void compute(struct share *s, go_time time)
{
	for (go_time start = go_now(); !over && s->last - start < time;) {
		for (volatile int i = 0; i < STEP; i++)
			;
		notice(s);
	}
}

static void hog(struct share *s)
{
	begin(s);
	compute(s, sec(100));
	wg_done(&done);
}

static go_time nap;

static void sleeper(struct share *s)
{
	begin(s);
	for (unsigned n = 0; !over;
	     n += 7) { /* of slightly different length: no beat with the slices */
		compute(s, us(SLICE_US) * (go_time)(85 + n % 11) / 100);
		go_sleep(nap);
	}
	wg_done(&done);
}

static void left(struct share *s, chan(int) c)
{
	begin(s);
	while (!over) {
		compute(s, us(SLICE_US) / 50);
		chan_send(c, 0);
	}
	chan_close(c);
	wg_done(&done);
}

static void right(struct share *s, chan(int) c)
{
	for (int v; chan_recv(c, &v);)
		compute(s, us(SLICE_US) / 50);
	wg_done(&done);
}

/* What n shares came to. Under exact replay several cores run one after another for stretches of any
 * length. So only the number of turns tells there, and a goroutine may wait for as long as QEMU does not
 * run its core. (On mps2-an521 one core follows the other at each access to a device, and the end of a
 * slice has two.) The hostile build's rings keep no order, and some preemptions are refused there. */
static void compare(const char *what, unsigned n)
{
	uint64_t all = 0, least = UINT64_MAX, most = 0;
	go_time waited = 0, bound;

	for (unsigned i = 0; i < n; i++) {
		uint64_t part = go_cores() == 1 ? (uint64_t)shares[i].had / 1000 : shares[i].turns;

		all += part;
		least = part < least ? part : least;
		most = part > most ? part : most;
		waited = shares[i].waited > waited ? shares[i].waited : waited;
	}
	kprintf("%s, %u shares: the least has %u %%, the most %u %%, the longest wait was %u us\n",
	        what, n, (unsigned)(least * n * 100 / all), (unsigned)(most * n * 100 / all),
	        (unsigned)(waited / 1000));
	check(least * n * 3 >= all * 2);
	check(most * n * 2 <= all * 3);
	bound = (n + 1) * us(SLICE_US) * (go_cores() == 1 && !CONFIG_CHECK ? 105 : 300) / 100;
	check(waited <= bound + (go_cores() == 1 ? 0 : silent));
}

static void clear(void)
{
	over = false;
	for (unsigned i = 0; i < MOST; i++)
		shares[i] = (struct share){0};
	for (unsigned i = 0; i < CONFIG_CORES; i++)
		heard[i] = 0;
	silent = 0;
}

static void finish(unsigned slices)
{
	go_sleep(slices * us(SLICE_US));
	over = true;
	wg_wait(&done);
}

static void beside_sleepers(unsigned sleepers, go_time time)
{
	unsigned each = sleepers * go_cores(), n = each + 2 * go_cores();

	nap = time;
	clear();
	wg_add(&done, n);
	for (unsigned i = 0; i < each; i++)
		go(sleeper, &shares[i]);
	for (unsigned i = each; i < n; i++)
		go(hog, &shares[i]);
	finish(60 * (sleepers + 2));
	kprintf("%u sleep for %u ns: ", sleepers, (unsigned)nap);
	compare("sleepers and hogs", n);
}

static void beside_pairs(unsigned hogs, unsigned pairs)
{
	chan(int) c[4];

	clear();
	wg_add(&done, hogs + 2 * pairs);
	for (unsigned i = 0; i < pairs; i++) {
		c[i] = chan_make(int, 0);
		go(right, &shares[i], c[i]);
		go(left, &shares[i], c[i]);
	}
	for (unsigned i = pairs; i < pairs + hogs; i++)
		go(hog, &shares[i]);
	finish(200);
	compare("pairs and hogs", hogs + pairs);
	for (unsigned i = 0; i < pairs; i++)
		chan_free(c[i]);
}

int main(void)
{
	for (unsigned i = 0; i < go_cores(); i++) {
		cores[i].slice = clock_ticks(us(SLICE_US)) + i * clock_ticks(us(1));
		cores[i].least = clock_ticks(us(1));
		cores[i].enough = cores[i].slice - cores[i].least;
	}
	for (unsigned n = 1; n <= 4 && (int)((n + 2) * go_cores()) <= room_for(MOST); n *= 2) {
		beside_sleepers(n, 1);
		if (go_cores() == 1) /* else a nap lasts for as long as the other cores run */
			beside_sleepers(n, us(10));
	}
	beside_pairs(go_cores(), go_cores() == 1 ? 1 : go_cores() / 2);
	return test_done();
}
