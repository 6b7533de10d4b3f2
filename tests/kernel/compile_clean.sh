#!/bin/sh
# Ordinary C on skein.h compiles without a warning, with every compiler that is here: gcc for both targets, clang, g++.
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cat >"$dir/clean.c" <<'END'
#include <skein.h>
#include <skein/context.h>
#include <skein/errgroup.h>

struct point { int x, y; };
enum color { RED, GREEN };
typedef void (*function)(void);
struct node { chan(struct node *) next; chan(chan(int)) replies; };
struct later;

CHAN_STATIC(numbers, int, 4);
CHAN_STATIC(points, struct point, 0);
CHAN_STATIC(ends, void, 1);
static struct mutex m;
static struct once o;

static void none(void) {}
static void sizes(size_t n, bool b, enum color c, uint8_t byte) { (void)n; (void)b; (void)c; (void)byte; }
static void pointers(const int *p, void *v, const char *s, function f) { (void)p; (void)v; (void)s; (void)f; }
static int result(chan(int) c) { return (int)chan_len(c); }
static void job(struct point *p) { (void)p; }
static void wait(struct waitgroup *wg) { wg_done(wg); }
static chan(int) same(chan(int) c) { return c; }
static void of_anything(void *p) { (void)p; }
static int of_something(void *p) { return p != NULL; }
static void unknown(struct later *p, chan(struct later *) c) { (void)p; (void)c; }

#define TWICE(x) (x), (x)
#define SPAWN(f, ...) go(f, __VA_ARGS__)
#define NAMED(n, ...) go_with(go_attr(.name = (n), .stack = 4096), __VA_ARGS__)
#define SEND_TO(c, ...) chan_send(c, __VA_ARGS__)

static void starts(chan(int) c, struct point p)
{
	int i = 1, array[3] = {0}, *ip = array;
	struct waitgroup wg = {0};
	function f = none;

	go(none);
	go(&none);
	go(f);
	go(i ? none : f);
	go(sizes, 5, true, GREEN, 'x');
	go(sizes, i, 1, 0, 5L);
	go(pointers, ip, ip, "text", none);
	go(pointers, array, NULL, NULL, NULL);
	go(pointers, 0, 0, 0, 0);
	go(result, c);
	go(unknown, NULL, NULL);
	SPAWN(sizes, TWICE(1), RED, 0);
	NAMED("rx", sizes, i++, TWICE(false), 0);
	NAMED("none", none);
	if (go_try(result, same(c)) && go_try(none))
		go(sizes, go_try(none), go_try(result, c), RED, go_try(sizes, 1, go_try(none), RED, 1));
	go_copy(job, (struct point){1, 2});
	go_copy(job, p);
	wg_go(&wg, none);
	wg_go(&wg, sizes, 1, true, RED, 2);
	wg_add(&wg, 1);
	go(wait, &wg);
	wg_wait(&wg);
}

