/* What skein_impl.h is for C, for C++ from C++11 on: templates in the place of macros that ask for types
 * as only C can. skein_impl.h includes this header. It is not for programs: names and meaning may
 * change.
 *
 * Arguments convert as in a call, and values as in an initialization. Both are copied by the kernel
 * byte by byte, so their types must be trivially copyable. What a select case holds lives until the
 * end of the whole expression, as every temporary does: so a case of on_send keeps its value. */
#ifndef SKEIN_SKEIN_CXX_H
#define SKEIN_SKEIN_CXX_H
#define SKEIN_INLINE inline __attribute__((always_inline))
#undef chan_make
#undef chan_try_make
#undef go
#undef go_try
#undef go_with
#undef go_copy
#undef wg_go
#undef go_attr
#undef chan_send
#undef chan_recv
#undef chan_try_send
#undef chan_try_recv
#undef chan_send_for
#undef chan_recv_for
#undef chan_close
#undef chan_free
#undef chan_len
#undef chan_cap
#undef chan_select
#undef chan_try_select
#undef chan_select_for
#undef on_recv
#undef on_recv_ok
#undef on_send
#undef on_send_from
#undef CHAN_STATIC

#define chan_make(T, n) ((chan(T))skein::make<T>((n), true))
#define chan_try_make(T, n) ((chan(T))skein::make<T>((n), false))
#define CHAN_STATIC(name, T, n)       \
	static_assert(sizeof(T) == 0, \
	              "CHAN_STATIC is for C files: in C++ make the channel by chan_make")
#define go(...) skein::start(go_start, __VA_ARGS__)
#define go_try(...) skein::start(go_try_start, __VA_ARGS__)
#define go_attr(...) (::go_attr{__VA_ARGS__})
#define go_with(attr, ...) skein::start_with(attr, __VA_ARGS__)
#define go_copy(f, ...) skein::start_copy((f), __VA_ARGS__)
#define wg_go(wg, ...) skein::start_counted((wg), __VA_ARGS__)
#define chan_send(...) skein::send(__VA_ARGS__)
#define chan_recv(c, p) skein::recv((c), (p))
#define chan_try_send(...) skein::try_send(__VA_ARGS__)
#define chan_try_recv(c, p) skein::try_recv((c), (p))
#define chan_send_for(...) skein::send_for(__VA_ARGS__)
#define chan_recv_for(c, p, limit) skein::recv_for((c), (p), (limit))
#define chan_close(c) chan_end(skein::of(c))
#define chan_free(c) chan_delete(skein::of(c))
#define chan_len(c) chan_length(skein::of(c))
#define chan_cap(c) chan_capacity(skein::of(c))
#define on_recv(c, p) skein::receives((c), (p), nullptr)
#define on_recv_ok(c, p, ok) skein::receives((c), (p), (ok))
#define on_send(...) skein::sends(__VA_ARGS__)
#define on_send_from(c, p) skein::sends_from((c), (p))
#define chan_select(...) skein::select(GO_FOREVER, ##__VA_ARGS__)
#define chan_select_for(limit, ...) skein::select((limit), ##__VA_ARGS__)
#define chan_try_select(...) skein::try_select(__VA_ARGS__)

