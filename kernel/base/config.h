/* Every number of the runtime, with its reason. Each can be overridden with -D (make
 * OPT="-DCONFIG_SLICE_NS=..."). Assembly includes this file too, so it holds nothing but macros. */
#ifndef SKEIN_CONFIG_H
#define SKEIN_CONFIG_H

#ifndef CONFIG_CHECK
/* 1: the hostile build, with lock ranks, painted stacks and limits so low that all paths run */
#define CONFIG_CHECK 0
#endif
#ifndef CONFIG_STACKS
/* 1: each function of a program and of lib/ looks at its stack on entry (report/entered.c) */
#define CONFIG_STACKS 0
#endif
#ifndef CONFIG_RACE
#define CONFIG_RACE 0 /* 1: programs and libraries are watched for data races (lib/race) */
#endif
/* what the detector adds to a stack of a fixed size, bytes */
#define CONFIG_RACE_STACK (CONFIG_RACE ? 8192 : 0)
#ifndef CONFIG_TRACE
#define CONFIG_TRACE 0 /* 1: every switch is folded into a hash, which the board prints at exit */
#endif
#ifndef CONFIG_CORES
/* the most cores: the board's, says make; each costs its two stacks and its ring */
#define CONFIG_CORES 16
#endif
#ifndef CONFIG_CORE_STACK
#define CONFIG_CORE_STACK 8192 /* scheduler and interrupt handlers; a handler may use half of it */
#endif
#ifndef CONFIG_FAULT_STACK
#define CONFIG_FAULT_STACK 4096 /* the report of a fault on a core stack */
#endif
#ifndef CONFIG_ARGS
#define CONFIG_ARGS 4096 /* bytes for the command line and its end; a longer one is refused */
#endif
#ifndef CONFIG_STACK
/* a goroutine's default: Go's figure, or, where stacks grow, their first page */
#define CONFIG_STACK (__SIZEOF_POINTER__ == 8 ? 4096 : 2048)
#endif
#ifndef CONFIG_STACK_RANGE
#define CONFIG_STACK_RANGE \
	0x20000 /* where stacks grow: to so many bytes by default, a power of two */
#endif
/* The most that a kernel path uses of a goroutine's stack, and that it uses below the frame of a
 * function that has called arch_touch_stack: tools/objects proves both. */
#define CONFIG_KERNEL_STACK (__SIZEOF_POINTER__ == 8 ? 512 : 192)
#define CONFIG_TOUCH 304
#ifndef CONFIG_STACK_MIN
/* the kernel's part, the header (64 bytes; 40), the rest is the program's */
#define CONFIG_STACK_MIN (__SIZEOF_POINTER__ == 8 ? 1024 : 512)
#endif
#ifndef CONFIG_STACK_MAX
#define CONFIG_STACK_MAX (1 << 20) /* above this .stack is taken for a mistake */
#endif
#ifndef CONFIG_MAIN_STACK
#define CONFIG_MAIN_STACK 65536 /* main runs code that was written for a process */
#endif
#ifndef CONFIG_MAIN_RANGE
#define CONFIG_MAIN_RANGE (1 << 20) /* the same, where stacks grow */
#endif
#define AT_EXIT_OFF 0 /* the power goes off, where the board can do that; else it halts */
#define AT_EXIT_HALT 1
#define AT_EXIT_REBOOT 2
#ifndef CONFIG_AT_EXIT
#define CONFIG_AT_EXIT AT_EXIT_OFF /* what follows a program's end where no host ends the run */
#endif
#ifndef CONFIG_CRASH_LOG
#define CONFIG_CRASH_LOG 2048 /* bytes of a report that are kept over a reset, and a zero */
#endif
#ifndef CONFIG_START_NS
/* The run does without a core that has not come by then. A busy host may not run one of QEMU's
 * threads for a second. */
#define CONFIG_START_NS 5000000000
#endif
#ifndef CONFIG_SLICE_NS
#define CONFIG_SLICE_NS (CONFIG_CHECK ? 50000 : 10000000) /* Go's sysmon preempts after 10 ms */
#endif
#ifndef CONFIG_SLICE_JITTER_NS
#define CONFIG_SLICE_JITTER_NS 1000 /* a core: equal alarms starve a core under exact replay */
#endif
#ifndef CONFIG_PREEMPT_RETRY_NS
/* looks again so soon when a goroutine could not be preempted */
#define CONFIG_PREEMPT_RETRY_NS 50000
#endif
#ifndef CONFIG_LEAST_NS
/* a preempted goroutine that runs again runs so long: some switches, on a slow machine */
#define CONFIG_LEAST_NS 10000
#endif
#ifndef CONFIG_TICK_NS
/* Ticks of one ticker are at least so far apart. Exact replay runs one core at a time. If ticks
 * came faster, and were received on other cores, it would not come to the next instruction of the
 * core that ticks. */
#define CONFIG_TICK_NS 50000
#endif
#ifndef CONFIG_OVERDUE_NS
/* An alarm so late means a core that is stuck with interrupts masked. The hostile build interrupts
 * so often that an overloaded host may not run one of QEMU's threads for a second. */
#define CONFIG_OVERDUE_NS (CONFIG_CHECK ? 30000000000 : 1000000000)
#endif
#ifndef CONFIG_DOZE_NS
#define CONFIG_DOZE_NS \
	1000000000 /* a core with nothing to do looks so often for one that is stuck */
#endif
#ifndef CONFIG_RING
#define CONFIG_RING (CONFIG_CHECK ? 2 : 256) /* slots of a run queue, a power of two; Go's figure */
#endif
#ifndef CONFIG_BATCH
/* the most moved by a spill, a take or a step of a steal: bounds the masked stretch */
#define CONFIG_BATCH (CONFIG_CHECK ? 1 : 32)
#endif
#ifndef CONFIG_FREE_BATCH
/* ended goroutines that move between a core and all at once: a core keeps up to two such batches */
#define CONFIG_FREE_BATCH (CONFIG_CHECK ? 1 : 16)
#endif
#ifndef CONFIG_PAGES_KEPT
/* single pages that a core keeps at most */
#define CONFIG_PAGES_KEPT (CONFIG_CHECK ? 2 : 8)
#endif
#ifndef CONFIG_GLOBAL_EVERY
/* picks between two looks at the global queue first; Go's figure, prime */
#define CONFIG_GLOBAL_EVERY 61
#endif
#ifndef CONFIG_WAKE_BATCH
/* waiters passed by one critical section because others have claimed them: the same bound */
#define CONFIG_WAKE_BATCH 4
#endif
#ifndef CONFIG_LINE
#define CONFIG_LINE 240 /* characters of a line that stays whole on the console */
#endif
#ifndef CONFIG_IRQ_LINES
#define CONFIG_IRQ_LINES 256 /* lines that irq_attach knows */
#endif
#ifndef CONFIG_PANIC_STOP_NS
/* time the other cores have to stop before a panic breaks the output lock */
#define CONFIG_PANIC_STOP_NS 10000000
#endif
#ifndef CONFIG_DUMP_MOST
#define CONFIG_DUMP_MOST 100 /* goroutines that a report shows in full; the others it counts */
#endif
#ifndef CONFIG_DUMP_KINDS
#define CONFIG_DUMP_KINDS 32 /* kinds of those others that it tells apart */
#endif
#ifndef CONFIG_ASKED_STOP_NS
/* as CONFIG_PANIC_STOP_NS, but longer, for a report that a debugger asked for */
#define CONFIG_ASKED_STOP_NS 500000000
#endif

#endif
