/* What channels ask of a timer: see time.c. */
#ifndef SKEIN_SYNC_TIME_H
#define SKEIN_SYNC_TIME_H
#include "skein.h"

/* Of a channel that go_after made: stops its timer; frees both. */
void time_stop(struct channel *);
void time_forget(struct channel *);

#endif
