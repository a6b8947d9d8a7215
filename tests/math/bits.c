/* bits.c: prints a hash of the results of every function of real.h over the same arguments, once computed in reals and once in
** wides (which must agree). All builds of one precision must print the same text (those without fused
** multiply-add one of their own): that is what bits.sh compares.
** Each is done twice, the second time with flush-to-zero. NaN is NaN: its sign and payload are not promised. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "real.h"
#include "functions.h"

enum { VALUES = 1 << 15, INPUTS = 3 };

static const double special[] = {0.0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-8, 1e-30, -1e-30, 0x1p-126, 0x1p-127,
	0x1p-149, -0x1p-149, 0x1p-1022, 0x1p-1060, 0x1.fffffep127, 0x1p127, 0x1p126, 1e30, -1e30, 1e300, -1e300, 88, -88, 88.8, -87.4, 709,
	-708.5, 16777216, 16777217, 8388607.5, 4503599627370495.5,
	0.75, 0.8, 0.41421356, 2.41421356, 0.70710678, 0x1.fffffep0, 0x1.fffffffffffffp0, 0x1.fffffffffffffp-500,
	100000, 131071, INFINITY, -INFINITY, NAN};
enum { SPECIALS = sizeof special / sizeof *special };

#define ALIGNED __attribute__((aligned(128)))
static scalar in[INPUTS][VALUES] ALIGNED, out[VALUES] ALIGNED, out_wide[VALUES] ALIGNED;

static uint64_t random_bits(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}
/* Every pair of special values, then any patterns, then numbers of ordinary size. */
static void fill_inputs(void)
{
	uint64_t state = 7;
	for (int k = 0; k < INPUTS; k++)
		for (int i = 0; i < VALUES; i++) {
			uint64_t pattern = random_bits(&state);
			double x = (double)(int64_t)pattern * 0x1p-63 * (pattern & 1 ? 1 : pattern & 2 ? 10 : 60);
			in[k][i] = x;
			if (i < SPECIALS * SPECIALS)
				in[k][i] = special[k == 0 ? i % SPECIALS : k == 1 ? i / SPECIALS : (int)(pattern >> 33) % SPECIALS];
			else if (i % 3 == 0)
				memcpy(&in[k][i], &pattern, sizeof(scalar));
		}
}
static uint64_t hash(const scalar *x)
{
	uint64_t h = 0;
	for (int i = 0; i < VALUES; i++) {
		uint64_t pattern = 0;
		if (x[i] == x[i])
			memcpy(&pattern, &x[i], sizeof(scalar));
		else
			pattern = 0x7ff8;
		h = (h ^ pattern) * 0x100000001b3;
		h ^= h >> 29;
	}
	return h;
}
static bool report(const char *name)
{
	uint64_t a = hash(out), b = hash(out_wide);
	printf("%-12s %016llx\n", name, (unsigned long long)a);
	if (a == b)
		return true;
	for (int i = 0; i < VALUES; i++)
		if (memcmp(&out[i], &out_wide[i], sizeof(scalar)) && (out[i] == out[i] || out_wide[i] == out_wide[i])) {
			fprintf(stderr, "%s(%a, %a, %a): real %a, wide %a\n", name, (double)in[0][i], (double)in[1][i], (double)in[2][i], (double)out[i],
				(double)out_wide[i]);
			break;
		}
	return false;
}
/* run_NAME(): `for_real` over the reals a, b, c, `for_wide` over the wides. */
#define RUN(name, for_real, for_wide) \
	static bool run_##name(void) \
	{ \
		for (int i = 0; i < VALUES / LANES; i++) { \
			real a = ((const real *)in[0])[i], b = ((const real *)in[1])[i], c = ((const real *)in[2])[i]; \
			(void)b, (void)c; \
			((real *)out)[i] = for_real; \
		} \
		for (int i = 0; i < VALUES / WIDE_LANES; i++) { \
			wide a = ((const wide *)in[0])[i], b = ((const wide *)in[1])[i], c = ((const wide *)in[2])[i]; \
			(void)b, (void)c; \
			((wide *)out_wide)[i] = for_wide; \
		} \
		return report(#name); \
	}
#define TWO(name) RUN(name, name##_(a, b), name##_w(a, b))
#define ONE(name, ...) RUN(name, name##_(a), name##_w(a))
FUNCTIONS
#undef ONE
TWO(pow)
TWO(min)
TWO(max)
TWO(div)
TWO(copysign)
RUN(fma, fma_(a, b, c), fma_w(a, b, c))
RUN(clamp, clamp_(a, b, c), clamp_w(a, b, c))
RUN(compare, sel_(and_(lt_(a, b), not_(ge_(b, c))), bool_(or_(le_(a, c), gt_(a, b))), sel_(eq_(a, c), b, bool_(ne_(a, b)))),
	sel_w(and_w(lt_w(a, b), not_w(ge_w(b, c))), bool_w(or_w(le_w(a, c), gt_w(a, b))), sel_w(eq_w(a, c), b, bool_w(ne_w(a, b)))))

/* rcp_ must be the division, bit for bit: every mantissa of a float; of a double as many random ones, and those next to all bits set or clear. */
static bool check_rcp(void)
{
	uint64_t state = 3, mantissas = (uint64_t)1 << MANTISSA_BITS;
	for (uint64_t i = 0; i < 1 << 23; i += WIDE_LANES) {
		scalar x[WIDE_LANES], y[WIDE_LANES];
		for (int l = 0; l < WIDE_LANES; l++) {
			uint64_t mantissa = random_bits(&state) % mantissas;
			if (SCALAR_BYTES == 4 || i < 1000)
				mantissa = i + l;
			else if (i < 2000)
				mantissa = mantissas - 1 - (i - 1000) - l;
			scalar_bits pattern = mantissa | (scalar_bits)(EXPONENT_BIAS - 60 + i % 120) << MANTISSA_BITS;
			memcpy(&x[l], &pattern, sizeof pattern);
		}
		wide v;
		memcpy(&v, x, sizeof v);
		v = rcp_w(v);
		memcpy(y, &v, sizeof v);
		for (int l = 0; l < WIDE_LANES; l++)
			if (y[l] != 1 / x[l]) {
				fprintf(stderr, "rcp_w(%a) is %a, 1 / x is %a\n", (double)x[l], (double)y[l], (double)(1 / x[l]));
				return false;
			}
	}
	return true;
}

static bool run_all(const char *mode)
{
	bool ok = check_rcp();
	printf("-- %s\n", mode);
#define ONE(name, ...) ok &= run_##name();
	FUNCTIONS
#undef ONE
	ok &= run_pow();
	ok &= run_min();
	ok &= run_max();
	ok &= run_div();
	ok &= run_copysign();
	ok &= run_fma();
	ok &= run_clamp();
	ok &= run_compare();
	return ok;
}

int main(void)
{
	printf("%s%s\n", SCALAR_BYTES == 4 ? "float" : "double", HAVE_FMA ? " fma" : "");
	fill_inputs();
	bool ok = run_all("denormal results kept");
#ifdef __SSE__
	__builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8000);
	ok &= run_all("denormal results flushed to zero");
#endif
	return !ok;
}
