/* accuracy.c: the error of every function of real.h against long double, in ulp. `accuracy [STRIDE [NAME]]` goes through every
** STRIDE-th of the 2^32 float patterns (1: all of them); doubles are sampled as often. Fails when a limit of functions.h is passed. */
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "real.h"
#include "functions.h"

#ifdef REAL64
#define SMALLEST DBL_MIN
#define DIGITS DBL_MANT_DIG
#define PICK(for_float, for_double) for_double
#define M(name) name##l
typedef long double truth;
#else
#define SMALLEST FLT_MIN
#define DIGITS FLT_MANT_DIG
#define PICK(for_float, for_double) for_float
#define M(name) name
typedef double truth;
#endif

struct function {
	const char *name;
	void (*compute)(wide *x);
	truth (*reference)(truth x);
	double low, high, limit;
};
#define ONE(name, ...) static void compute_##name(wide *x) { *x = name##_w(*x); }
FUNCTIONS
#undef ONE
#define ONE(name, expression, ...) static truth reference_##name(truth x) { return expression; }
FUNCTIONS
#undef ONE
static const struct function functions[] = {
#define ONE(name, expression, low, high, float_limit, double_limit) \
	{#name, compute_##name, reference_##name, low, high, PICK(float_limit, double_limit)},
FUNCTIONS
};

/* Distance of `got` from the true value in units of the last place of the true value; infinite when it is of another kind. */
static double ulp_error(truth exact, scalar got)
{
	scalar rounded = exact;
	if (isnan(exact) || isnan(got))
		return isnan(exact) && isnan(got) ? 0 : INFINITY;
	if (isinf(rounded) || isinf(got))
		return rounded == got ? 0 : INFINITY;
	if (M(fabs)(exact) < SMALLEST)                             /* may become 0 */
		return M(fabs)(got) <= SMALLEST && got * exact >= 0 ? 0 : INFINITY;
	int exponent;
	M(frexp)(exact, &exponent);
	return M(fabs)(exact - got) / M(ldexp)(1, exponent - DIGITS);
}

static uint64_t random_bits(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}
/* The i-th argument: every float pattern in turn; for doubles random patterns and numbers within the range of interest. */
static scalar argument(const struct function *f, uint64_t i, uint64_t *state)
{
	scalar x;
#ifdef REAL64
	uint64_t pattern = random_bits(state);
	if (i % 2)
		return f->low + (f->high - f->low) * (double)(pattern >> 11) * 0x1p-53;
	if (i % 4)                                                 /* exponents that are not extreme */
		pattern = (pattern & 0x8fffffffffffffff) + 0x3c00000000000000 - (pattern >> 62 & 1) * 0x0400000000000000;
	memcpy(&x, &pattern, sizeof x);
#else
	(void)f, (void)state;
	uint32_t pattern = i;
	memcpy(&x, &pattern, sizeof x);
#endif
	return x;
}
struct worst {
	double error;
	scalar at, got;
};
static void probe(const struct function *f, const scalar *x, struct worst *worst)
{
	scalar y[WIDE_LANES];
	wide v;
	memcpy(&v, x, sizeof v);
	f->compute(&v);
	memcpy(y, &v, sizeof v);
	bool periodic = f->reference == reference_sin || f->reference == reference_cos || f->reference == reference_tan;
	for (int l = 0; l < WIDE_LANES; l++) {
		if (periodic && !(abs_(x[l]) < TRIG_MAX) && isfinite(x[l]))
			continue;
		double error = ulp_error(f->reference(x[l]), y[l]);
		if (error > worst->error)
			*worst = (struct worst){error, x[l], y[l]};
	}
}
/* The numbers around those where a function changes its formula, overflows or underflows. */
static void probe_edges(const struct function *f, struct worst *worst)
{
	static const double edges[] = {0.5, 1, 2, 0.25, 0.75, 0.8, 6, 20, 30, 40, 80, 100, 127, 128, 1023, 1024, 0x1.62e42ep6, 0x1.62e42fefa39efp9,
		0x1.5d589ep6, 0x1.6232bdd7abcd2p9, 0x1.65a9f8p6, 0x1.633ce8fb9f87dp9, 0x1.6a09e667f3bcdp-1, 0x1.6a09e667f3bcdp0, 0x1.a827999fcef32p-2,
		0x1.3504f333f9de6p1, 0x1.62e42fefa39efp-2, 0x1p17, 0x1p22, 0x1p23, 0x1p24, 0x1p30, 0x1p52, 0x1p53, 0x1p60, 0x1p120, 0x1p126, 0x1p-126,
		0x1p-125, 0x1p-149};
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
		for (int sign = -1; sign <= 1; sign += 2) {
			scalar x[WIDE_LANES];
			for (int l = 0; l < WIDE_LANES; l++)
				x[l] = sign * as_real_(as_bits_(edges[i]) + l - WIDE_LANES / 2);
			probe(f, x, worst);
		}
}
static bool measure(const struct function *f, uint64_t stride)
{
	struct worst worst = {0, 0, 0};
	uint64_t state = 1;
	probe_edges(f, &worst);
	for (uint64_t i = 0; i < (uint64_t)1 << 32;) {
		scalar x[WIDE_LANES];
		for (int l = 0; l < WIDE_LANES; l++, i += stride)
			x[l] = argument(f, i, &state);
		probe(f, x, &worst);
	}
	bool ok = worst.error <= f->limit;
	printf("%-12s %8.4f ulp at %a (%.9g), which gave %a%s\n", f->name, worst.error, (double)worst.at, (double)worst.at, (double)worst.got,
		ok ? "" : "  TOO MUCH");
	return ok;
}
/* pow has two arguments: bases over all magnitudes, exponents that keep the result in range; then C's rules for special values. */
static bool measure_pow(void)
{
	uint64_t state = 5;
	double worst = 0;
	scalar at[2] = {0}, got = 0;
	for (int i = 0; i < 1 << 20; i++) {
		double u = (double)(random_bits(&state) >> 11) * 0x1p-53, v = (double)(random_bits(&state) >> 11) * 0x1p-52 - 1;
		scalar x = exp((u - 0.5) * (i % 2 ? 2 : PICK(160, 1400)));
		scalar y = i % 5 ? v * PICK(88, 709) / (__builtin_fabs(log(x)) + 1e-3) : (int)(v * 9);
		if (i % 5 == 0 && i % 3)
			x = -x;
		double error = ulp_error(M(pow)(x, y), pow_w(splat_w(x), splat_w(y))[0]);
		if (error > worst)
			worst = error, at[0] = x, at[1] = y, got = pow_(x, y);
	}
	static const double special[] = {0.0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1e30, -1e30, 1e-30, INFINITY, -INFINITY, NAN};
	enum { COUNT = sizeof special / sizeof *special };
	for (int i = 0; i < COUNT * COUNT; i++) {
		scalar x = special[i % COUNT], y = special[i / COUNT], z = pow_(x, y);
		double error = ulp_error(M(pow)(x, y), z);
		if (error > worst)
			worst = error, at[0] = x, at[1] = y, got = z;
	}
	printf("%-12s %8.4f ulp at %a, %a, which gave %a%s\n", "pow", worst, (double)at[0], (double)at[1], (double)got,
		worst <= 2 ? "" : "  TOO MUCH");
	return worst <= 2;
}
int main(int argc, char **argv)
{
	uint64_t stride = argc > 1 ? strtoull(argv[1], NULL, 0) : 1021;
	bool ok = true;
	if (stride == 0)
		return 2;
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
		if (argc < 3 || !strcmp(argv[2], functions[i].name))
			ok &= measure(&functions[i], stride);
	if (argc < 3 || !strcmp(argv[2], "pow"))
		ok &= measure_pow();
	return !ok;
}
