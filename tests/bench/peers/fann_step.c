/* fann_step.c: a step of the tiny case in FANN: 2-3-3-3-3-1, sigmoid, plain SGD, one sample after another, in float. */
#include "step.h"
#include <floatfann.h>

enum { SAMPLES = 4000 };
struct samples { struct fann *net; float x[SAMPLES][2], y[SAMPLES][1]; };

static void epoch(void *at)
{
	struct samples *s = at;
	for (int i = 0; i < SAMPLES; i++)
		fann_train(s->net, s->x[i], s->y[i]);
}

int main(int argc, char **argv)
{
	static struct samples s;
	s.net = fann_create_standard(6, 2, 3, 3, 3, 3, 1);
	if (argc < 2 || !s.net)
		return 2;
	for (int i = 0; i < SAMPLES; i++) {
		s.x[i][0] = step_normal(), s.x[i][1] = step_normal();
		s.y[i][0] = (float)(rand() & 1);
	}
	fann_set_training_algorithm(s.net, FANN_TRAIN_INCREMENTAL);
	fann_set_activation_function_hidden(s.net, FANN_SIGMOID);
	fann_set_activation_function_output(s.net, FANN_SIGMOID);
	fann_set_learning_rate(s.net, 1e-3f);
	return step_time(atof(argv[1]), SAMPLES, epoch, &s);
}
