#include <stdio.h>
#include "skein.h"
#include "rally.h"

struct score {
	int strokes = 1000;
};
static score best;

int main()
{
	int ball = rally(best.strokes);

	printf("%d strokes on %u cores\n", ball, go_cores());
	return ball == best.strokes ? 0 : 1;
}
