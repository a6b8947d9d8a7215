/* real.h: the type `real` of a trainer and its arithmetic. Freestanding: no libm, no libc, no intrinsics header.
**
** Before inclusion: LANES (1, 4, 8, 16; default 1) and REAL64 (defined: double, else float). Then
**   scalar  float or double;  R(x) a constant of that type
**   real    scalar when LANES is 1, else a vector of LANES scalars, one training run a lane
**   mask    what comparisons give and sel_ takes;  bits  the unsigned integers of the same width
**   wide    a vector of the machine's register width that may alias scalars, for flat arrays; wide_mask, wide_bits
** Every function `name_` on reals has a twin `name_w` on wides. Both come from one text (real_math.h, real_exp.h,
** real_trig.h, real_erf.h), which is included twice.
**
** Same bits: a lane gives what the scalar code gives, for every LANES, in wide, in clang and gcc, at -O2 and -O3, on every
** target with fused multiply-add; compile with -ffp-contract=off -fno-math-errno and without -ffast-math. Flush-to-zero may be on for a
** whole run; denormals-are-zero must be off (min_ and max_ would differ between lane counts). The sign and payload of NaN are not promised.
** Nothing here adds across lanes. */
#ifndef REAL_H
#define REAL_H

#include <stddef.h>
#include <stdint.h>

#ifndef LANES
#define LANES 1
#endif
#if LANES != 1 && LANES != 4 && LANES != 8 && LANES != 16
#error "LANES must be 1, 4, 8 or 16"
#endif

/* Vectors go by value to inlined functions only: there is no ABI to worry about. Not popped: callers are inlined too. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpsabi"
#else
#pragma GCC diagnostic ignored "-Wpsabi"
#endif
#ifdef __cplusplus                              /* the device part of a CUDA program: one lane */
#define REAL_FN __attribute__((unused)) static __device__ __forceinline__
#else
#define REAL_FN __attribute__((always_inline, unused)) static inline
#endif

/* Before a loop along a short row, whose places need nothing of each other: in one lane it runs in vectors. A compiler would rather write out each of few
** numbers, and cannot know which arrays overlap. */
#if LANES == 1 && defined __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#define IN_VECTORS _Pragma("clang loop vectorize(assume_safety) unroll(disable)")
#else
#define IN_VECTORS
#endif

#ifdef REAL64
typedef double scalar;
typedef uint64_t scalar_bits;
typedef long long scalar_int;                   /* what the builtins want */
#define SCALAR_BYTES 8
#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1023
#define SCALAR_FN(name) name
#define K(for_float, for_double) ((scalar)(for_double))
#define KBITS(for_float, for_double) ((scalar_bits)(for_double))
#else
typedef float scalar;
typedef uint32_t scalar_bits;
typedef int32_t scalar_int;
#define SCALAR_BYTES 4
#define MANTISSA_BITS 23
#define EXPONENT_BIAS 127
#define SCALAR_FN(name) name##f
#define K(for_float, for_double) ((scalar)(for_float))
#define KBITS(for_float, for_double) ((scalar_bits)(for_float))
#endif
#define R(x) ((scalar)(x))
#define R_INF ((scalar)__builtin_inf())
#define R_NAN ((scalar)__builtin_nan(""))
#define SIGN_BIT ((scalar_bits)1 << (8 * SCALAR_BYTES - 1))

#if defined __FMA__ || defined __ARM_FEATURE_FMA || defined __cplusplus
#define HAVE_FMA 1
#else
#define HAVE_FMA 0
#endif

#if LANES == 1
typedef scalar real;
typedef scalar_bits bits;
typedef scalar_int mask;
#else
#define REAL_VECTOR __attribute__((vector_size(LANES * SCALAR_BYTES), aligned(LANES * SCALAR_BYTES)))
typedef scalar real REAL_VECTOR;
typedef scalar_bits bits REAL_VECTOR;
typedef scalar_int mask REAL_VECTOR;
#endif

