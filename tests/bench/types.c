/* What a value costs by the type of the element: from a sender to a receiver over an unbuffered
 * channel, and by a send and a receive in one goroutine. switch.c has these rows for a long, which
 * is a word. Making the value to send counts, which the larger types show. */
#include "bench.h"

enum { N = 20000 };

struct bytes16 {
	long b[16 / sizeof(long)];
};
struct bytes64 {
	long b[64 / sizeof(long)];
};

#define ROWS(T, name)                                  \
	static void send_##name(chan(T) c)             \
	{                                              \
		T v = {0};                             \
		for (long i = 0; i < N; i++)           \
			chan_send(c, v);               \
	}                                              \
	static void pass_##name(void)                  \
	{                                              \
		chan(T) c = chan_make(T, 0);           \
		go_time start;                         \
		T v;                                   \
		go(send_##name, c);                    \
		start = begin();                       \
		for (long i = 0; i < N; i++)           \
			chan_recv(c, &v);              \
		report("chan_unbuf_" #name, start, N); \
		chan_free(c);                          \
	}                                              \
	static void pass_alone_##name(void)            \
	{                                              \
		chan(T) c = chan_make(T, 128);         \
		go_time start = begin();               \
		T v = {0};                             \
		for (long i = 0; i < N; i++) {         \
			chan_send(c, v);               \
			chan_recv(c, &v);              \
		}                                      \
		report("chan_same_" #name, start, N);  \
		chan_free(c);                          \
	}

ROWS(int, int)
ROWS(char, char)
ROWS(struct bytes16, 16)
ROWS(struct bytes64, 64)

static void send_in_turn(chan(int) a, chan(int) b)
{
	for (int i = 0; i < N; i++)
		chan_send(i % 2 ? b : a, i);
}

/* As select.c's select2. */
static void select2(void)
{
	chan(int) a = chan_make(int, 0), b = chan_make(int, 0);
	go_time start;
	int v;

	go(send_in_turn, a, b);
	start = begin();
	for (int i = 0; i < N; i++)
		chan_select(on_recv(a, &v), on_recv(b, &v));
	report("select2_int", start, N);
}

int main(void)
{
	go_maxprocs(1);
	pass_int();
	pass_alone_int();
	pass_char();
	pass_alone_char();
	pass_16();
	pass_alone_16();
	pass_64();
	pass_alone_64();
	select2();
}
