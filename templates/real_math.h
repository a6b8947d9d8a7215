/* real_math.h: comparison, selection, arithmetic and rounding over the type `real`. real.h includes it, and real_exp.h,
** real_trig.h and real_erf.h after it, once for reals and once for wides: no guards.
** No branch on values: sel_ takes the place of if and ?:. */

/* ---- the only text that knows whether a real is a scalar or a vector ------------------------- */
#if VALUE_LANES == 1
REAL_FN real splat_(scalar x) { return x; }
REAL_FN bits as_bits_(real x) { union { real f; bits i; } u = {x}; return u.i; }
REAL_FN real as_real_(bits x) { union { bits i; real f; } u = {x}; return u.f; }
REAL_FN mask not_(mask m) { return !m; }
REAL_FN real sel_(mask m, real yes, real no) { return m ? yes : no; }
#else
REAL_FN real splat_(scalar x) { return x - (real){0}; }
REAL_FN bits as_bits_(real x) { return (bits)x; }
REAL_FN real as_real_(bits x) { return (real)x; }
REAL_FN mask not_(mask m) { return ~m; }
REAL_FN real sel_(mask m, real yes, real no) { return (real)((m & (mask)yes) | (~m & (mask)no)); }
#endif

/* ---- comparison and selection --------------------------------------------------------------- */
REAL_FN mask lt_(real a, real b) { return (mask)(a < b); }
REAL_FN mask le_(real a, real b) { return (mask)(a <= b); }
REAL_FN mask gt_(real a, real b) { return (mask)(a > b); }
REAL_FN mask ge_(real a, real b) { return (mask)(a >= b); }
REAL_FN mask eq_(real a, real b) { return (mask)(a == b); }
REAL_FN mask ne_(real a, real b) { return (mask)(a != b); }
REAL_FN mask and_(mask a, mask b) { return a & b; }
REAL_FN mask or_(mask a, mask b) { return a | b; }
/* Is a bit of `flag` set? */
REAL_FN mask has_(bits x, scalar_bits flag) { return (mask)((x & flag) != 0); }
/* 1 or 0: what a comparison is as a value. */
REAL_FN real bool_(mask m) { return sel_(m, splat_(1), splat_(0)); }

/* ---- arithmetic ----------------------------------------------------------------------------- */
/* a * b + c rounded once where the target can (HAVE_FMA), else twice. */
REAL_FN real fma_(real a, real b, real c)
{
#if !HAVE_FMA
	return a * b + c;
#elif defined __cplusplus
	return SCALAR_FN(__builtin_fma)(a, b, c);
#elif defined __clang__
#pragma clang fp contract(on)
	return a * b + c;
#elif VALUE_LANES == 1
	return SCALAR_FN(__builtin_fma)(a, b, c);
#elif !defined FMA_16                                              /* gcc needs to be told the instruction, where we know it */
	real r;
	for (int i = 0; i < VALUE_LANES; i++)
		r[i] = SCALAR_FN(__builtin_fma)(a[i], b[i], c[i]);
	return r;
#elif VALUE_BYTES == 16
	return FMA_16(a, b, c);
#elif VALUE_BYTES == 32
	return FMA_32(a, b, c);
#elif VALUE_BYTES == 64 && REGISTER_BYTES == 64
	return FMA_64(a, b, c);
#else
	union { real whole; one_register part[VALUE_BYTES / REGISTER_BYTES]; } x = {a}, y = {b}, z = {c};
#pragma GCC unroll 8
	for (int i = 0; i < VALUE_BYTES / REGISTER_BYTES; i++)
		z.part[i] = FMA_REGISTER(x.part[i], y.part[i], z.part[i]);
	return z.whole;
#endif
}

/* a b - p, exact when p is a b rounded. */
REAL_FN real mul_lost_(real a, real b, real p)
{
#if HAVE_FMA
	return fma_(a, b, -p);
#else
	const scalar half = K(0x1001p0, 0x8000001p0);             /* splits a number into two of half the digits */
	real ah = a * half - (a * half - a), bh = b * half - (b * half - b), al = a - ah, bl = b - bh;
	return ((ah * bh - p) + ah * bl + al * bh) + al * bl;
#endif
}
/* a - q b, exact when q is a / b rounded. */
REAL_FN real div_lost_(real a, real b, real q)
{
#if HAVE_FMA
	return fma_(-q, b, a);
#else
	real p = q * b;
	return (a - p) - mul_lost_(q, b, p);
#endif
}

