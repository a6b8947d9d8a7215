/* real_exp.h: exponentials, logarithms, powers and hyperbolic functions over `real`; see real_math.h.
** Polynomials are minimax approximations over the reduced range (Remez, coefficients rounded to the type). Results that would be
** denormal may be 0. Largest errors in ulp, float / double (floats: all 2^32, * one in 255; doubles: 4 million; tests/math):
**   exp 1.04 / 0.99   exp2 1.02 / 1.02   expm1 1.59 / 1.84    sigmoid 2.00 / 2.00   tanh 1.98 / 2.05   sinh 1.62 / 1.62   cosh 1.51 / 1.46
**   log 0.86 / 0.83   log2 1.81 / 1.63   log10 1.95 / 1.80    log1p 1.48 / 1.32     softplus 1.73 / 1.65                  pow 1.37 / 1.13 (a million pairs) */

/* ---- exponentials --------------------------------------------------------------------------- */
#define EXP_MAX K(0x1.62e42ep6, 0x1.62e42fefa39efp9)      /* above it exp is infinite */
#define EXP_MIN K(-0x1.5d589ep6, -0x1.6232bdd7abcd2p9)    /* below it exp is no normal number: 0 */
/* x = n ln 2 + f with |f| <= ln 2 / 2: returns f; the low bits of *t hold n. */
REAL_FN real exp_split_(real x, real *t)
{
	const scalar no_fraction = K(0x1.8p23, 0x1.8p52);
	*t = fma_(x, splat_(K(0x1.715476p0, 0x1.71547652b82fep0)), splat_(no_fraction));
	real n = *t - no_fraction;
	real f = fma_(n, splat_(K(-0x1.62e4p-1, -0x1.62e42feep-1)), x);
	return fma_(n, splat_(K(-0x1.7f7d1cp-20, -0x1.a39ef35793c76p-33)), f);
}
/* exp(f) - 1 for |f| <= ln 2 / 2. */
REAL_FN real exp_poly_(real f)
{
	real f2 = f * f;
#ifdef REAL64
	real p = POLY(f, f2, 0x1p-1, 0x1.5555555555559p-3, 0x1.555555555554dp-5, 0x1.111111110f653p-7, 0x1.6c16c16c1abp-10, 0x1.a01a01b004d5p-13,
		0x1.a01a018e0ed1fp-16, 0x1.71ddf80ab4ad9p-19, 0x1.27e51337f62c1p-22, 0x1.af5f369fe3902p-26, 0x1.1f1a3e11c8c87p-29);
#else
	real p = POLY(f, f2, 0x1.fffffep-2f, 0x1.5554bp-3f, 0x1.555716p-5f, 0x1.1227a2p-7f, 0x1.6b737cp-10f);
#endif
	return fma_(p, f2, f);
}
/* 2^n y, for 2^n y a normal number. */
REAL_FN real exp_scale_(real y, real t) { return as_real_(as_bits_(y) + (as_bits_(t) << MANTISSA_BITS)); }
/* The result y of exp(x) where it fits; infinity, 0 or NaN where it does not. */
REAL_FN real exp_limit_(real x, real y)
{
	y = sel_(le_(x, splat_(EXP_MAX)), y, x * R_INF);
	return sel_(lt_(x, splat_(EXP_MIN)), splat_(0), y);
}
REAL_FN real exp_(real x)
{
	real t, f = exp_split_(x, &t);
	return exp_limit_(x, exp_scale_(exp_poly_(f) + R(1), t));
}
/* exp(x + low) for a small correction `low`. */
REAL_FN real exp_sum_(real x, real low)
{
	real t, f = exp_split_(x, &t) + low;
	return exp_limit_(x, exp_scale_(exp_poly_(f) + R(1), t));
}
REAL_FN real exp2_(real x)
{
	const scalar no_fraction = K(0x1.8p23, 0x1.8p52);
	real t = x + no_fraction, f = x - (t - no_fraction), f2 = f * f;
#ifdef REAL64
	real p = POLY(f, f2, 0x1.62e42fefa39efp-1, 0x1.ebfbdff82c598p-3, 0x1.c6b08d704a1abp-5, 0x1.3b2ab6fba1ebbp-7, 0x1.5d87fe788092dp-10,
		0x1.430913094919p-13, 0x1.ffcbfcffa02a4p-17, 0x1.62bfd4c8c48a9p-20, 0x1.b523e09a0f245p-24, 0x1.e605ce510711ep-28, 0x1.eb53f7dc29aa7p-32);
#else
	real p = POLY(f, f2, 0x1.62e43p-1f, 0x1.ebfbdep-3f, 0x1.c6af9cp-5f, 0x1.3b2c54p-7f, 0x1.5ef5fap-10f, 0x1.427e4p-13f);
#endif
	real y = exp_scale_(fma_(p, f, splat_(1)), t);
	y = sel_(lt_(x, splat_(EXPONENT_BIAS + 1)), y, x * R_INF);
	return sel_(lt_(x, splat_(1 - EXPONENT_BIAS)), splat_(0), y);
}
REAL_FN real expm1_(real x)
{
	const scalar low = K(-40, -80), high = K(40, 80);
	real t, f = exp_split_(sel_(lt_(x, splat_(low)), splat_(low), x), &t);
	real p = exp_poly_(f), s = exp_scale_(splat_(1), t);
	real y = fma_(s, p, s - R(1));
	return sel_(gt_(x, splat_(high)), exp_limit_(x, exp_scale_(p + R(1), t)), y);
}
/* 1 / (1 + exp(-x)) with exp(-x) = s + s p: adding s last costs no time and keeps one rounding less than exp_ would.
** Division, not rcp_: its latency is lower and it runs beside the polynomial. Degree 5 is 7 % faster and passes 2 ulp. */
REAL_FN real sigmoid_(real x)
{
	real t, f = exp_split_(-x, &t);
	real s = exp_scale_(splat_(1), t);
	real y = R(1) / (fma_(s, exp_poly_(f), splat_(1)) + s);
	y = sel_(gt_(x, splat_(40)), splat_(1), y);
	return sel_(lt_(x, splat_(EXP_MIN)), splat_(0), y);
}
/* With e = exp(-2|x|) - 1: tanh|x| = -e / (2 + e). One formula for all x: a polynomial of its own for small x takes 28 % more time in
** 16 lanes, 8 % in one. */
REAL_FN real tanh_(real x)
{
	real a = abs_(x);
	real t, f = exp_split_(a * R(-2), &t);
	real p = exp_poly_(f), s = exp_scale_(splat_(1), t);
	real d = fma_(s, p, R(1) + s), y = fma_(-s, p, R(1) - s) / d;
#ifdef REAL64                                                      /* what d lost by rounding; 1 / d = (1 + y) / 2 */
	real lost = fma_(s, p, R(1) + s - d);
	y = fma_(y * lost, fma_(y, splat_(-0.5), splat_(-0.5)), y);
#endif
	return copysign_(sel_(gt_(a, splat_(20)), splat_(1), y), x);
}
/* exp(a) / 2 up to twice the largest number. */
REAL_FN real exp_half_(real a)
{
	real t, f = exp_split_(a, &t);
	real y = exp_scale_(fma_(exp_poly_(f), splat_(0.5), splat_(0.5)), t);
	return sel_(le_(a, splat_(K(0x1.65a9f8p6, 0x1.633ce8fb9f87dp9))), y, a * R_INF);
}
REAL_FN real sinh_(real x)
{
	real a = abs_(x), z = x * x, z2 = z * z;
#ifdef REAL64
	real p = POLY(z, z2, 0x1.5555555555556p-3, 0x1.111111111104p-7, 0x1.a01a01a0318d8p-13, 0x1.71de3a40565e2p-19, 0x1.ae646b4d5f191p-26,
		0x1.6118df71776ccp-33, 0x1.b52ebddf96b65p-41);
#else
	real p = POLY(z, z2, 0x1.555556p-3f, 0x1.1110eap-7f, 0x1.a01c22p-13f, 0x1.76771ep-19f);
#endif
	real half = exp_half_(a);
	return sel_(lt_(a, splat_(1)), fma_(p * z, x, x), copysign_(half - R(0.25) / half, x));
}
REAL_FN real cosh_(real x)
{
	real half = exp_half_(abs_(x));
	return half + R(0.25) / half;
}

