/* random.c: counter-based random numbers: Philox (mosaic_random.h). The key is the run's seed, the counter is the index of the
** number and a hash of what it is for, so every number has an address and no draw depends on the draws before it.
** Only + - * / of doubles: the same bits on every machine; no libm, no contraction. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "data_internal.h"

#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif
#include <mosaic_random.h>

mosaic_random trainer_random(uint64_t seed, const char *purpose, uint64_t epoch, uint64_t step)
{
	uint64_t parts[3] = {XXH3_64bits(purpose, strlen(purpose)), epoch, step};

	return (mosaic_random){.key = {seed, XXH3_64bits(parts, sizeof parts)}};
}

mosaic_random mosaic_random_for(const mosaic_run_info *run, const char *purpose)
{
	char text[256];

	/* A name space of its own: a module's "init" is not the trainer's. */
	snprintf(text, sizeof text, "module %s", purpose ? purpose : "");
	return trainer_random(mosaic_run_seed(run), text, 0, 0);
}

uint64_t mosaic_random_bits(mosaic_random *r)
{
	uint64_t block = r->counter >> 1;
	uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)r->key[1], (uint32_t)(r->key[1] >> 32)};
	uint32_t key[2] = {(uint32_t)r->key[0], (uint32_t)(r->key[0] >> 32)}, out[4];

	philox_(counter, key, out);
	int half = (int)(r->counter++ & 1) * 2;
	return out[half] | (uint64_t)out[half + 1] << 32;
}

double mosaic_random_uniform(mosaic_random *r)
{
	return (double)(mosaic_random_bits(r) >> 11) * 0x1p-53;
}

/* Natural logarithm of a normal number > 0: m in [sqrt(1/2), sqrt(2)), 2 atanh((m - 1) / (m + 1)) as a series. */
static double log_(double x)
{
	union { double d; uint64_t u; } v = {x};
	int e = (int)(v.u >> 52) - 1023;

	v.u = (v.u & 0xFFFFFFFFFFFFFull) | 0x3FF0000000000000ull;
	if (v.d > 1.4142135623730951) {
		v.d *= 0.5;
		e++;
	}
	double s = (v.d - 1) / (v.d + 1), s2 = s * s, sum = 0;
	for (int k = 23; k >= 3; k -= 2)
		sum = (sum + 1.0 / k) * s2;
	return e * 0.6931471805599453 + 2 * (s + s * sum);
}

/* Of a normal number above 0, rounded as it comes out of five steps of Newton: the same on every machine, without libm. */
double trainer_sqrt(double x)
{
	union { double d; uint64_t u; } y = {x};

	y.u = (y.u >> 1) + 0x1FF8000000000000ull;
	for (int i = 0; i < 5; i++)
		y.d = 0.5 * (y.d + x / y.d);
	return y.d;
}

static double ratio(double r, const double num[8], const double den[8])
{
	double n = num[7], d = den[7];

	for (int i = 6; i >= 0; i--) {
		n = n * r + num[i];
		d = d * r + den[i];
	}
	return n / d;
}

/* Algorithm AS 241 (Wichura, 1988): the normal deviate with a lower tail of p, to about 16 digits. */
double trainer_normal_quantile(double p)
{
	static const double a[8] = {3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
		4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3};
	static const double b[8] = {1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
		2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3};
	static const double c[8] = {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
		1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
	static const double d[8] = {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
		1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9};
	static const double e[8] = {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
		2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
	static const double f[8] = {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
		7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15};
	double q = p - 0.5;

	if (q >= -0.425 && q <= 0.425)
		return q * ratio(0.180625 - q * q, a, b);
	double r = trainer_sqrt(-log_(q < 0 ? p : 1 - p));
	double x = r <= 5 ? ratio(r - 1.6, c, d) : ratio(r - 5, e, f);
	return q < 0 ? -x : x;
}

double mosaic_random_normal(mosaic_random *r)
{
	return trainer_normal_quantile(((double)(mosaic_random_bits(r) >> 11) + 0.5) * 0x1p-53);
}

int64_t mosaic_random_below(mosaic_random *r, int64_t n)
{
	if (n < 1)
		mosaic_fail("mosaic_random_below: n is %lld; it is at least 1", (long long)n);
	/* The high half of bits * n; the few low halves that would favour some results are drawn again. */
	uint64_t limit = (0 - (uint64_t)n) % (uint64_t)n;
	for (;;) {
		unsigned __int128 product = (unsigned __int128)mosaic_random_bits(r) * (uint64_t)n;
		if ((uint64_t)product >= limit)
			return (int64_t)(product >> 64);
	}
}

/* 32-bit words from whole blocks on, some blocks at a time: a permutation an epoch and lane is needed often. */
enum { WORDS = 32 };
struct words { mosaic_random *r; uint32_t at[WORDS]; int next; };

static uint32_t next_word(struct words *w)
{
	if (w->next == WORDS) {
		const mosaic_random *r = w->r;
		uint32_t key[2] = {(uint32_t)r->key[0], (uint32_t)(r->key[0] >> 32)};
		uint64_t block = (r->counter + 1) >> 1;
		for (int i = 0; i < WORDS / 4; i++, block++) {
			uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)r->key[1], (uint32_t)(r->key[1] >> 32)};
			philox_(counter, key, w->at + 4 * i);
		}
		w->r->counter = block << 1;
		w->next = 0;
	}
	return w->at[w->next++];
}

static uint32_t below32(struct words *w, uint32_t n)
{
	uint64_t product = (uint64_t)next_word(w) * n;

	if ((uint32_t)product < n)
		for (uint32_t limit = (0 - n) % n; (uint32_t)product < limit; )
			product = (uint64_t)next_word(w) * n;
	return (uint32_t)(product >> 32);
}

/* Fisher and Yates. */
void mosaic_random_permutation(mosaic_random *r, int64_t n, int64_t *out)
{
	struct words w = {.r = r, .next = WORDS};

	for (int64_t i = 0; i < n; i++)
		out[i] = i;
	for (int64_t i = n - 1; i > 0; i--) {
		int64_t j = i < UINT32_MAX ? (int64_t)below32(&w, (uint32_t)i + 1) : mosaic_random_below(r, i + 1), t = out[i];
		out[i] = out[j];
		out[j] = t;
	}
}