static int channels(chan(int) c, chan(struct point) p, chan(const char *) s, chan(void) v, chan(function) f)
{
	chan(chan(int)) cc = chan_make(chan(int), 1);
	chan(double) d = chan_try_make(double, 1);
	struct node node = {chan_make(struct node *, 1), cc};
	const int constant = 7;
	struct point where;
	int x = 1, array[4], *ip = array;
	bool ok;

	chan_send(c, 1);
	chan_send(c, 'a');
	chan_send(c, constant);
	chan_send(c, GREEN);
	chan_send(c, x++);
	chan_send(c, *ip++);
	chan_send(c, x ? 1 : 2);
	chan_send(p, (struct point){1, 2});
	chan_send(p, ((struct point){.x = 1, .y = 2}));
	chan_send(p, where = (struct point){3, 4});
	SEND_TO(p, (struct point){1, 2});
	chan_send(s, "text");
	chan_send(s, NULL);
	chan_send(d, 1);
	chan_send(f, none);
	chan_send(f, &none);
	chan_send(cc, c);
	chan_send(node.next, &node);
	chan_send(v);
	chan_send(ends);
	chan_send(same(c), (int)chan_try_recv(c, &x));
	if (chan_try_send(p, (struct point){1, 2}) == CHAN_OK && chan_try_send(v) == CHAN_OK)
		x = chan_send_for(p, (struct point){1, 2}, ms(1)) == CHAN_OK;
	x += chan_send_for(v, ms(1)) + chan_send_for(c, (int)chan_send_for(c, 1, us(1)), GO_FOREVER);
	x += chan_recv_for(c, &array[chan_recv(c, &x)], sec(1)) + chan_recv(c, NULL) + chan_recv(v, NULL);
	for (int i; chan_recv(c, &i);)
		x += i;
	for (const char *text; chan_recv(s, &text);)
		x += text[0];
	switch (chan_select(on_recv(c, &x), on_recv_ok(p, &where, &ok), on_send(p, (struct point){1, 2}), on_send(v),
	                    on_send(c, (int)chan_recv(c, &array[chan_recv(c, &x)])))) {
	case 0:
		return x;
	}
	switch (chan_try_select(on_send(p, (struct point){1, 2}))) {
	case 0:
		break;
	default:
		x++;
	}
	switch (chan_select_for(ms(10), on_recv(v, NULL), on_recv(numbers, &array[chan_try_select(on_recv(v, NULL))]))) {
	case 1:
		break;
	}
	struct chan_case cases[2] = {on_send_from(p, &where), on_recv(points, &where)};

	x += chan_select_array(cases, 2, 0);
	chan_close(c);
	chan_free(cc);
	return x + (int)chan_len(c) + (int)chan_cap(numbers);
}

static void times(void)
{
	static struct timer timer;
	static struct ticker ticker;
	chan(go_time) soon = go_after(us(5));
	go_time when;

	timer_after(&timer, ms(1), of_anything, NULL);
	if (timer_reset(&timer, -1) || timer_stop(&timer))
		chan_recv(timer.c, &when);
	ticker_start(&ticker, sec(1));
	chan_select(on_recv(ticker.c, &when), on_recv(soon, NULL));
	ticker_stop(&ticker);
	chan_free(soon);
}

static int libraries(void)
{
	static int key;
	struct context *ctx = ctx_with_timeout(ctx_with_value(ctx_background(), &key, &key), ms(1));
	struct errgroup group = {0};
	struct ctx_call after;

	ctx_after(&after, errgroup_with_context(&group, ctx), of_anything, &group);
	errgroup_limit(&group, 3);
	errgroup_go(&group, of_something, ctx);
	chan_select(on_recv(ctx_done(ctx), NULL));
	ctx_free(ctx);
	return errgroup_wait(&group) + ctx_err(ctx) + ctx_cause(ctx);
}

