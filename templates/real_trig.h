/* real_trig.h: trigonometric functions and their inverses over `real`; see real_math.h.
** sin_, cos_ and tan_ are right for |x| up to TRIG_MAX; beyond it they stay finite and mean nothing.
** Largest errors in ulp, float / double (floats: all 2^32, * one in 255; doubles: 4 million; tests/math):
**   sin 0.81 / 0.78   cos 0.80 / 0.77   tan 1.07 / 0.94   atan 1.54 / 1.27   asin 1.69 / 1.61   acos 1.12* / 1.12 */

#define TRIG_MAX K(0x1p17, 0x1p30)
/* x = n pi / 2 + r with |r| <= pi / 4: returns r; the low bits of *n hold n. pi / 2 comes in three parts.
** *low: what r lost by rounding. */
REAL_FN real trig_split_(real x, bits *n, real *low)
{
	const scalar no_fraction = K(0x1.8p23, 0x1.8p52);
	x = sel_(lt_(abs_(x), splat_(TRIG_MAX)), x, x * R(0));
	real t = fma_(x, splat_(K(0x1.45f306p-1, 0x1.45f306dc9c883p-1)), splat_(no_fraction));
	*n = as_bits_(t);
	t = t - no_fraction;
	const real second = splat_(K(-0x1.777a5cp-25, 0x1.1a62633145c07p-54)), third = splat_(K(-0x1.ee59dap-50, -0x1.f1976b7ed8fbcp-110));
	real first = div_lost_(x, splat_(K(0x1.921fb6p0, 0x1.921fb54442d18p0)), t);
	real p = -t * second, sum = first + p, shift = sum - first;      /* first + p = sum + the two rests that follow */
	real rest = (first - (sum - shift)) + (p - shift) + fma_(-t, third, mul_lost_(-t, second, p));
	real r = sum + rest;
	*low = (sum - r) + rest;
	return r;
}
/* sin(r + low) and cos(r + low) for |r| <= pi / 4, and what they lose by rounding. */
REAL_FN real sin_poly_(real r, real low, real *lost)
{
	real z = r * r, z2 = z * z;
#ifdef REAL64
	real p = POLY(z, z2, -0x1.5555555555548p-3, 0x1.111111110f756p-7, -0x1.a01a019bf0bacp-13, 0x1.71de355d7a053p-19, -0x1.ae5e530a84617p-26,
		0x1.5d8dc11a9d0c8p-33);
#else
	real p = POLY(z, z2, -0x1.555546p-3f, 0x1.110778p-7f, -0x1.9953e2p-13f);
#endif
	real tail = fma_(p * z, r, fma_(z * R(-0.5), low, low)), y = r + tail;
	*lost = (r - y) + tail;
	return y;
}
REAL_FN real cos_poly_(real r, real low, real *lost)
{
	real z = r * r, z2 = z * z;
#ifdef REAL64
	real p = POLY(z, z2, 0x1.555555555554bp-5, -0x1.6c16c16c1501p-10, 0x1.a01a019c8e401p-16, -0x1.27e4f7f0ac07ap-22, 0x1.1ee9db0de0c2cp-29,
		-0x1.8fa60fa3e0e1ep-37);
#else
	real p = POLY(z, z2, 0x1.55554ap-5f, -0x1.6c0c2ap-10f, 0x1.99e904p-16f);
#endif
	real half = z * R(0.5), one = R(1) - half;
	real tail = fma_(p, z2, fma_(-r, low, (R(1) - one) - half)), y = one + tail;
	*lost = (one - y) + tail;
	return y;
}
REAL_FN real sin_(real x)
{
	bits n;
	real low, lost, r = trig_split_(x, &n, &low);
	real y = sel_(has_(n, 1), cos_poly_(r, low, &lost), sin_poly_(r, low, &lost));
	return as_real_(as_bits_(y) ^ ((n & 2) << (8 * SCALAR_BYTES - 2)));
}
REAL_FN real cos_(real x)
{
	bits n;
	real low, lost, r = trig_split_(x, &n, &low);
	real y = sel_(has_(n, 1), sin_poly_(r, low, &lost), cos_poly_(r, low, &lost));
	return as_real_(as_bits_(y) ^ (((n + 1) & 2) << (8 * SCALAR_BYTES - 2)));
}
/* sin / cos, or -cos / sin, with what the quotient lost. */
REAL_FN real tan_(real x)
{
	bits n;
	real low, sl, cl, r = trig_split_(x, &n, &low);
	real s = sin_poly_(r, low, &sl), c = cos_poly_(r, low, &cl);
	mask odd = has_(n, 1);
	real above = sel_(odd, -c, s), above_lost = sel_(odd, -cl, sl), below = sel_(odd, s, c), below_lost = sel_(odd, sl, cl);
	real y = above / below;
	return y + (div_lost_(above, below, y) + (above_lost - y * below_lost)) / below;
}

