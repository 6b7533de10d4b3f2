/* Two goroutines pass a number to and fro. */
#ifndef RALLY_H
#define RALLY_H
#ifdef __cplusplus
extern "C" {
#endif

/* The number after so many strokes. */
int rally(int strokes);

#ifdef __cplusplus
}
#endif
#endif
