/* mosaic_cuda_gemm.h: matrix products on a GPU, as gemm.h names them: functions of the host that launch a kernel. A block makes a square of the result, its
** threads a smaller square each; slices of a and b pass through shared memory while the next ones are on their way. Every sum runs in the order of k, fused,
** in one thread: the bits are those of the plain loops whatever the size of a square, which is chosen so that all multiprocessors have work. */
#ifndef MOSAIC_CUDA_GEMM_H
#define MOSAIC_CUDA_GEMM_H

/* y(p,i,j) = from + sum over k of a(p,i,k) b(p,k,j); p: products of one shape, each so far behind the other. */
struct gemm_ {
	int m, n, k, count;
	const scalar *a; ptrdiff_t a_i, a_k, a_p;
	const scalar *b; ptrdiff_t b_k, b_j, b_p;
	const scalar *from; ptrdiff_t from_i, from_j;
	scalar *y; ptrdiff_t y_i, y_j, y_p;
	int inner; ptrdiff_t a_q, b_q, y_q;          /* p of two numbers: p / inner, so far apart as said above, and p % inner; 0: of one */
};
static __device__ __forceinline__ ptrdiff_t gemm_part_(const struct gemm_ &g, int p, ptrdiff_t apart, ptrdiff_t inner_apart)
{
	return g.inner ? p / g.inner * apart + p % g.inner * inner_apart : p * apart;
}

enum { GEMM_DEPTH = 16 };                        /* k that are in shared memory at a time */
template <int COUNT> struct alignas(COUNT * sizeof(scalar)) together_ { scalar at[COUNT]; };

/* What a thread brings of a slice of a or b: LOADS numbers, which are `down` rows or columns and `deep` of k apart. Neighbours read neighbours in memory. */
struct gemm_share_ { const scalar *at; ptrdiff_t apart, slice; int place, depth, down, deep; };

template <int TILE, int THREADS_> static __device__ __forceinline__ struct gemm_share_ gemm_share_of_(const scalar *from, int place0, ptrdiff_t place_stride, ptrdiff_t k_stride)
{
	const int t = (int)threadIdx.x;
	const bool along_k = k_stride == 1;
	struct gemm_share_ s;
	s.place = along_k ? t / GEMM_DEPTH : t % TILE;
	s.depth = along_k ? t % GEMM_DEPTH : t / TILE;
	s.down = along_k ? THREADS_ / GEMM_DEPTH : 0;
	s.deep = along_k ? 0 : THREADS_ / TILE;
	s.at = from + (place0 + s.place) * place_stride + s.depth * k_stride;
	s.apart = s.down * place_stride + s.deep * k_stride;
	s.slice = GEMM_DEPTH * k_stride;
	return s;
}

/* There are `places` rows or columns from this square's first on, and `left` of k. */
template <int LOADS> static __device__ __forceinline__ void gemm_fetch_(const struct gemm_share_ &s, int places, int left, scalar (&next)[LOADS])
{
	UNROLL for (int l = 0; l < LOADS; l++)
		next[l] = s.place + l * s.down < places && s.depth + l * s.deep < left ? s.at[l * s.apart] : 0;
}

template <int LOADS, int ROW> static __device__ __forceinline__ void gemm_put_(const struct gemm_share_ &s, const scalar (&next)[LOADS], scalar (*to)[ROW])
{
	UNROLL for (int l = 0; l < LOADS; l++)
		to[s.depth + l * s.deep][s.place + l * s.down] = next[l];
}

/* Number u of the EACH rows or columns of thread `at`: as many as one access takes stand side by side. */
template <int TILE, int EACH> static __device__ __forceinline__ constexpr int gemm_place_(int at, int u)
{
	return EACH > 4 ? u / 4 * (TILE * 4 / EACH) + at * 4 + u % 4 : at * EACH + u;
}