/* ---- logarithms ----------------------------------------------------------------------------- */
/* x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), for x a normal number: returns f. */
REAL_FN real log_split_(real x, real *k)
{
	const scalar_bits root_half = KBITS(0x3f3504f3, 0x3fe6a09e667f3bcd), one = (scalar_bits)EXPONENT_BIAS << MANTISSA_BITS;
	const scalar_bits magic = KBITS(0x4b400000, 0x4338000000000000);
	bits i = as_bits_(x) + (one - root_half);
	*k = as_real_((i >> MANTISSA_BITS) + magic) - (K(0x1.8p23, 0x1.8p52) + EXPONENT_BIAS);
	return as_real_((i & (((scalar_bits)1 << MANTISSA_BITS) - 1)) + root_half) - R(1);
}
/* The same for any x > 0. */
REAL_FN real log_split_any_(real x, real *k)
{
	mask tiny = lt_(x, splat_(K(0x1p-126, 0x1p-1022)));
	real f = log_split_(sel_(tiny, x * K(0x1p25, 0x1p54), x), k);
	*k = *k - sel_(tiny, splat_(K(25, 54)), splat_(0));
	return f;
}
/* k ln 2 + log(1 + f). */
REAL_FN real log_join_(real k, real f)
{
	real f2 = f * f;
#ifdef REAL64
	real s = f / (f + R(2)), z = s * s, z2 = z * z;
	real r = z * POLY(z, z2, 0x1.5555555555592p-1, 0x1.999999997ff41p-2, 0x1.24924941de7bap-2, 0x1.c71c5216a7ecfp-3, 0x1.74663c7d6cfa5p-3,
		0x1.39a1f25e4676p-3, 0x1.2f036dfefb581p-3);
	real half = f2 * R(0.5);
	r = fma_(s, half + r, k * R(0x1.a39ef35793c76p-33));
	return fma_(k, splat_(0x1.62e42feep-1), f - (half - r));
#else
	real r = f * POLY(f, f2, 0x1.55557p-2f, -0x1.000234p-2f, 0x1.99944ep-3f, -0x1.5466fep-3f, 0x1.239ce2p-3f, -0x1.0e96ccp-3f,
		0x1.015974p-3f, -0x1.2a6f78p-4f);
	r = fma_(k, splat_(0x1.7f7d1cp-20f), fma_(r, f2, f2 * R(-0.5)));
	return fma_(k, splat_(0x1.62e4p-1f), f + r);
#endif
}
/* The logarithm y of x where there is one, infinities and NaN where not. */
REAL_FN real log_limit_(real x, real y)
{
	y = sel_(gt_(x, splat_(0)), y, sel_(eq_(x, splat_(0)), splat_(-R_INF), splat_(R_NAN)));
	return sel_(lt_(x, splat_(R_INF)), y, x);
}
REAL_FN real log_(real x)
{
	real k, f = log_split_any_(x, &k);
	return log_limit_(x, log_join_(k, f));
}
REAL_FN real log2_(real x)
{
	real k, f = log_split_any_(x, &k);
	return log_limit_(x, fma_(log_join_(splat_(0), f), splat_(K(0x1.715476p0, 0x1.71547652b82fep0)), k));
}
REAL_FN real log10_(real x)
{
	real k, f = log_split_any_(x, &k);
	real y = fma_(log_join_(splat_(0), f), splat_(K(0x1.bcb7b2p-2, 0x1.bcb7b1526e50ep-2)), k * K(0x1.3509f8p-18, 0x1.f79fef311f12bp-34));
	return log_limit_(x, fma_(k, splat_(K(0x1.344p-2, 0x1.34413508p-2)), y));
}
/* log(1 + x) for x > -1: what rounding 1 + x loses is given back to f. */
REAL_FN real log1p_inside_(real x)
{
	real u = x + R(1), lost = x - (u - R(1));
	real k, f = log_split_(u, &k);
	real scale = as_real_(((scalar_bits)2 * EXPONENT_BIAS << MANTISSA_BITS) - as_bits_(exp_scale_(splat_(1), k + K(0x1.8p23, 0x1.8p52))));
	return log_join_(k, sel_(lt_(x, splat_(K(0x1p60, 0x1p120))), fma_(lost, scale, f), f));
}
REAL_FN real log1p_(real x)
{
	real y = log1p_inside_(x);
	y = sel_(gt_(x, splat_(-1)), y, sel_(eq_(x, splat_(-1)), splat_(-R_INF), splat_(R_NAN)));
	return sel_(and_(lt_(x, splat_(R_INF)), ne_(x, splat_(0))), y, x);
}
/* log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)). */
REAL_FN real softplus_(real x)
{
	real y = log1p_inside_(exp_(-abs_(x)));
	return sel_(gt_(x, splat_(0)), x + y, sel_(eq_(x, x), y, x));
}

