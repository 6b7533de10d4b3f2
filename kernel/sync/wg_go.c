/* wg_go: a goroutine that counts itself off a waitgroup when it ends. */
#include "base/race.h"
#include "sched/g.h"
#include "skein.h"

/* The goroutine of wg_go calls f(...) with the caller's arguments, then wg_done. It calls wg_done
 * also when f ends in go_exit. */
struct wg_call {
	struct deferred done; /* first: leads to its call */
	void (*fn)(void);
	struct waitgroup *wg;
	uintptr_t args[ARCH_ARGUMENTS];
};

static void wg_call_done(struct deferred *d)
{
	race_release(((struct wg_call *)d)->wg);
	wg_done(((struct wg_call *)d)->wg);
}

static void wg_run(struct wg_call *call)
{
	const uintptr_t *a = call->args;

	g_defer(&call->done, wg_call_done);
	if (ARCH_ARGUMENTS == 4)
		((void (*)(uintptr_t, uintptr_t, uintptr_t, uintptr_t))call->fn)(a[0], a[1], a[2],
		                                                                 a[3]);
	else
		((void (*)(uint64_t, uint64_t, uint64_t, uint64_t))call->fn)(
		    a[0] | (uint64_t)a[1] << 32, a[2] | (uint64_t)a[3] << 32,
		    a[4] | (uint64_t)a[5] << 32, a[6] | (uint64_t)a[7] << 32);
	g_undefer();
	race_release(call->wg);
	wg_done(call->wg);
}

/* Context: any. */
void go_wg_start(void (*fn)(void), struct waitgroup *wg)
{
	const uintptr_t *captured = arch_captured(&arch_self()->context);
	struct wg_call call;

	call.fn = fn;
	call.wg = wg;
	for (unsigned i = 0; i < ARCH_ARGUMENTS; i++)
		call.args[i] = captured[i];
	wg_add(wg, 1);
	g_start_copy((void (*)(void))wg_run, &call, sizeof(call), _Alignof(struct wg_call),
	             captured[ARCH_ARGUMENTS]);
}
