/* choose.c: which of gemm.c's texts multiplies on this machine. The widest vectors that there are: they change no bit. */
#include <stdbool.h>
#include <stddef.h>
#include "gemm_kinds.h"

#if defined __x86_64__
static bool has_avx512(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#define CHOOSE(name) (has_avx512() ? name##_avx512 : name##_avx2)
#else
#define CHOOSE(name) name##_unfused                     /* one text, fused where the processor is */
#endif

#define CHOSEN(name, real) \
void name(int m, int n, int k, const real *a, ptrdiff_t a_i, ptrdiff_t a_k, const real *b, ptrdiff_t b_k, ptrdiff_t b_j, const real *from, ptrdiff_t from_i, real *y, ptrdiff_t y_i, \
	ptrdiff_t y_j) \
{ \
	static gemm_##real *chosen; \
	if (!chosen) \
		chosen = CHOOSE(name); \
	chosen(m, n, k, a, a_i, a_k, b, b_k, b_j, from, from_i, y, y_i, y_j); \
}
CHOSEN(mosaic_sgemm, float)
CHOSEN(mosaic_dgemm, double)
