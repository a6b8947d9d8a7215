/* real_erf.h: the error function and the normal distribution over `real`; see real_math.h.
** Largest errors in ulp, float / double (floats: all 2^32, * one in 255; doubles: 4 million; tests/math):
**   erf 1.97 / 1.40   erfc 3.9* / 3.6   normal_cdf 4.4* / 4.5   normal_pdf 2.1* / 2.3 */

#define ERF_SMALL K(0.75, 0.8)
/* erf(x) - x for |x| <= ERF_SMALL. */
REAL_FN real erf_poly_(real x)
{
	real z = x * x, z2 = z * z;
#ifdef REAL64
	return x * POLY(z, z2, 0x1.06eba8214db69p-3, -0x1.812746b037a04p-2, 0x1.ce2f21a043d84p-4, -0x1.b82ce312d71efp-6, 0x1.565bcd1a7bfeep-8,
		-0x1.c02db641f9cc7p-11, 0x1.f9a36ba7ca863p-14, -0x1.f4d79d77cc2aap-17, 0x1.ba27745815b1ap-20, -0x1.613befbdc23cap-23,
		0x1.03502936dfa15p-26, -0x1.34d7a7449d78bp-30);
#else
	return x * POLY(z, z2, 0x1.06eba8p-3f, -0x1.812744p-2f, 0x1.ce2e8ap-4f, -0x1.b81ceap-6f, 0x1.55730cp-8f, -0x1.b164ecp-11f, 0x1.79317cp-14f);
#endif
}
/* erfc(a) = exp(0 - a^2) g(a) for a >= 0.7, written as the derivative of gelu has it: compilers see one exponential in both; the caller gives a^2 as square + low. (1 + 2a) g is a polynomial of (a - K) / (a + K). */
REAL_FN real erfc_tail_(real a, real square, real low)
{
	real t = (a - K(2, 4)) / (a + K(2, 4)), t2 = t * t;
#ifdef REAL64
	real p = POLY(t, t2, 0x1.f7f5df66fcbfbp-7, 0x1.16ecefcfa4ea3p-4, -0x1.9ddb23c3e647fp-4, 0x1.7fee004e1febbp-4, -0x1.0fb06dfe685c7p-4,
		0x1.3079edf456be6p-5, -0x1.09623883da4cbp-6, 0x1.49c6734c985b9p-8, -0x1.8d4a9796711fcp-11, -0x1.a1dfd27dace42p-13,
		0x1.3bdfe2858efe3p-13, -0x1.99413a7ed716ap-16, -0x1.786e4e7a2d6d2p-17, 0x1.7e163a26b1eb7p-18, 0x1.3416f734852d4p-22,
		-0x1.abc04682b95bdp-21, 0x1.5b602d7fb2f82p-24, 0x1.5a90ccc8998c1p-24, -0x1.3f5dffcb4c2eap-26);
	p = fma_(p, t2, fma_(splat_(-0x1.1df1ad154a28ap-3), t, splat_(0x1.3ba5916e9fd7fp0)));
#else
	real p = POLY(t, t2, 0x1.46e80ep0f, -0x1.7bf5dep-4f, -0x1.540776p-3f, 0x1.4ff8bcp-3f, -0x1.bc3d9p-5f, -0x1.06013cp-7f, 0x1.1f2c52p-7f,
		0x1.144daep-10f, -0x1.80e7aap-10f);
#endif
	return exp_sum_(R(0) - square, -low) * (p / fma_(a, splat_(2), splat_(1)));
}
REAL_FN real erf_(real x)
{
	real a = abs_(x), square = x * x;
	real small = x + erf_poly_(x);
	real large = copysign_(R(1) - erfc_tail_(a, square, splat_(0)), x);
	large = sel_(gt_(a, splat_(6)), copysign_(splat_(1), x), large);
	return sel_(gt_(a, splat_(ERF_SMALL)), large, small);
}
/* 1 - erf(x), precise where it is small. */
REAL_FN real erfc_(real x)
{
	real a = abs_(x), square = a * a;
	real small = R(0.5) - (x - R(0.5) + erf_poly_(x));
	real tail = erfc_tail_(a, square, mul_lost_(a, a, square));
	tail = sel_(gt_(a, splat_(30)), splat_(0), tail);
	real large = sel_(gt_(x, splat_(0)), tail, R(2) - tail);
	return sel_(gt_(a, splat_(ERF_SMALL)), large, small);
}
/* The normal distribution with mean 0 and deviation 1: gelu(x) = x normal_cdf_(x), gelu'(x) = normal_cdf_(x) + x normal_pdf_(x). */
REAL_FN real normal_cdf_(real x)
{
	real y = x * K(0x1.6a09e6p-1, 0x1.6a09e667f3bcdp-1), a = abs_(y);
	real small = fma_(erf_poly_(y) + y, splat_(0.5), splat_(0.5));
	real half = x * R(0.5), square = half * x;
	real tail = R(0.5) * erfc_tail_(a, square, mul_lost_(half, x, square));
	tail = sel_(gt_(a, splat_(30)), splat_(0), tail);
	real large = sel_(lt_(x, splat_(0)), tail, R(1) - tail);
	return sel_(gt_(a, splat_(ERF_SMALL)), large, small);
}
REAL_FN real normal_pdf_(real x)
{
	real half = x * R(0.5), square = half * x;
	real low = sel_(lt_(abs_(x), splat_(100)), mul_lost_(half, x, square), splat_(0));
	return exp_sum_(-square, -low) * K(0x1.988454p-2, 0x1.9884533d43651p-2);
}