int main(void)
{
	times();
	if (libraries())
		return 1;
	mutex_lock(&m);
	if (mutex_try_lock(&m) || mutex_lock_for(&m, ms(1)))
		mutex_unlock(&m);
	once_do(&o, none);
	starts(chan_make(int, 0), (struct point){1, 2});
	return channels(chan_make(int, 1), chan_make(struct point, 2), 0, NULL, 0);
}
END
cat >"$dir/names.c" <<'END'
#define SKEIN_NO_SHORT_NAMES
#include <skein.h>
static int ns(int us) { return us; }
static int sec(int ms) { return ms; }
int main(void)
{
	go_time t = go_ns(1) + go_us(1) + go_ms(1) + go_sec(1);

	return ns(sec((int)t));
}
END
cat >"$dir/clean.cc" <<'END'
#include <skein.h>
#include <skein/context.h>
#include <skein/errgroup.h>
static chan(int) c;
static chan(go_time) after;
static struct mutex m;
static struct timer timer;
static struct ticker ticker;
static struct errgroup group;
struct point { int x, y; };
enum color { RED, GREEN };
static void none(void) {}
static void one(void *) {}
static int result(chan(int) to) { return (int)chan_len(to); }
static void sizes(size_t, bool, enum color, uint8_t) {}
static void pointers(const int *, void *, const char *, void (*)(void)) {}
static void job(struct point *) {}
static int channels(chan(point) p, chan(void) v)
{
	int i = 0;
	point where = {};
	bool ok;

	go(none);
	go(sizes, 5, true, GREEN, 'x');
	go(pointers, &i, &i, "text", none);
	go(pointers, nullptr, NULL, NULL, &none);
	if (!go_try(result, c))
		wg_go((struct waitgroup *)nullptr, one, &i);
	go_copy(job, point{1, 2});
	go_copy(job, where);
	c = chan_make(int, 8);
	chan_send(c, 1);
	chan_send(c, 'a');
	chan_send(p, point{1, 2});
	chan_send(v);
	if (chan_try_send(v) == CHAN_OK || chan_send_for(v, ms(1)) == CHAN_OK || chan_try_send(p, where) == CHAN_OK)
		i += chan_send_for(p, point{1, 2}, ms(1)) + chan_recv_for(c, &i, 5) + chan_try_recv(v, NULL);
	for (int n; chan_recv(c, &n);)
		i += n;
	switch (chan_select(on_recv(c, &i), on_recv_ok(p, &where, &ok), on_send(p, point{1, 2}), on_send(v))) {
	case 0:
		return i;
	}
	struct chan_case cases[] = {on_send_from(p, &where), on_recv(v, NULL)};
	chan_close(c);
	chan_free(v);
	return chan_select_array(cases, 2, 0) + chan_try_select(on_recv(v, nullptr)) +
	    chan_select_for(ms(1), on_send(c, 5)) + (int)chan_cap(p) + chan_try_select() + (int)chan_recv(v, NULL);
}
#if __cplusplus >= 201402
static void attributes(void)
{
	go_with(go_attr(), none);
}
#else
static void attributes(void) {}
#endif
int main()
{
	struct waitgroup wg = {};
	static struct once o;

	mutex_lock(&m);
	mutex_unlock(&m);
	once_do(&o, none);
	wg_add(&wg, 1);
	wg_done(&wg);
	go_sleep(ms(1));
	timer_after(&timer, ms(1), one, &wg);
	ticker_start(&ticker, ms(1));
	after = timer_stop(&timer) ? timer.c : go_after(ms(1));
	ctx_free(errgroup_with_context(&group, ctx_background()));
	if (ctx_err(ctx_background()) || errgroup_wait(&group))
		return 1;
	attributes();
	return c ? channels(chan_make(point, 1), chan_try_make(void, 0)) : 0;
}
END
flags="-ffreestanding -Wall -Wextra -Wshadow -Wwrite-strings -Werror -I kernel/include -I lib/context/include -I lib/errgroup/include -c -o $dir/clean.o"
tried=0 failed=0

compile()
{
	command -v "$1" >/dev/null || return
	tried=$((tried + 1))
	"$@" $flags || { failed=$((failed + 1)); echo "failed: $*"; }
}

for optimize in -O0 -O2; do
	for cc in aarch64-linux-gnu-gcc riscv64-unknown-elf-gcc \
	    "clang --target=aarch64-linux-gnu" "clang --target=riscv64-unknown-elf"; do
		compile $cc -std=gnu11 $optimize "$dir/clean.c"
		compile $cc -std=gnu11 $optimize "$dir/names.c"
	done
done
for standard in gnu99 gnu17; do
	compile riscv64-unknown-elf-gcc -std=$standard "$dir/clean.c"
done
for cc in riscv64-unknown-elf-g++ aarch64-linux-gnu-g++ g++ clang++; do
	for standard in gnu++11 gnu++17 c++20; do
		compile $cc -std=$standard "$dir/clean.cc"
	done
done
# What C++ must reject.
while read -r wrong; do
	printf '#include <skein.h>\nstruct point { int x, y; ~point() {} };\nvoid real(double), refers(int &), five(int, int, int, int, int), none();
		extern chan(int) c; extern chan(void) v; extern long l; extern int i; void f();\nvoid f() { %s; }\n' "$wrong" >"$dir/wrong.cc"
	riscv64-unknown-elf-g++ $flags "$dir/wrong.cc" >/dev/null 2>&1 && { failed=$((failed + 1)); echo "accepted: $wrong"; }
done <<'END'
go(real, 1)
go(refers, i)
go(five, 1, 2, 3, 4, 5)
go(none, 1)
chan_send(c, "text")
chan_send(c)
chan_send(v, 1)
chan_recv(c, &l)
chan_recv(v, &i)
chan_make(point, 1)
CHAN_STATIC(s, int, 1)
END
echo "$tried compilations, $failed failed"
test $tried -ge 5 -a $failed = 0
