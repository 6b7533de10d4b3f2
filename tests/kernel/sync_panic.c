/* Misuse of package sync ends the program with a sentence.
 * test: cores=2 check=0 args=unlock-unlocked expect=70 match="panic: mutex_unlock: mutex .* is not locked"
 * test: cores=2 check=0 args=unlock-twice expect=70 match="panic: mutex_unlock: mutex .* is not locked"
 * test: cores=1,4 args=lock-twice expect=70 match="(?s)deadlock.*mutex"
 * test: cores=2 check=0 args=wg-negative expect=70 match="panic: waitgroup .*: the count falls below 0"
 * test: cores=2 check=0 args=wg-negative-add expect=70 match="panic: waitgroup .*: the count falls below 0"
 * test: cores=2 check=0 args=wg-negative-waited expect=70 match="panic: waitgroup .*: the count falls below 0"
 * test: cores=2 check=0 args=wg-above expect=70 match="panic: waitgroup .*: wg_add of 1 takes the count above 2147483647"
 * test: cores=2 check=0 args=wg-above-waited expect=70 match="panic: waitgroup .*: wg_add of 2147483647 takes the count above 2147483647"
 * test: cores=2 check=0 args=wg-least expect=70 match="panic: waitgroup .*: the count falls below 0"
 * test: cores=1,4 args=wg-never expect=70 match="(?s)deadlock.*waitgroup"
 * test: cores=2 check=0 args=once-inside expect=70 match="(?s)deadlock.*mutex"
 * test: cores=2 check=0 args=spin-unlock expect=70 match="panic: spin_unlock: .* is not locked"
 * test: cores=2 check=0 args=too-deep expect=70 match="panic: spin_lock: 64 of them and of go_preempt_off"
 * test: cores=2 args=spin-recv expect=70 match="panic: .*spin_lock"
 * test: cores=2 check=0 args=spin-select expect=70 match="panic: .*spin_lock"
 * test: cores=2 check=0 args=spin-sleep expect=70 match="panic: .*spin_lock"
 * test: cores=2 check=0 args=spin-mutex expect=70 match="panic: .*spin_lock"
 * test: cores=2 check=0 args=spin-wait expect=70 match="panic: .*spin_lock"
 * test: cores=2 check=0 args=spin-yield expect=70 match="panic: .*spin_lock"
 * test: cores=2 check=0 args=off-recv expect=70 match="panic: .*go_preempt_off"
 * test: cores=2 check=0 args=off-mutex expect=70 match="panic: .*go_preempt_off" */
#include <string.h>
#include "test.h"

static struct mutex m;
static struct once o;
static struct spinlock l;

static void again(void)
{
	once_do(&o, again);
}

static void wait(struct waitgroup *wg)
{
	wg_wait(wg);
}

static void park(const char *how, struct waitgroup *wg)
{
	chan(int) c = chan_make(int, 0);

#define by(name) (!strcmp(how, name))
	if (by("recv"))
		chan_recv(c, NULL);
	else if (by("select"))
		chan_select(on_recv(c, NULL), on_send(c, 1));
	else if (by("sleep"))
		go_sleep(ms(1));
	else if (by("mutex"))
		mutex_lock(&m);
	else if (by("wait"))
		wg_wait(wg);
	else if (by("yield"))
		go_yield();
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	struct waitgroup wg = {0};

	wg_add(&wg, 1);
	mutex_lock(&m);
#define is(name) (!strcmp(what, name))
	if (is("unlock-unlocked")) {
		struct mutex fresh = {0};
		mutex_unlock(&fresh);
	} else if (is("unlock-twice")) {
		mutex_unlock(&m);
		mutex_unlock(&m);
	} else if (is("lock-twice")) {
		mutex_lock(&m);
	} else if (is("wg-negative")) {
		wg_done(&wg);
		wg_done(&wg);
	} else if (is("wg-negative-add")) {
		wg_add(&wg, -2);
	} else if (is("wg-negative-waited")) {
		go(wait, &wg);
		while (!(wg.waitq.word & 0x80000000u))
			go_yield();
		wg_add(&wg, -2);
	} else if (is("wg-above")) {
		wg_add(&wg, INT32_MAX - 1);
		wg_add(&wg, 1);
	} else if (is("wg-above-waited")) {
		go(wait, &wg);
		while (!(wg.waitq.word & 0x80000000u))
			go_yield();
		wg_add(&wg, INT32_MAX);
	} else if (is("wg-least")) {
		wg_add(&wg, INT32_MIN);
	} else if (is("wg-never")) {
		wg_wait(&wg);
	} else if (is("once-inside")) {
		once_do(&o, again);
	} else if (is("too-deep")) {
		for (int i = 0; i < 63; i++)
			go_preempt_off();
		spin_lock(&l);
	} else if (is("spin-unlock")) {
		spin_unlock(&l);
	} else if (!strncmp(what, "spin-", 5)) {
		spin_lock(&l);
		park(what + 5, &wg);
	} else if (!strncmp(what, "off-", 4)) {
		go_preempt_off();
		park(what + 4, &wg);
	}
	return 1;
}
