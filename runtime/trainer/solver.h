/* solver.h: shared by solver.c, lbfgs.c and levenberg.c. */
#ifndef MOSAIC_SOLVER_H
#define MOSAIC_SOLVER_H

#include "data_internal.h"

#include <string.h>
#include <trainer.h>

void solver_get(const struct mosaic_program *p, const void *from, int count, double *out);
void solver_put(const struct mosaic_program *p, void *to, int count, const double *values);
double solver_dot(const double *a, const double *b, int count);
double solver_largest(const double *a, int count);
#endif
