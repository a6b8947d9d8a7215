/* real_math.h: the functions of real.h, written once over the type `real`; real.h includes it for reals and for wides.
** No guard: it is meant to be included twice. No branch on values: sel_ takes the place of if and ?:.
** Accuracy is stated in units in the last place (ulp) against the correctly rounded result. Results below the smallest
** normal number may become 0. */

/* ---- arithmetic and selection --------------------------------------------------------------- */
#if VALUE_LANES == 1
REAL_FN real splat_(scalar x) { return x; }
REAL_FN bits as_bits_(real x) { union { real f; bits i; } u = {x}; return u.i; }
REAL_FN real as_real_(bits x) { union { bits i; real f; } u = {x}; return u.f; }
REAL_FN mask lt_(real a, real b) { return a < b; }
REAL_FN mask le_(real a, real b) { return a <= b; }
REAL_FN mask gt_(real a, real b) { return a > b; }
REAL_FN mask ge_(real a, real b) { return a >= b; }
REAL_FN mask eq_(real a, real b) { return a == b; }
REAL_FN mask ne_(real a, real b) { return a != b; }
REAL_FN mask not_(mask m) { return !m; }
REAL_FN real sel_(mask m, real yes, real no) { return m ? yes : no; }
#else
REAL_FN real splat_(scalar x) { return x - (real){0}; }
REAL_FN bits as_bits_(real x) { return (bits)x; }
REAL_FN real as_real_(bits x) { return (real)x; }
REAL_FN mask lt_(real a, real b) { return (mask)(a < b); }
REAL_FN mask le_(real a, real b) { return (mask)(a <= b); }
REAL_FN mask gt_(real a, real b) { return (mask)(a > b); }
REAL_FN mask ge_(real a, real b) { return (mask)(a >= b); }
REAL_FN mask eq_(real a, real b) { return (mask)(a == b); }
REAL_FN mask ne_(real a, real b) { return (mask)(a != b); }
REAL_FN mask not_(mask m) { return ~m; }
REAL_FN real sel_(mask m, real yes, real no) { return (real)((m & (mask)yes) | (~m & (mask)no)); }
#endif
REAL_FN mask and_(mask a, mask b) { return a & b; }
REAL_FN mask or_(mask a, mask b) { return a | b; }
REAL_FN real bool_(mask m) { return sel_(m, splat_(1), splat_(0)); }

/* a * b + c rounded once where the target can (HAVE_FMA), else twice. */
REAL_FN real fma_(real a, real b, real c)
{
#if !HAVE_FMA
	return a * b + c;
#elif defined __clang__
#pragma clang fp contract(on)
	return a * b + c;
#elif VALUE_LANES == 1 && defined REAL64
	return __builtin_fma(a, b, c);
#elif VALUE_LANES == 1
	return __builtin_fmaf(a, b, c);
#elif VALUE_BYTES == 64 && defined __AVX512F__ && defined REAL64
	return __builtin_ia32_vfmaddpd512_mask(a, b, c, -1, 4);
#elif VALUE_BYTES == 64 && defined __AVX512F__
	return __builtin_ia32_vfmaddps512_mask(a, b, c, -1, 4);
#else
	real r;
#pragma GCC unroll 16
	for (int i = 0; i < VALUE_LANES; i++)
		r[i] = sizeof(scalar) == 8 ? __builtin_fma(a[i], b[i], c[i]) : __builtin_fmaf(a[i], b[i], c[i]);
	return r;
#endif
}

/* Correctly rounded. */
REAL_FN real sqrt_(real x)
{
#if VALUE_LANES == 1
	return sizeof(scalar) == 8 ? __builtin_sqrt(x) : __builtin_sqrtf(x);
#else
	real r;
#pragma GCC unroll 16
	for (int i = 0; i < VALUE_LANES; i++)
		r[i] = sizeof(scalar) == 8 ? __builtin_sqrt(x[i]) : __builtin_sqrtf(x[i]);
	return r;
#endif
}
REAL_FN real div_(real a, real b) { return a / b; }
REAL_FN real rcp_(real x) { return splat_(1) / x; }
REAL_FN real rsqrt_(real x) { return splat_(1) / sqrt_(x); }

REAL_FN real abs_(real x) { return as_real_(as_bits_(x) & ~SIGN_BIT); }
REAL_FN real copysign_(real x, real sign) { return as_real_((as_bits_(x) & ~SIGN_BIT) | (as_bits_(sign) & SIGN_BIT)); }
/* NaN in, NaN out, from either side. */
REAL_FN real min_(real a, real b) { return sel_(or_(lt_(b, a), ne_(b, b)), b, a); }
REAL_FN real max_(real a, real b) { return sel_(or_(gt_(b, a), ne_(b, b)), b, a); }
REAL_FN real clamp_(real x, real low, real high)
{
	x = sel_(lt_(x, low), low, x);
	return sel_(gt_(x, high), high, x);
}
/* -1, 0, 1; NaN gives 0. */
REAL_FN real sign_(real x) { return bool_(gt_(x, splat_(0))) - bool_(lt_(x, splat_(0))); }

