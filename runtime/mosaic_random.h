/* mosaic_random.h: the random numbers that the runtime and programs on a device must make alike, for C and CUDA: Philox4x32-10 (Salmon, Moraes,
** Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011) and the keys of steps. Whole numbers alone: nothing here can round. */
#ifndef MOSAIC_RANDOM_H
#define MOSAIC_RANDOM_H

#include <stdint.h>

#ifdef __cplusplus
#define RANDOM_FN static __device__ __forceinline__
#else
#define RANDOM_FN static inline __attribute__((unused))
#endif

/* Four numbers with an address: counter [4], key [2]. */
RANDOM_FN void philox_(const uint32_t *counter, const uint32_t *key, uint32_t *out)
{
	uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
	for (int round = 0; round < 10; round++) {
		const uint64_t p0 = (uint64_t)0xD2511F53 * c0, p1 = (uint64_t)0xCD9E8D57 * c2;
		c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
		c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
		c1 = (uint32_t)p1;
		c3 = (uint32_t)p0;
		k0 += 0x9E3779B9;
		k1 += 0xBB67AE85;
	}
	out[0] = c0;
	out[1] = c1;
	out[2] = c2;
	out[3] = c3;
}

/* Each step has keys of its own: the epoch's key plus the step, mixed (the finaliser of splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom
** number generators", 2014). */
RANDOM_FN uint64_t step_key_of_(uint64_t epoch_key, int64_t step)
{
	uint64_t k = epoch_key + (uint64_t)step * 0x9E3779B97F4A7C15u;
	k = (k ^ k >> 30) * 0xBF58476D1CE4E5B9u;
	k = (k ^ k >> 27) * 0x94D049BB133111EBu;
	return k ^ k >> 31;
}
#endif