extern "C++" {
namespace skein
{
template <class T> struct same {
	typedef T type;
};
template <class T> struct is_reference {
	static constexpr bool value = false;
};
template <class T> struct is_reference<T &> {
	static constexpr bool value = true;
};
template <class T> struct is_reference<T &&> {
	static constexpr bool value = true;
};
template <class T> struct is_real {
	static constexpr bool value = false;
};
template <> struct is_real<float> {
	static constexpr bool value = true;
};
template <> struct is_real<double> {
	static constexpr bool value = true;
};
template <> struct is_real<long double> {
	static constexpr bool value = true;
};

/* Of an element: its size and alignment, what a receive is given, and whether it may be copied. */
template <class T> struct element {
	static_assert(__is_trivially_copyable(T),
	              "chan: an element is copied byte by byte, so its type must be trivially "
	              "copyable: send a pointer");
	static_assert(sizeof(T) <= CHAN_ELEMENT_MAX,
	              "chan: an element has at most 256 bytes, send a pointer");
	static constexpr size_t size = sizeof(T), align = alignof(T);
	typedef T *target;
};
template <> struct element<void> {
	static constexpr size_t size = 0, align = 1;
	typedef char *target;
};

/* Of a result: two registers hold it. */
template <class R> struct result {
	static_assert(sizeof(R) <= 2 * sizeof(void *) && __is_trivially_copyable(R),
	              "go: a function that returns so large a struct cannot be started, call it in "
	              "one that returns nothing");
	static constexpr int checked = 0;
};
template <> struct result<void> {
	static constexpr int checked = 0;
};

template <class P> struct parameter {
	static_assert(
	    !is_reference<P>::value,
	    "go: a parameter is a reference, which may outlive its object; use a pointer");
	static_assert(!is_real<P>::value,
	              "go: a floating-point argument does not fit a general register, use go_copy");
	static_assert(!__is_class(P) && !__is_union(P),
	              "go: an argument must be an integer or a pointer, use go_copy or a pointer");
	static_assert(sizeof(P) <= 8,
	              "go: an argument has at most 8 bytes, use go_copy or a pointer");
	static constexpr int checked = 0;
};

template <class R, class... P> SKEIN_INLINE void capture(R (*f)(P...), typename same<P>::type... a)
{
	static_assert(sizeof...(P) <= 4, "go: at most 4 arguments, use go_copy");
	constexpr int checked[] = {result<R>::checked, parameter<P>::checked...};

	(void)f;
	(void)checked;
	(void)((R(*)(P...))go_capture_hidden())(a...);
}

template <class Q, class R, class... P>
SKEIN_INLINE Q start(Q (*starter)(void (*)(void)), R (*f)(P...), typename same<P>::type... a)
{
	capture(f, a...);
	return starter((void (*)(void))f);
}

template <class R, class... P>
SKEIN_INLINE void start_with(const go_attr &attr, R (*f)(P...), typename same<P>::type... a)
{
	capture(f, a...);
	go_with_start((void (*)(void))f, &attr);
}

template <class R, class... P>
SKEIN_INLINE void start_counted(waitgroup *wg, R (*f)(P...), typename same<P>::type... a)
{
	capture(f, a...);
	go_wg_start((void (*)(void))f, wg);
}

template <class R, class T>
SKEIN_INLINE void start_copy(R (*f)(T *), const typename same<T>::type &value)
{
	static_assert(__is_trivially_copyable(T),
	              "go_copy: the struct is copied byte by byte, so its type must be trivially "
	              "copyable: pass a pointer");
	static_assert(sizeof(T) <= GO_COPY_MAX && alignof(T) <= GO_COPY_MAX,
	              "go_copy: too large, pass a pointer");

	(void)result<R>::checked;
	go_copy_start((void (*)(void))f, &value, sizeof(T), alignof(T));
}

template <class T> SKEIN_INLINE channel *of(T (**c)(void))
{
	return (channel *)c;
}

template <class T> SKEIN_INLINE void *make(size_t n, bool must)
{
	typedef element<T> e;

	return chan_new(e::size, (chan_kind)(chan_kind_of(e::size, e::align)), n, must);
}

/* An element of chan(void) has no value. These do not fit then, and the ones that follow do. */
template <class T> SKEIN_INLINE void send(T (**c)(void), typename same<T>::type value)
{
	chan_send_from(of(c), &value);
}

template <class T> SKEIN_INLINE chan_result try_send(T (**c)(void), typename same<T>::type value)
{
	return chan_try_send_from(of(c), &value);
}

template <class T>
SKEIN_INLINE chan_result send_for(T (**c)(void), typename same<T>::type value, go_time limit)
{
	return chan_send_from_for(of(c), &value, limit);
}

SKEIN_INLINE void send(void (**c)(void))
{
	chan_send_from(of(c), "");
}

SKEIN_INLINE chan_result try_send(void (**c)(void))
{
	return chan_try_send_from(of(c), "");
}

SKEIN_INLINE chan_result send_for(void (**c)(void), go_time limit)
{
	return chan_send_from_for(of(c), "", limit);
}

template <class T> SKEIN_INLINE bool recv(T (**c)(void), typename element<T>::target p)
{
	return chan_receive(of(c), (void *)p, element<T>::size);
}

template <class T> SKEIN_INLINE chan_result try_recv(T (**c)(void), typename element<T>::target p)
{
	return chan_try_recv_to(of(c), (void *)p);
}

template <class T>
SKEIN_INLINE chan_result recv_for(T (**c)(void), typename element<T>::target p, go_time limit)
{
	return chan_recv_to_for(of(c), (void *)p, limit);
}

SKEIN_INLINE chan_case case_of(channel *c, void *value, bool *ok, chan_direction direction)
{
	chan_case made = {};

	made.channel = c;
	made.value = value;
	made.ok = ok;
	made.direction = direction;
	return made;
}

template <class T>
SKEIN_INLINE chan_case receives(T (**c)(void), typename element<T>::target p, bool *ok)
{
	return case_of(of(c), (void *)p, ok, CHAN_RECEIVES);
}

template <class T> SKEIN_INLINE chan_case sends_from(T (**c)(void), typename same<T>::type *p)
{
	return case_of(of(c), (void *)p, nullptr, CHAN_SENDS);
}

template <class T> struct send_case {
	channel *c;
	T value;
};

template <class T> SKEIN_INLINE send_case<T> sends(T (**c)(void), typename same<T>::type value)
{
	return send_case<T>{of(c), value};
}

SKEIN_INLINE send_case<char> sends(void (**c)(void))
{
	return send_case<char>{of(c), 0};
}

SKEIN_INLINE const chan_case &as_case(const chan_case &c)
{
	return c;
}

template <class T> SKEIN_INLINE chan_case as_case(const send_case<T> &s)
{
	return case_of(s.c, (void *)&s.value, nullptr, CHAN_SENDS);
}

template <class... C> SKEIN_INLINE int select(go_time limit, const C &...cases)
{
	chan_case list[sizeof...(C) + 1] = {as_case(cases)...};

	return chan_select_array(list, sizeof...(C), limit);
}

template <class... C> SKEIN_INLINE int try_select(const C &...cases)
{
	chan_case list[sizeof...(C) + 1] = {as_case(cases)...};

	return chan_select_now(list, sizeof...(C));
}
} // namespace skein
}
#undef SKEIN_INLINE
#endif
