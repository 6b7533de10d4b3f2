#include "queue.h"

void batches(chan(int) jobs, chan(int) sizes, int most, go_time patience)
{
	bool open = true;

	while (open) {
		go_time end = 0;
		int job, n = 0;

		do {
			switch (chan_recv_for(jobs, &job, n ? end - go_now() : GO_FOREVER)) {
			case CHAN_OK:
				if (n++ == 0)
					end = go_now() + patience;
				continue;
			case CHAN_CLOSED:
				open = false;
				break;
			case CHAN_NOT_READY:
				break;
			}
			break;
		} while (n < most);
		if (n)
			chan_send(sizes, n);
	}
	chan_close(sizes);
}
