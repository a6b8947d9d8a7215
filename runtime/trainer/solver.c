/* solver.c: what the optimizers that look at a batch more than once share (lbfgs.c, levenberg.c): the trained parameters as one vector of doubles. One
** lane. Nothing is allocated: the trainer brings the memory. */
#include "solver.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

void solver_get(const struct mosaic_program *p, const void *from, int count, double *out)
{
	for (int i = 0; i < count; i++)
		out[i] = p->real_bytes == 8 ? ((const double *)from)[i] : (double)((const float *)from)[i];
}

void solver_put(const struct mosaic_program *p, void *to, int count, const double *values)
{
	for (int i = 0; i < count; i++)
		if (p->real_bytes == 8)
			((double *)to)[i] = values[i];
		else
			((float *)to)[i] = (float)values[i];
}

/* Eight sums, added in their order. */
double solver_dot(const double *a, const double *b, int count)
{
	double part[8] = {0}, sum = 0;
	int i = 0;

	for (; i + 8 <= count; i += 8)
		for (int k = 0; k < 8; k++)
			part[k] += a[i + k] * b[i + k];
	for (int k = 0; i + k < count; k++)
		part[k] += a[i + k] * b[i + k];
	for (int k = 0; k < 8; k++)
		sum += part[k];
	return sum;
}

double solver_largest(const double *a, int count)
{
	double most = 0;

	for (int i = 0; i < count; i++) {
		double size = a[i] < 0 ? -a[i] : a[i];
		most = size > most || size != size ? size : most;
	}
	return most;
}
