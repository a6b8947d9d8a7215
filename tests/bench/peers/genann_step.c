/* genann_step.c: a step of the tiny case in genann: 2-3-3-3-3-1, plain SGD, one sample after another, in double. Its sigmoid is a table, or
** exact with EXACT. genann.c is included by GENANN_C, with its activation fixed, as its documentation advises for speed. */
#ifdef EXACT
#define genann_act genann_act_sigmoid
#else
#define genann_act genann_act_sigmoid_cached
#endif
#define NDEBUG
#include GENANN_C
#include "step.h"

enum { SAMPLES = 4000 };
struct samples { genann *net; double x[SAMPLES][2], y[SAMPLES][1]; };

static void epoch(void *at)
{
	struct samples *s = at;
	for (int i = 0; i < SAMPLES; i++)
		genann_train(s->net, s->x[i], s->y[i], 1e-3);
}

int main(int argc, char **argv)
{
	static struct samples s;
	s.net = genann_init(2, 4, 3, 1);
	if (argc < 2 || !s.net)
		return 2;
	for (int i = 0; i < SAMPLES; i++) {
		s.x[i][0] = (double)step_normal(), s.x[i][1] = (double)step_normal();
		s.y[i][0] = rand() & 1;
	}
	return step_time(atof(argv[1]), SAMPLES, epoch, &s);
}