template <int TILE, int EACH> static __device__ __forceinline__ void gemm_take_(const scalar *row, int at, scalar (&out)[EACH])
{
	enum { WIDTH = EACH < 4 ? EACH : 4 };
	UNROLL for (int u = 0; u < EACH; u += WIDTH) {
		const together_<WIDTH> some = *(const together_<WIDTH> *)(row + gemm_place_<TILE, EACH>(at, u));
		UNROLL for (int v = 0; v < WIDTH; v++)
			out[u + v] = some.at[v];
	}
}

template <int TILE, int EACH> static __device__ __forceinline__ void gemm_add_(const scalar *a_row, const scalar *b_row, int row, int column, scalar (&s)[EACH][EACH])
{
	scalar a[EACH], b[EACH];
	gemm_take_<TILE, EACH>(a_row, row, a);
	gemm_take_<TILE, EACH>(b_row, column, b);
	UNROLL for (int u = 0; u < EACH; u++)
		UNROLL for (int v = 0; v < EACH; v++)
			s[u][v] = fma_(a[u], b[v], s[u][v]);
}

template <int TILE, int EACH> __global__ void __launch_bounds__(TILE / EACH * (TILE / EACH), TILE == 128 || sizeof(scalar) == 8 ? 2 : 4) gemm_tiles_(const struct gemm_ g)
{
	enum { SIDE = TILE / EACH, THREADS_ = SIDE * SIDE, LOADS = TILE * GEMM_DEPTH / THREADS_, ROW = TILE + 4 };
	__shared__ __attribute__((aligned(32))) scalar as[2][GEMM_DEPTH][ROW], bs[2][GEMM_DEPTH][ROW];
	const int across = (g.n + TILE - 1) / TILE, down = (g.m + TILE - 1) / TILE, block = (int)blockIdx.x, p = block / (across * down);
	const int i0 = block / across % down * TILE, j0 = block % across * TILE, row = (int)threadIdx.x / SIDE, column = (int)threadIdx.x % SIDE;
	struct gemm_share_ a = gemm_share_of_<TILE, THREADS_>(g.a + gemm_part_(g, p, g.a_p, g.a_q), i0, g.a_i, g.a_k), b = gemm_share_of_<TILE, THREADS_>(g.b + gemm_part_(g, p, g.b_p, g.b_q), j0, g.b_j, g.b_k);
	const scalar *from = g.from == g.y && g.y ? g.from + gemm_part_(g, p, g.y_p, g.y_q) : g.from;
	scalar s[EACH][EACH], next_a[LOADS], next_b[LOADS];
	UNROLL for (int u = 0; u < EACH; u++)
		UNROLL for (int v = 0; v < EACH; v++) {
			const int i = i0 + gemm_place_<TILE, EACH>(row, u), j = j0 + gemm_place_<TILE, EACH>(column, v);
			s[u][v] = from && i < g.m && j < g.n ? from[i * g.from_i + j * g.from_j] : 0;
		}
	gemm_fetch_(a, g.m - i0, g.k, next_a);
	gemm_fetch_(b, g.n - j0, g.k, next_b);
	gemm_put_(a, next_a, as[0]);
	gemm_put_(b, next_b, bs[0]);
	__syncthreads();
	for (int left = g.k, now = 0; left > 0; left -= GEMM_DEPTH, now ^= 1) {
		a.at += a.slice;
		b.at += b.slice;
		gemm_fetch_(a, g.m - i0, left - GEMM_DEPTH, next_a);
		gemm_fetch_(b, g.n - j0, left - GEMM_DEPTH, next_b);
		if (left >= GEMM_DEPTH) {
			UNROLL_4 for (int q = 0; q < GEMM_DEPTH; q++)
				gemm_add_<TILE, EACH>(as[now][q], bs[now][q], row, column, s);
		} else {
			for (int q = 0; q < left; q++)
				gemm_add_<TILE, EACH>(as[now][q], bs[now][q], row, column, s);
		}
		gemm_put_(a, next_a, as[now ^ 1]);
		gemm_put_(b, next_b, bs[now ^ 1]);
		__syncthreads();
	}
	scalar *y = g.y + gemm_part_(g, p, g.y_p, g.y_q);
	UNROLL for (int u = 0; u < EACH; u++)
		UNROLL for (int v = 0; v < EACH; v++) {
			const int i = i0 + gemm_place_<TILE, EACH>(row, u), j = j0 + gemm_place_<TILE, EACH>(column, v);
			if (i < g.m && j < g.n)
				y[i * g.y_i + j * g.y_j] = s[u][v];
		}
}

