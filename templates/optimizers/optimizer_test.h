/* optimizer_test.h: what an optimizer's body finds around it in a trainer, for compiling and testing the body by itself: a struct of
** PARAMS parameters and state of the same layout. Trainers never include it. */
#ifndef OPTIMIZER_TEST_H
#define OPTIMIZER_TEST_H
#include "real.h"
#include <stdbool.h>
#include <stdint.h>
#ifndef PARAMS
#define PARAMS 37
#endif
struct params { real w[PARAMS] __attribute__((aligned(64))); } __attribute__((aligned(64)));
struct optimizer_state { struct params exp_avg, exp_avg_sq, max_exp_avg_sq, exp_inf, momentum_buffer, square_avg, grad_avg, acc_delta, sum, ema, accumulated; };
#ifndef ACCUMULATE
#define ACCUMULATE 3
#endif
enum { TRAINED = PARAMS, TRAINED_WIDES = (PARAMS * LANES + WIDE_LANES - 1) / WIDE_LANES };

/* One number a lane as a wide, repeated to its end. */
static inline __attribute__((always_inline, unused)) wide spread(const double *lane)
{
	wide w;
	for (int i = 0; i < WIDE_LANES; i++)
		w[i] = (scalar)lane[i % LANES];
	return w;
}
#endif