/* 64 bytes wait until all that was stored into them is in the cache: a quarter of a step of fifty weights. */
#if defined __AVX512F__ && !(defined SMALL_NETWORK && LANES * SCALAR_BYTES < 32)
#define REGISTER_BYTES 64
#elif defined __AVX__
#define REGISTER_BYTES 32
#else
#define REGISTER_BYTES 16
#endif
#if LANES * SCALAR_BYTES > REGISTER_BYTES
#define WIDE_BYTES (LANES * SCALAR_BYTES)
#else
#define WIDE_BYTES REGISTER_BYTES
#endif
#ifdef __cplusplus                              /* a thread has no vectors */
#undef WIDE_BYTES
#define WIDE_BYTES SCALAR_BYTES
#endif
#define WIDE_LANES (WIDE_BYTES / SCALAR_BYTES)
#if WIDE_LANES == 1
typedef scalar wide;
typedef scalar_bits wide_bits;
typedef scalar_int wide_mask;
#else
#define WIDE_VECTOR __attribute__((vector_size(WIDE_BYTES), aligned(WIDE_BYTES), may_alias))
typedef scalar wide WIDE_VECTOR;
typedef scalar_bits wide_bits WIDE_VECTOR;
typedef scalar_int wide_mask WIDE_VECTOR;
#endif

/* What fma_ is made of in gcc, which does not find the instruction in a loop over lanes. */
#if defined __FMA__ && !defined __clang__ && !defined __cplusplus
typedef scalar one_register __attribute__((vector_size(REGISTER_BYTES)));
#ifdef REAL64
#define FMA_16 __builtin_ia32_vfmaddpd
#define FMA_32 __builtin_ia32_vfmaddpd256
#define FMA_64(a, b, c) __builtin_ia32_vfmaddpd512_mask(a, b, c, -1, 4)
#else
#define FMA_16 __builtin_ia32_vfmaddps
#define FMA_32 __builtin_ia32_vfmaddps256
#define FMA_64(a, b, c) __builtin_ia32_vfmaddps512_mask(a, b, c, -1, 4)
#endif
#if REGISTER_BYTES == 64
#define FMA_REGISTER FMA_64
#else
#define FMA_REGISTER FMA_32
#endif
#endif

/* POLY(x, x2, a, b, c, d) = (a + b x) + x2 (c + d x), x2 = x * x, fused: half as deep as one term after the other. Up to 20 coefficients. */
#define POLY(x, x2, ...) POLY_COUNT(__VA_ARGS__, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)(x, x2, __VA_ARGS__)
#define POLY_COUNT(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, count, ...) POLY_##count
#define POLY_1(x, x2, a) splat_(a)
#define POLY_2(x, x2, a, b) fma_(splat_(b), x, splat_(a))
#define POLY_3(x, x2, a, b, ...) fma_(POLY_1(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_4(x, x2, a, b, ...) fma_(POLY_2(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_5(x, x2, a, b, ...) fma_(POLY_3(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_6(x, x2, a, b, ...) fma_(POLY_4(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_7(x, x2, a, b, ...) fma_(POLY_5(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_8(x, x2, a, b, ...) fma_(POLY_6(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_9(x, x2, a, b, ...) fma_(POLY_7(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_10(x, x2, a, b, ...) fma_(POLY_8(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_11(x, x2, a, b, ...) fma_(POLY_9(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_12(x, x2, a, b, ...) fma_(POLY_10(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_13(x, x2, a, b, ...) fma_(POLY_11(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_14(x, x2, a, b, ...) fma_(POLY_12(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_15(x, x2, a, b, ...) fma_(POLY_13(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_16(x, x2, a, b, ...) fma_(POLY_14(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_17(x, x2, a, b, ...) fma_(POLY_15(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_18(x, x2, a, b, ...) fma_(POLY_16(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_19(x, x2, a, b, ...) fma_(POLY_17(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))
#define POLY_20(x, x2, a, b, ...) fma_(POLY_18(x, x2, __VA_ARGS__), x2, POLY_2(x, x2, a, b))

#define VALUE_LANES LANES
#define VALUE_BYTES (LANES * SCALAR_BYTES)
#include "real_math.h"
#include "real_exp.h"
#include "real_trig.h"
#include "real_erf.h"
#undef VALUE_LANES
#undef VALUE_BYTES

/* Again for wide: the same text under the names of real_wide.h. */
#define VALUE_LANES WIDE_LANES
#define VALUE_BYTES WIDE_BYTES
#include "real_wide.h"
#include "real_math.h"
#include "real_exp.h"
#include "real_trig.h"
#include "real_erf.h"
#define REAL_WIDE_UNDEF
#include "real_wide.h"
#undef REAL_WIDE_UNDEF
#undef VALUE_LANES
#undef VALUE_BYTES

#endif
