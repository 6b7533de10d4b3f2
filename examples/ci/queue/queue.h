/* Jobs that wait until a batch of them is full, or until the first one has waited for long enough. */
#ifndef QUEUE_H
#define QUEUE_H
#include <skein.h>

/* Receives jobs, and sends the size of each batch: of `most` jobs, or after `patience`. Ends when jobs is
 * closed, after the last batch. */
void batches(chan(int) jobs, chan(int) sizes, int most, go_time patience);
#endif