/* ---- rounding to integers: adding 2^23 (2^52) leaves no room for a fraction ------------------ */
REAL_FN real round_(real x)
{
	const scalar no_fraction = K(0x1p23, 0x1p52);
	real r = (abs_(x) + no_fraction) - no_fraction;
	return sel_(lt_(abs_(x), splat_(no_fraction)), copysign_(r, x), x);
}
REAL_FN real floor_(real x) { real r = round_(x); return copysign_(r - bool_(gt_(r, x)), x); }
REAL_FN real ceil_(real x) { real r = round_(x); return copysign_(r + bool_(lt_(r, x)), x); }
REAL_FN real trunc_(real x) { return copysign_(floor_(abs_(x)), x); }

/* ---- exponentials --------------------------------------------------------------------------- */
/* x = n ln 2 + f with |f| <= ln 2 / 2: returns f; the low bits of *t hold n. */
REAL_FN real exp_split_(real x, real *t)
{
	const scalar no_fraction = K(0x1.8p23, 0x1.8p52);
	*t = fma_(x, splat_(K(0x1.715476p0, 0x1.71547652b82fep0)), splat_(no_fraction));
	real n = *t - no_fraction;
	real f = fma_(n, splat_(K(-0x1.62e4p-1, -0x1.62e42feep-1)), x);
	return fma_(n, splat_(K(-0x1.7f7d1cp-20, -0x1.a39ef35793c76p-33)), f);
}
/* 2^n y, for 2^n y a normal number. */
REAL_FN real exp_scale_(real y, real t) { return as_real_(as_bits_(y) + (as_bits_(t) << MANTISSA_BITS)); }
/* (exp(f) - 1 - f) / f^2 for |f| <= ln 2 / 2. */
REAL_FN real exp_poly_(real f)
{
#ifdef REAL64
	return POLY(f, 0x1.0000000000005p-1, 0x1.555555555553bp-3, 0x1.55555555520fbp-5, 0x1.1111111118834p-7, 0x1.6c16c17f35c04p-10,
		0x1.a01a0177f597dp-13, 0x1.a019a688b52abp-16, 0x1.71de80ef4971ep-19, 0x1.28a2ab6e221a2p-22, 0x1.ae77c9dd89894p-26);
#else
	return POLY(f, 0x1.fffffep-2f, 0x1.5554bp-3f, 0x1.555716p-5f, 0x1.1227a2p-7f, 0x1.6b737cp-10f);
#endif
}
REAL_FN real exp_(real x)
{
	real t, f = exp_split_(x, &t);
	real y = exp_scale_(fma_(exp_poly_(f) * f, f, f) + R(1), t);
	y = sel_(le_(x, splat_(K(0x1.62e42ep6, 0x1.62e42fefa39efp9))), y, x * R_INF);
	return sel_(lt_(x, splat_(K(-0x1.5d589ep6, -0x1.6232bdd7abcd2p9))), splat_(0), y);
}
/* exp(x) - 1 for x <= 0: no overflow to care for. */
REAL_FN real expm1_negative_(real x)
{
	x = sel_(lt_(x, splat_(K(-40, -80))), splat_(K(-40, -80)), x);
	real t, f = exp_split_(x, &t);
	real s = exp_scale_(splat_(1), t);
	return fma_(s, fma_(exp_poly_(f) * f, f, f), s - R(1));
}
REAL_FN real sigmoid_(real x) { return rcp_(exp_(-x) + R(1)); }
/* With e = exp(-2|x|) - 1: tanh|x| = -e / (2 + e). */
REAL_FN real tanh_(real x)
{
	real e = expm1_negative_(abs_(x) * R(-2));
	return copysign_(div_(e, e + R(2)), x);
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
/* k ln 2 + log(1 + f). */
REAL_FN real log_join_(real k, real f)
{
#ifdef REAL64
	real s = f / (f + R(2)), z = s * s, half = f * f * R(0.5);
	real r = z * POLY(z, 0x1.5555555555554p-1, 0x1.99999999a75d3p-2, 0x1.24924a3fe57b4p-2, 0x1.c721941f32619p-3, 0x1.76e6d1352a026p-3,
		0x1.81e77f79c33e2p-3, 0x1.03d5693ff5604p-2);
	r = fma_(s, half + r, k * R(0x1.a39ef35793c76p-33));
	return fma_(k, splat_(0x1.62e42feep-1), f - (half - r));
#else
	real r = f * POLY(f, 0x1.55557p-2f, -0x1.000234p-2f, 0x1.99944ep-3f, -0x1.5466fep-3f, 0x1.239ce2p-3f, -0x1.0e96ccp-3f,
		0x1.015974p-3f, -0x1.2a6f78p-4f);
	r = fma_(k, splat_(0x1.7f7d1cp-20f), fma_(r, f * f, f * f * R(-0.5)));
	return fma_(k, splat_(0x1.62e4p-1f), f + r);
#endif
}
REAL_FN real log_(real x)
{
	mask tiny = lt_(x, splat_(K(0x1p-126, 0x1p-1022)));
	real k, f = log_split_(sel_(tiny, x * K(0x1p25, 0x1p54), x), &k);
	real y = log_join_(k - sel_(tiny, splat_(K(25, 54)), splat_(0)), f);
	y = sel_(gt_(x, splat_(0)), y, sel_(eq_(x, splat_(0)), splat_(-R_INF), splat_(R_NAN)));
	return sel_(lt_(x, splat_(R_INF)), y, x);
}
