#include "rally.h"
#include "skein.h"

static void player(chan(int) in, chan(int) out)
{
	for (int ball; chan_recv(in, &ball);)
		chan_send(out, ball + 1);
	chan_close(out);
}

int rally(int strokes)
{
	chan(int) there = chan_make(int, 0), back = chan_make(int, 0);
	struct waitgroup players = {0};
	int ball = 0;

	wg_go(&players, player, there, back);
	while (ball < strokes) {
		chan_send(there, ball + 1);
		chan_recv(back, &ball);
	}
	chan_close(there);
	wg_wait(&players); /* chan_close has returned */
	chan_free(there);
	chan_free(back);
	return ball;
}