/* log(x) = result + *low, about twice as precise as the type, for x > 0. */
REAL_FN real log_precise_(real x, real *low)
{
	real k, f = log_split_any_(x, &k);
	/* s = f / (2 + f), log(1 + f) = 2 s + s^3 (2/3 + z P(z)), z = s^2; every name ending in l is the rest of the one before. */
	real d = f + R(2), dl = f - (d - R(2));
	real s = f / d, sl = (div_lost_(f, d, s) - s * dl) / d;
	real z = s * s, zl = mul_lost_(s, s, z) + (s + s) * sl, z2 = z * z;
#ifdef REAL64
	real p = z * POLY(z, z2, 0x1.9999999999996p-2, 0x1.2492492492f4cp-2, 0x1.c71c71c597671p-3, 0x1.745d1828e378ep-3, 0x1.3b1364e8b3e8ap-3,
		0x1.11206a85c61b6p-3, 0x1.de3e277118aa3p-4, 0x1.eac00dc92fe39p-4);
	real b = p + R(0x1.5555555555555p-1), bl = p - (b - R(0x1.5555555555555p-1)) + R(0x1.5555555555555p-55);
#else
	real p = z * POLY(z, z2, 0x1.9998f2p-2f, 0x1.248f64p-2f, 0x1.d750cep-3f);
	real b = p + R(0x1.555556p-1f), bl = p - (b - R(0x1.555556p-1f)) - R(0x1.555556p-26f);
#endif
	real c = s * z, cl = mul_lost_(s, z, c) + fma_(s, zl, sl * z);
	real r = c * b, rl = mul_lost_(c, b, r) + fma_(c, bl, cl * b);
	real y = s + s + r, yl = (s + s - y) + r + (sl + sl + rl);
	real n = k * K(0x1.62e4p-1, 0x1.62e42feep-1), nl = k * K(0x1.7f7d1cp-20, 0x1.a39ef35793c76p-33);
	real sum = n + y, rest = (n - sum) + y + (nl + yl);
	real high = sum + rest;
	*low = (sum - high) + rest;
	return high;
}
/* C's pow: x^0 and 1^y are 1 even for NaN; x < 0 needs an integer y. */
REAL_FN real pow_(real x, real y)
{
	real a = abs_(x), one = splat_(1), zero = splat_(0), infinity = splat_(R_INF);
	real low, high = log_precise_(a, &low);
	high = sel_(lt_(a, infinity), high, a);
	high = sel_(eq_(a, zero), -infinity, high);
	real e = y * high;
	real r = exp_sum_(e, mul_lost_(y, high, e) + y * low);
	r = sel_(eq_(a, one), sel_(eq_(y, y), one, y), r);
	real half = y * R(0.5);
	mask whole = eq_(floor_(y), y), odd = and_(whole, ne_(floor_(half), half));
	r = sel_(and_(odd, has_(as_bits_(x), SIGN_BIT)), -r, r);
	r = sel_(and_(not_(whole), and_(lt_(x, zero), gt_(x, -infinity))), splat_(R_NAN), r);
	return sel_(or_(eq_(y, zero), eq_(x, one)), one, r);
}