/* Correctly rounded, as the square root and the division of the machine are: so the bits do not depend on which is used. */
REAL_FN real sqrt_(real x)
{
#if VALUE_LANES == 1
	return SCALAR_FN(__builtin_sqrt)(x);
#else
	real r;
#pragma GCC unroll 32
	for (int i = 0; i < VALUE_LANES; i++)
		r[i] = SCALAR_FN(__builtin_sqrt)(x[i]);
	return r;
#endif
}
REAL_FN real div_(real a, real b) { return a / b; }
/* 1 / x. With AVX-512 two or three Newton steps take the place of the slow division: after them y is within one ulp, and then the last
** step rounds correctly (Markstein) unless every bit of the mantissa is set. For next to a square root, which uses the divider too. */
REAL_FN real rcp_(real x)
{
#if VALUE_BYTES == 64 && defined __AVX512DQ__
	const real one = splat_(1);
	enum { ZERO_INFINITE_DENORMAL_NAN = 0xbf };
	mask full = (mask)((as_bits_(x) | ~(((scalar_bits)1 << MANTISSA_BITS) - 1)) == ~(scalar_bits)0);
#ifdef REAL64
	real y = __builtin_ia32_rcp14pd512_mask(x, one, -1);
	if (__builtin_expect(__builtin_ia32_fpclasspd512_mask(y, ZERO_INFINITE_DENORMAL_NAN, -1) | __builtin_ia32_cvtq2mask512(full), 0))
		return one / x;
	y = fma_(fma_(-x, y, one), y, y);
#else
	real y = __builtin_ia32_rcp14ps512_mask(x, one, -1);
	if (__builtin_expect(__builtin_ia32_fpclassps512_mask(y, ZERO_INFINITE_DENORMAL_NAN, -1) | __builtin_ia32_cvtd2mask512(full), 0))
		return one / x;
#endif
	y = fma_(fma_(-x, y, one), y, y);
	return fma_(fma_(-x, y, one), y, y);
#else
	return R(1) / x;
#endif
}
REAL_FN real rsqrt_(real x) { return splat_(1) / sqrt_(x); }

REAL_FN real abs_(real x) { return as_real_(as_bits_(x) & ~SIGN_BIT); }
REAL_FN real copysign_(real x, real sign) { return as_real_((as_bits_(x) & ~SIGN_BIT) | (as_bits_(sign) & SIGN_BIT)); }
/* NaN if either is NaN. */
REAL_FN real min_(real a, real b) { return sel_(ne_(a, a), a, sel_(lt_(a, b), a, b)); }
REAL_FN real max_(real a, real b) { return sel_(ne_(a, a), a, sel_(gt_(a, b), a, b)); }
/* NaN stays NaN. */
REAL_FN real clamp_(real x, real low, real high)
{
	x = sel_(gt_(low, x), low, x);
	return sel_(lt_(high, x), high, x);
}
/* -1, 0 or 1; NaN gives 0. */
REAL_FN real sign_(real x) { return bool_(gt_(x, splat_(0))) - bool_(lt_(x, splat_(0))); }

/* ---- rounding to integers: adding 2^23 (2^52) leaves no room for a fraction ------------------ */
/* Halves go to the even neighbour. */
REAL_FN real round_(real x)
{
	const scalar no_fraction = K(0x1p23, 0x1p52);
	real r = (abs_(x) + no_fraction) - no_fraction;
	return sel_(lt_(abs_(x), splat_(no_fraction)), copysign_(r, x), x);
}
REAL_FN real floor_(real x)
{
	real r = round_(x);
	return copysign_(r - bool_(gt_(r, x)), x);
}
REAL_FN real ceil_(real x)
{
	real r = round_(x);
	return copysign_(r + bool_(lt_(r, x)), x);
}
REAL_FN real trunc_(real x) { return copysign_(floor_(abs_(x)), x); }
