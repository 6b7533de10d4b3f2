/* The implementation of the macros and inline functions of skein.h, which includes this header at
 * its end. It is not for programs: names and meaning may change.
 *
 * chan(T) is a type that only spells T: a pointer to a pointer to a function that returns T.
 * Nothing is ever called or read through that type; the value of a channel is a pointer to a struct
 * channel. Because the type holds T, a macro can ask for T: chan_element(c) is the type of
 * (**(c))(). So a send builds an object of type T from its argument, by the compiler's own
 * conversion. A receive demands a pointer to T. Both hand the kernel an untyped pointer. An element
 * of chan(void) has no size; where an object is needed for it, a char stands in.
 *
 * go(f, a, b) must check and convert its arguments as a call of f would, but knows no type. So it
 * calls go_capture, a function in assembly, through a pointer of f's own type. The compiler puts
 * the arguments into the argument registers, as the calling convention says. go_capture stores
 * these registers in the running goroutine's context, which is free while the goroutine runs. Then
 * go_start(f) makes a new goroutine whose context begins with the stored registers. An argument
 * that does not travel in general registers is refused at compile time. */
#ifndef SKEIN_SKEIN_IMPL_H
#define SKEIN_SKEIN_IMPL_H
#ifdef __cplusplus
extern "C" {
#endif

/* Whose memory a channel lies in: chan_free's, the program's, chan_free's once its interrupt line
 * is detached, a timer's, or a timer's that chan_free frees. */
enum chan_fixed { CHAN_FREE, CHAN_FIXED, CHAN_LINE, CHAN_TIMER, CHAN_AFTER };

/* How an element is copied: chosen by its size and alignment when the channel is made. A word has
 * the size of a pointer; the other word has 4 bytes on a 64-bit machine and 8 on a 32-bit one. The
 * numbers are such that the kernel tells a word by a comparison with 0, the other word by the sign,
 * and each of the rest by a bit. */
enum chan_kind {
	CHAN_OTHER_WORD = -128,
	CHAN_WORD = 0,
	CHAN_CHAR = 1,
	CHAN_SHORT = 2,
	CHAN_16 = 4, /* bytes, in aligned words */
	/* bits of the wide ones */
	CHAN_BY_8 = 8,
	CHAN_WIDE = 16,
	CHAN_EIGHTS = CHAN_WIDE | CHAN_BY_8, /* a multiple of 8 aligned words */
	CHAN_WORDS = CHAN_WIDE | 32,         /* aligned words */
	CHAN_BYTES = CHAN_WIDE | 64,         /* all others, and none */
};

struct g;
struct channel {
	uint32_t lock;
	uint32_t state;        /* atomic: elements buffered, and CHAN_CLOSED_BIT and so on */
	uint32_t capacity;     /* elements */
	uint32_t size, stride; /* of an element; from one to the next */
	uint32_t read, write;  /* indices of the next element to take and to fill */
	/* waiters that a claimer has dropped off a list, and that will still come to take
	 * themselves off */
	uint32_t dropped;
	int8_t kind;     /* enum chan_kind */
	uint8_t fixed;   /* enum chan_fixed */
	uint16_t bubble; /* number of the bubble it was made in; valid with CHAN_BUBBLE_BIT */
	struct chan_waiters {
		struct chan_case *first, *last;
	} receivers, senders;
	uintptr_t site; /* the pc of chan_make */
	char buffer[] __attribute__((aligned(16)));
};

struct channel *chan_new(size_t size, enum chan_kind, size_t n, bool must);
void chan_send_from(struct channel *, const void *);
unsigned chan_recv_to(struct channel *, void *); /* 1: received, 0: closed */
/* A load, of which the compiler does not know that it reads an object without a value. */
static inline void chan_touch_byte(const volatile char *p)
{
	__asm__("" : "+r"(p));
	(void)*p;
}
/* The kernel touches the first byte of where it will store, before it masks interrupts. The last
 * byte of several words is touched here, where their size is a constant. A small value that is
 * discarded goes to the stack, because the kernel's fast way always stores. */
static inline bool chan_receive(struct channel *c, void *p, size_t size)
{
#if !(defined(__SANITIZE_THREAD__) && CONFIG_RACE) /* it would count as an access of the program */
	uint64_t dropped[2];

	if (__builtin_constant_p(!p) && !p && size <= sizeof(dropped)) {
		__asm__("" : "=m"(dropped)); /* or gcc warns of the byte that is touched below */
		p = dropped;
	}
	if (size > sizeof(void *) && p)
		chan_touch_byte((char *)p + size - 1);
#else
	(void)size;
#endif
	return chan_recv_to(c, p);
}
enum chan_result chan_try_send_from(struct channel *, const void *);
enum chan_result chan_try_recv_to(struct channel *, void *);
enum chan_result chan_send_from_for(struct channel *, const void *, go_time limit);
enum chan_result chan_recv_to_for(struct channel *, void *, go_time limit);
void chan_end(struct channel *);
void chan_delete(struct channel *);
size_t chan_length(struct channel *);
size_t chan_capacity(struct channel *);
int chan_try_array(struct chan_case *, size_t n);
void chan_send_refused(struct channel *) __attribute__((noreturn));

#define chan_is_void(T) __builtin_types_compatible_p(__typeof__(T), void)
#define chan_type_size(T) (chan_is_void(T) ? 0 : sizeof(T))
#define chan_type_stride(T) \
	(chan_type_size(T) > 8 ? (chan_type_size(T) + 7) & ~7u : chan_type_size(T))
#define chan_type_align(T) (chan_is_void(T) ? 1 : _Alignof(T))
#define chan_kind(T) chan_kind_of(chan_type_size(T), chan_type_align(T))
#define chan_kind_of(size, align)                                                \
	((size) == sizeof(void *) && (align) >= sizeof(void *) ? CHAN_WORD       \
	 : (size) == 32 / sizeof(void *) && (align) >= 4       ? CHAN_OTHER_WORD \
	 : (size) == 1                                         ? CHAN_CHAR       \
	 : (size) == 2 && (align) >= 2                         ? CHAN_SHORT      \
	 : (size) == 0 || (align) < sizeof(void *)             ? CHAN_BYTES      \
	 : (size) == 16                                        ? CHAN_16         \
	 : (size) % (8 * sizeof(void *))                       ? CHAN_WORDS      \
	                                                       : CHAN_EIGHTS)
/* The element's type, and the type of an object for it: a char for chan(void). */
#define chan_element(c) __typeof__((**(c))())
#define chan_object_type(c) chan_typeof_if_void(c, char, chan_element(c))
#define chan_typeof_if_void(c, T, U)                                                         \
	__typeof__(*__builtin_choose_expr(chan_is_void(chan_element(c)), (__typeof__(T) *)0, \
	                                  (__typeof__(U) *)0))
/* Does not compile when c is no channel, because c then has no element. */
#define chan_of(c) ((struct channel *)(1 ? (c) : (__typeof__(c))(chan(chan_element(c)))0))
/* A pointer to an object that holds the value. The object is an array of one, so that a struct
 * needs no braces of its own. */
#define chan_object(c, ...)                                                              \
	((chan_object_type(c)[1 + chan_missing(c, __VA_ARGS__) __VA_OPT__(+chan_checked( \
	                              int (*)(chan_object_type(c)), __VA_ARGS__))]){__VA_ARGS__})
#define chan_missing(c, ...)                                         \
	chan_assert((chan_is_void(chan_element(c)))__VA_OPT__(== 0), \
	            "a value to send is missing, or sent to a chan(void)")
/* A struct of the value and the limit, or of the limit alone for chan(void). It is a struct because
 * a value may contain commas. */
#define chan_timed_object(c, ...) \
	(&(chan_timed_type(c)){__VA_ARGS__} + chan_checked(chan_timed_check(c), __VA_ARGS__))
#define chan_timed_type(c)                     \
	chan_typeof_if_void(                   \
	    c, struct { go_time limit; },      \
	    struct {                           \
		    chan_object_type(c) value; \
		    go_time limit;             \
	    })
#define chan_timed_check(c) \
	chan_typeof_if_void(c, int (*)(go_time), int (*)(chan_object_type(c), go_time))
#define chan_pointer(c, p) ((chan_object_type(c) *){(p)})
/* 0, and an error unless the values convert to the parameters of a function of this type. Without
 * this an initializer would give the values to the first members of a struct. */
#define chan_checked(type, ...) (0 * sizeof(__typeof__(((type)0)(__VA_ARGS__))))
#define chan_assert(cond, sentence)              \
	(0 * sizeof(struct {                     \
		 int x;                          \
		 _Static_assert(cond, sentence); \
	 }))
#define chan_size(T)                                        \
	(chan_type_size(T) +                                \
	 chan_assert(chan_type_size(T) <= CHAN_ELEMENT_MAX, \
	             "chan: an element has at most 256 bytes, send a pointer"))

/* The wait node in the case stays unset: the kernel writes it before it reads it, and clearing it
 * would cost more than a look at the channel. */
#define chan_case_of(c, value_, ok_, direction_)                      \
	((struct chan_case){.channel = chan_of(c),                    \
	                    .value = (value_),                        \
	                    .ok = (ok_),                              \
	                    .direction = (direction_),                \
	                    .result = chan_unset(uint32_t),           \
	                    .target = chan_unset(void *),             \
	                    .next = chan_unset(struct chan_case *),   \
	                    .before = chan_unset(struct chan_case *), \
	                    .g = chan_unset(struct g *)})
#ifdef __clang__
#define chan_unset(T) ((T)0)
#else
#define chan_unset(T)                  \
	__extension__({                \
		T chan_any = chan_any; \
		chan_any;              \
	})
#endif
#define chan_cases(...) ((struct chan_case[]){__VA_ARGS__})
#define chan_case_count(...) (sizeof(chan_cases(__VA_ARGS__)) / sizeof(struct chan_case))

/* both holds a value of that size, then the limit at its own alignment. */
static inline enum chan_result chan_send_timed(struct channel *c, const void *both, size_t size)
{
	size_t at = (size + sizeof(go_time) - 1) / sizeof(go_time) * sizeof(go_time);

	return chan_send_from_for(c, both, *(const go_time *)((const char *)both + at));
}

static inline __attribute__((always_inline)) int chan_select_now(struct chan_case *cases, size_t n)
{
	enum chan_result r;

	if (!__builtin_constant_p(n) || n != 1)
		return chan_try_array(cases, n);
	if (cases->direction == CHAN_RECEIVES) {
		r = chan_try_recv_to(cases->channel, cases->value);
		if (r != CHAN_NOT_READY && cases->ok)
			*cases->ok = r == CHAN_OK;
	} else {
		r = chan_try_send_from(cases->channel, cases->value);
		if (r == CHAN_CLOSED)
			chan_send_refused(cases->channel);
	}
	return r == CHAN_NOT_READY ? -1 : 0;
}

void go_capture(void);
void go_start(void (*f)(void));
bool go_try_start(void (*f)(void));
void go_with_start(void (*f)(void), const struct go_attr *);
void go_copy_start(void (*f)(void), const void *value, size_t size, size_t align);
void go_wg_start(void (*f)(void), struct waitgroup *);

/* Calls an assembly function, through f's own type, that stores the argument registers in this
 * goroutine's g. The compiler checks and converts as in a call of f. Everything else is evaluated
 * before that call, because it may start goroutines itself. The names carry a number because uses
 * of go nest. */
#define go_call(start, ...) go_call_(__COUNTER__, start, __VA_ARGS__)
#define go_call_(n, ...) go_call_as(n, __VA_ARGS__)
#define go_call_as(n, start, f, ...)                         \
	__extension__({                                      \
		__typeof__(&*(f)) go_f_##n = (f);            \
		go_store_arguments(go_f_##n, ##__VA_ARGS__); \
		start((void (*)(void))go_f_##n);             \
	})
#define go_call_with(extra, ...) go_call_with_(__COUNTER__, extra, __VA_ARGS__)
#define go_call_with_(n, ...) go_call_with_as(n, __VA_ARGS__)
#define go_call_with_as(n, extra, start, f, ...)               \
	__extension__({                                        \
		__typeof__(&*(f)) go_f_##n = (f);              \
		__typeof__(extra) go_extra_##n = (extra);      \
		go_store_arguments(go_f_##n, ##__VA_ARGS__);   \
		start((void (*)(void))go_f_##n, go_extra_##n); \
	})
#define go_store_arguments(f, ...)                                                           \
	do {                                                                                 \
		_Static_assert(go_count_arguments(__VA_ARGS__) <= 4,                         \
		               "go: at most 4 arguments, use go_copy");                      \
		go_check_result((f)(__VA_ARGS__));                                           \
		go_check_arguments(__VA_ARGS__) go_check_parameters(f, ##__VA_ARGS__)(void)( \
		    (__typeof__(f))go_capture_hidden())(__VA_ARGS__);                        \
	} while (0)

static inline __attribute__((always_inline)) void (*go_capture_hidden(void))(void)
{
	void (*p)(void) = go_capture;

	__asm__("" : "+r"(p));
	return p;
}

/* A larger result would be stored through a hidden argument, which points to nothing once the
 * creator goes on. */
#define go_check_result(call)                                                                      \
	_Static_assert(sizeof(__typeof__(call)) <= 2 * sizeof(void *),                             \
	               "go: a function that returns so large a struct cannot be started, call it " \
	               "in one that returns nothing")

#define wg_go(wg, ...) go_call_with((wg), go_wg_start, __VA_ARGS__)

#define go_count_arguments(...) go_count_arguments_(0, ##__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define go_count_arguments_(z, a, b, c, d, e, f, g, h, n, ...) n
#define go_check_arguments(...)                                                            \
	go_check_select_(0, ##__VA_ARGS__, go_check4_, go_check4_, go_check4_, go_check4_, \
	                 go_check4_, go_check3_, go_check2_, go_check1_, go_check0_)(__VA_ARGS__)
#define go_check_select_(z, a, b, c, d, e, f, g, h, n, ...) n
/* An integer would convert to a floating-point parameter. So f is also called, where control never
 * comes, with a probe in place of each integer. Every other parameter takes the probe. For gcc it
 * is a value that no double has; for clang it is a pointer. */
#define go_check_parameters(f, ...)                                                                \
	_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic error \"-Wfloat-conversion\"")      \
	    _Pragma("GCC diagnostic ignored \"-Woverflow\"")                                       \
	        _Pragma("GCC diagnostic ignored \"-Wformat\"")                                     \
	            _Pragma("GCC diagnostic ignored \"-Wint-conversion\"")                         \
	                _Pragma("GCC diagnostic ignored \"-Wincompatible-pointer-types\"") if (0)( \
	                    void)(f)(go_probes(__VA_ARGS__));                                      \
	_Pragma("GCC diagnostic pop")
#ifdef __clang__
#define GO_NOT_FOR_A_FLOATING_POINT_PARAMETER_USE_GO_COPY \
	((struct go_not_for_a_floating_point_parameter_use_go_copy *)0)
#else
#define GO_NOT_FOR_A_FLOATING_POINT_PARAMETER_USE_GO_COPY 9007199254740993
#endif
#define go_probes(...)                                                                     \
	go_check_select_(0, ##__VA_ARGS__, go_probe4_, go_probe4_, go_probe4_, go_probe4_, \
	                 go_probe4_, go_probe3_, go_probe2_, go_probe1_, go_probe0_)(__VA_ARGS__)
#define go_probe0_(...)
#define go_probe1_(a) go_probe(a)
#define go_probe2_(a, b) go_probe(a), go_probe(b)
#define go_probe3_(a, b, c) go_probe(a), go_probe2_(b, c)
#define go_probe4_(a, b, ...) go_probe2_(a, b), go_probe2_(__VA_ARGS__)
#define go_probe(a)                                                                                \
	__builtin_choose_expr(go_is_integer(a), GO_NOT_FOR_A_FLOATING_POINT_PARAMETER_USE_GO_COPY, \
	                      (a))
#define go_check0_(...)
#define go_check1_(a) go_check_argument(a)
#define go_check2_(a, ...) go_check_argument(a) go_check1_(__VA_ARGS__)
#define go_check3_(a, ...) go_check_argument(a) go_check2_(__VA_ARGS__)
#define go_check4_(a, b, c, d, ...) go_check2_(a, b) go_check2_(c, d)
/* By gcc's classes of types 1 to 4 are integers, 5 pointers, 8 and 9 real and complex numbers. A
 * struct of real or complex numbers travels in floating-point registers. Nothing tells such a
 * struct from others, so no struct is taken. */
#define go_check_argument(a)                                                               \
	_Static_assert(                                                                    \
	    __builtin_classify_type(a) != 8 && __builtin_classify_type(a) != 9,            \
	    "go: a floating-point argument does not fit a general register, use go_copy"); \
	_Static_assert(                                                                    \
	    go_is_integer(a) || __builtin_classify_type(a) == 5,                           \
	    "go: an argument must be an integer or a pointer, use go_copy or a pointer");  \
	_Static_assert(sizeof(__typeof__(((void)0, (a)))) <= 8,                            \
	               "go: an argument has at most 8 bytes, use go_copy or a pointer");
#define go_is_integer(a) (__builtin_classify_type(a) >= 1 && __builtin_classify_type(a) <= 4)

#if defined(__SANITIZE_THREAD__) && CONFIG_RACE
void raced_off(void);
void raced_on(void);
#endif

static inline void go_race_off(void)
{
#if defined(__SANITIZE_THREAD__) && CONFIG_RACE
	raced_off();
#endif
}

static inline void go_race_on(void)
{
#if defined(__SANITIZE_THREAD__) && CONFIG_RACE
	raced_on();
#endif
}

void go_stats_fill(struct go_stats *);

/* Inline: the copy may be newlib's memcpy, which uses floating-point registers. */
static inline struct go_stats go_stats_read(void)
{
	struct go_stats stats;

	go_stats_fill(&stats);
	return stats;
}

#ifdef __cplusplus
}
#include "skein_cxx.h"
#endif
#endif