template <int TILE, int EACH> static __attribute__((unused)) bool gemm_launch_(const struct gemm_ &g, int64_t blocks_wanted)
{
	const int64_t blocks = (int64_t)((g.n + TILE - 1) / TILE) * ((g.m + TILE - 1) / TILE) * g.count;
	if (blocks < blocks_wanted)
		return false;
	LAUNCH_BLOCKS((gemm_tiles_<TILE, EACH>), blocks, TILE / EACH * (TILE / EACH), g);
	return true;
}

/* The largest squares that leave no multiprocessor of a large GPU idle. */
static __attribute__((unused)) void gemm_exact_(const struct gemm_ &g)
{
	enum { MULTIPROCESSORS = 128 };
	if (g.m < 1 || g.n < 1 || g.count < 1)
		return;
	(sizeof(scalar) == 4 && gemm_launch_<sizeof(scalar) == 4 ? 128 : 64, sizeof(scalar) == 4 ? 8 : 4>(g, MULTIPROCESSORS)) || gemm_launch_<64, 4>(g, MULTIPROCESSORS) ||
		gemm_launch_<32, 2>(g, MULTIPROCESSORS) || gemm_launch_<16, 2>(g, 0);
}

#ifdef MOSAIC_BLAS
#include "mosaic_cuda_blas.h"
/* What the library has no way for, and few numbers, take our own kernels. */
static __attribute__((unused)) void gemm_take_any_(const struct gemm_ &g)
{
	enum { FEW = 32 * 32 * 32 };
	if (g.m < 1 || g.n < 1 || g.count < 1)
		return;
	if ((int64_t)g.m * g.n * g.k < FEW || !blas_takes_(g)) {
		gemm_exact_(g);
		return;
	}
	struct gemm_ one = g;                        /* the library knows one distance */
	one.inner = 0;
	if (g.inner) {
		one.count = g.inner;
		one.a_p = g.a_q;
		one.b_p = g.b_q;
		one.y_p = g.y_q;
	}
	for (int p = 0; p < (g.inner ? g.count / g.inner : 1); p++) {
		if (!blas_gemm_(one))
			gemm_exact_(one);
		one.a += g.a_p;
		one.b += g.b_p;
		one.y += g.y_p;
		one.from = g.from == g.y ? one.y : g.from;
	}
}
#else
#define gemm_take_any_ gemm_exact_
#endif

static __attribute__((unused)) void gemm_any_(int m, int n, int k, const scalar *a, ptrdiff_t a_i, ptrdiff_t a_k, const scalar *b, ptrdiff_t b_k, ptrdiff_t b_j, const scalar *from, ptrdiff_t from_i, scalar *y,
	ptrdiff_t y_i, ptrdiff_t y_j)
{
	gemm_take_any_({m, n, k, 1, a, a_i, a_k, 0, b, b_k, b_j, 0, from, from_i, from_i ? y_j : 1, y, y_i, y_j, 0, 0, 0, 0, 0});
}

/* The same of `count` pairs of matrices. */
static __attribute__((unused)) void gemm_each_(int count, int m, int n, int k, const scalar *a, ptrdiff_t a_i, ptrdiff_t a_k, ptrdiff_t a_p, const scalar *b, ptrdiff_t b_k, ptrdiff_t b_j, ptrdiff_t b_p, scalar *y,
	ptrdiff_t y_i, ptrdiff_t y_p)
{
	gemm_take_any_({m, n, k, count, a, a_i, a_k, a_p, b, b_k, b_j, b_p, NULL, 0, 0, y, y_i, 1, y_p, 0, 0, 0, 0});
}
#endif
