/* real_random.h: the random numbers of a step, by counter: number i of a step is a hash of i and of the step's key, so that it has an address
** and depends on no draw before it. Each lane has a key of its own, made by the runtime of the run's seed, the epoch and the step.
** The hash: Wang's xor-shift-multiply with the constants that Wellons' search found ("lowbias32"), once for each half of the key.
** Include real.h first. The same numbers in float and double: multiples of 2^-24 in [0, 1). */
#ifndef REAL_RANDOM_H
#define REAL_RANDOM_H

#if LANES == 1
typedef uint32_t bits32;
typedef int32_t int32;
#define INT32_AS_REAL(x) ((real)(x))
#else
typedef uint32_t bits32 __attribute__((vector_size(LANES * 4), aligned(LANES * 4)));
typedef int32_t int32 __attribute__((vector_size(LANES * 4), aligned(LANES * 4)));
#define INT32_AS_REAL(x) __builtin_convertvector(x, real)
#endif

#if defined MOSAIC_RUNS                         /* CUDA, a run a thread */
#define STEP_FN static __device__ __forceinline__
static __device__ struct { bits32 low, high; } step_keys[RUNS_MAX];
#define step_key step_keys[thread_()]
#elif defined __cplusplus
#define STEP_FN static __device__ __forceinline__
static __device__ struct { bits32 low, high; } step_key;
#else
#define STEP_FN static inline __attribute__((unused))
static struct { bits32 low, high; } step_key;
#endif

/* keys: one a lane. */
STEP_FN void set_step_key(const uint64_t *keys)
{
	union { bits32 all; uint32_t lane[LANES]; } low, high;
	for (int l = 0; l < LANES; l++) {
		low.lane[l] = (uint32_t)keys[l];
		high.lane[l] = (uint32_t)(keys[l] >> 32);
	}
	step_key.low = low.all;
	step_key.high = high.all;
}

REAL_FN bits32 mixed_(bits32 h)
{
	h = (h ^ h >> 16) * 0x7feb352du;
	h = (h ^ h >> 15) * 0x846ca68bu;
	return h ^ h >> 16;
}

/* Number `counter` of this step, uniform in [0, 1). */
REAL_FN real random_(uint32_t counter)
{
	bits32 h = mixed_(mixed_(step_key.low + counter) ^ step_key.high);
	return INT32_AS_REAL((int32)(h >> 8)) * splat_(R(0x1p-24));
}
#endif