/* |x| is taken to t in [-tan(pi/8), tan(pi/8)]: itself, (a - 1) / (a + 1) around 1, -1 / a beyond. */
REAL_FN real atan_(real x)
{
	const scalar infinite = K(0x1p60, 0x1p120);
	real a = abs_(x), one = splat_(1);
	a = sel_(gt_(a, splat_(infinite)), splat_(infinite), a);
	mask far = gt_(a, splat_(K(0x1.3504f4p1, 0x1.3504f333f9de6p1))), middle = and_(gt_(a, splat_(K(0x1.a8279ap-2, 0x1.a827999fcef32p-2))), not_(far));
	real above = sel_(far, -one, sel_(middle, a - one, a)), below = sel_(far, a, sel_(middle, a + one, one));
	real lost = sel_(middle, a - (above + one), splat_(0)), lost_below = sel_(middle, a - (below - one), splat_(0));
	real t = above / below, low = (div_lost_(above, below, t) + lost - t * lost_below) / below;
	real base = sel_(far, splat_(K(0x1.921fb6p0, 0x1.921fb54442d18p0)), sel_(middle, splat_(K(0x1.921fb6p-1, 0x1.921fb54442d18p-1)), splat_(0)));
	real z = t * t, z2 = z * z;
#ifdef REAL64
	real p = POLY(z, z2, -0x1.555555555553dp-2, 0x1.9999999995865p-3, -0x1.24924922ad1d9p-3, 0x1.c71c70e5eb02ep-4, -0x1.745cf8d76cb85p-4,
		0x1.3b1118b799403p-4, -0x1.10ebb36a51f7ap-4, 0x1.df0f0022fb3c7p-5, -0x1.9cd15b35729ecp-5, 0x1.37d201b14fcfcp-5, -0x1.256226d42fb8dp-6);
#else
	real p = POLY(z, z2, -0x1.55554ap-2f, 0x1.9991e2p-3f, -0x1.23b996p-3f, 0x1.b222d4p-4f, -0x1.f2d9f8p-5f);
#endif
	return copysign_(base + (t + fma_(p * z, t, low)), x);
}
/* asin(t) for |t| <= 1/2, less t: t z P(z), z = t^2. */
REAL_FN real asin_poly_(real t, real z)
{
	real z2 = z * z;
#ifdef REAL64
	return t * z * POLY(z, z2, 0x1.5555555555577p-3, 0x1.333333332e133p-4, 0x1.6db6db721247bp-5, 0x1.f1c71a95002fap-6, 0x1.6e8bdedebfa2dp-6,
		0x1.1c49f077d51d2p-6, 0x1.ca1f8af207183p-7, 0x1.75859dac0e106p-7, 0x1.613c1e75a6e02p-7, 0x1.e5fbe81313678p-9, 0x1.639a89792e73cp-6,
		-0x1.57fad122ec541p-6, 0x1.0b45ea0e97759p-5);
#else
	return t * z * POLY(z, z2, 0x1.5555c8p-3f, 0x1.330206p-4f, 0x1.747b72p-5f, 0x1.8c415ap-6f, 0x1.5959aap-5f);
#endif
}
/* Above 1/2: asin(a) = pi / 2 - 2 asin(sqrt((1 - a) / 2)). */
REAL_FN real asin_(real x)
{
	real a = abs_(x);
	mask big = gt_(a, splat_(0.5));
	real z = sel_(big, (R(1) - a) * R(0.5), x * x), t = sel_(big, sqrt_(z), a);
	real p = asin_poly_(t, z);
	real y = sel_(big, K(0x1.921fb6p0, 0x1.921fb54442d18p0) - (t + t + (p + p - K(-0x1.777a5cp-25, 0x1.1a62633145c07p-54))), t + p);
	return copysign_(y, x);
}
REAL_FN real acos_(real x)
{
	real a = abs_(x);
	mask big = gt_(a, splat_(0.5)), negative = lt_(x, splat_(0));
	real z = sel_(big, (R(1) - a) * R(0.5), x * x), t = sel_(big, sqrt_(z), x);
	real p = asin_poly_(t, z), twice = t + t + (p + p);
	real far = sel_(negative, K(0x1.921fb6p1, 0x1.921fb54442d18p1) - (twice - K(-0x1.777a5cp-24, 0x1.1a62633145c07p-53)), twice);
	return sel_(big, far, K(0x1.921fb6p0, 0x1.921fb54442d18p0) - (t + (p - K(-0x1.777a5cp-25, 0x1.1a62633145c07p-54))));
}
