/* freestanding.c: every function of real.h, linked with nothing: no libm, no libc, not even a run-time library of the compiler. */
#include "real.h"
#include "functions.h"

#define ONE(name, ...) void real_##name(real *x); void real_##name(real *x) { *x = name##_(*x); }
FUNCTIONS
#undef ONE
#define ONE(name, ...) void wide_##name(wide *x); void wide_##name(wide *x) { *x = name##_w(*x); }
FUNCTIONS
void real_others(real *x);
void real_others(real *x)
{
	x[0] = pow_(x[0], x[1]);
	x[1] = clamp_(min_(x[1], x[2]), max_(x[2], x[3]), div_(x[3], x[4]));
	x[2] = copysign_(fma_(x[2], x[3], x[4]), x[5]);
}
