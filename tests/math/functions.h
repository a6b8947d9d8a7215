/* functions.h: every function of real.h with its reference and the largest error that it may have, in ulp.
** M(exp) is exp or expl: doubles are compared with long double, floats with double, which is faster.
** ONE(name, reference, low, high, float_limit, double_limit): one argument; doubles are also sampled within [low, high]. */
#define FUNCTIONS \
	ONE(exp, M(exp)(x), -40, 40, 2, 2) \
	ONE(exp2, M(exp2)(x), -40, 40, 2, 2) \
	ONE(expm1, M(expm1)(x), -3, 3, 2, 2) \
	ONE(sigmoid, 1 / (1 + M(exp)(-x)), -30, 30, 2, 2) \
	ONE(tanh, M(tanh)(x), -4, 4, 2, 2.1) \
	ONE(sinh, M(sinh)(x), -4, 4, 2, 2) \
	ONE(cosh, M(cosh)(x), -4, 4, 2, 2) \
	ONE(log, M(log)(x), 0.01, 4, 2, 2) \
	ONE(log2, M(log2)(x), 0.01, 4, 2, 2) \
	ONE(log10, M(log10)(x), 0.01, 4, 2, 2) \
	ONE(log1p, M(log1p)(x), -1, 4, 2, 2) \
	ONE(softplus, x > 0 ? x + M(log1p)(M(exp)(-x)) : M(log1p)(M(exp)(x)), -30, 30, 2, 2) \
	ONE(sin, M(sin)(x), -30, 30, 2, 2) \
	ONE(cos, M(cos)(x), -30, 30, 2, 2) \
	ONE(tan, M(tan)(x), -30, 30, 2, 2) \
	ONE(atan, M(atan)(x), -4, 4, 2, 2) \
	ONE(asin, M(asin)(x), -1, 1, 2, 2) \
	ONE(acos, M(acos)(x), -1, 1, 2, 2) \
	ONE(erf, M(erf)(x), -4, 4, 2, 2) \
	ONE(erfc, M(erfc)(x), -4, 6, 5, 5) \
	ONE(normal_cdf, M(erfc)(x * -M_SQRT1_2l) / 2, -6, 6, 5, 5) \
	ONE(normal_pdf, M(exp)(-x * x / 2) * 0.398942280401432677939946059934381868L, -6, 6, 3, 3) \
	ONE(sqrt, M(sqrt)(x), 0, 4, 0.5, 0.51) \
	ONE(rcp, 1 / x, -4, 4, 0.5, 0.51) \
	ONE(rsqrt, 1 / M(sqrt)(x), 0, 4, 2, 2) \
	ONE(floor, M(floor)(x), -9, 9, 0, 0) \
	ONE(ceil, M(ceil)(x), -9, 9, 0, 0) \
	ONE(trunc, M(trunc)(x), -9, 9, 0, 0) \
	ONE(round, M(rint)(x), -9, 9, 0, 0) \
	ONE(abs, M(fabs)(x), -9, 9, 0, 0) \
	ONE(sign, (x > 0) - (x < 0), -9, 9, 0, 0)
#define M_SQRT1_2l 0.707106781186547524400844362104849039L
