/* tiles.h: matrix products of layers too small for BLAS: y(i,j) = first(j) + sum over k of a(i,k) b(k,j), or without `first` from 0 on. Each
** sum is fused and runs in the order of k, so that how the result is cut into tiles changes no bit. A matrix is a pointer and how many reals
** its rows and its columns are apart, so that a transposed one is the same text. Freestanding.
** In lanes a tile is 4 x 4 reals. In one lane it is 16 rows by one wide or 8 by two: columns of the result are the vector, and b is copied first
** where its columns are apart or fill no whole wides. The sums of a tile stay in registers; one copy of this code serves all layers. */
#ifndef TILES_H
#define TILES_H
#include <stdbool.h>
#define TILE_FN __attribute__((noinline, unused)) static

/* Of arrays a[m][k] ([k][m] transposed), b[k][n] ([n][k]), y[m][n], of which so many rows and columns are there: rows are apart as declared. */
#define TILE_ROW_(a) ((int)(sizeof (a)[0] / sizeof (a)[0][0]))
#define tiles_nn(m, n, k, a, b, first, y) tiles_(m, n, k, (a)[0], TILE_ROW_(a), 1, (b)[0], TILE_ROW_(b), 1, first, (y)[0], TILE_ROW_(y), 1)
#define tiles_tn(m, n, k, a, b, first, y) tiles_(m, n, k, (a)[0], 1, TILE_ROW_(a), (b)[0], TILE_ROW_(b), 1, first, (y)[0], TILE_ROW_(y), 1)
#define tiles_nt(m, n, k, a, b, first, y) tiles_(m, n, k, (a)[0], TILE_ROW_(a), 1, (b)[0], 1, TILE_ROW_(b), first, (y)[0], TILE_ROW_(y), 1)
#define tiles_tt(m, n, k, a, b, first, y) tiles_(m, n, k, (a)[0], 1, TILE_ROW_(a), (b)[0], 1, TILE_ROW_(b), first, (y)[0], TILE_ROW_(y), 1)
/* The same product as tiles_tn with the rows of the result as the vector: y' = b' a. */
#define tiles_tn_across(m, n, k, a, b, y) tiles_(n, m, k, (b)[0], 1, TILE_ROW_(b), (a)[0], TILE_ROW_(a), 1, NULL, (y)[0], 1, TILE_ROW_(y))

#if LANES == 1
enum { TILE_ROWS_ = 16, TILE_COLUMNS_ = 2 * WIDE_LANES, TILE_DEPTH_ = 128 };
typedef scalar tile_part_ __attribute__((vector_size(WIDE_BYTES), aligned(SCALAR_BYTES), may_alias));

/* The first `count` reals of a wide, loaded from anywhere and stored anywhere; the rest is 0, and is left alone. */
REAL_FN wide tile_load_(const real *at, int count)
{
#if defined __AVX512F__ && !defined REAL64
	return (wide)__builtin_ia32_loadups512_mask((const void *)at, (__attribute__((vector_size(64))) float){0}, (unsigned short)((1u << count) - 1));
#else
	wide w = {0};
	for (int l = 0; l < count; l++)
		w[l] = at[l];
	return w;
#endif
}
REAL_FN void tile_store_(real *at, wide w, int count)
{
#if defined __AVX512F__ && !defined REAL64
	__builtin_ia32_storeups512_mask((void *)at, (__attribute__((vector_size(64))) float)w, (unsigned short)((1u << count) - 1));
#else
	for (int l = 0; l < count; l++)
		at[l] = w[l];
#endif
}

/* ROWS by WIDES sums, from those at `from` to y. `last`: columns of the last wide; all of them exist at `from` and in b. */
#define TILE(ROWS, WIDES) \
TILE_FN void tile_##ROWS##_##WIDES##_(int K, const real *a, ptrdiff_t a_i, ptrdiff_t a_k, const real *b, ptrdiff_t b_k, const real *from, ptrdiff_t from_i, real *y, \
	ptrdiff_t y_i, int last) \
{ \
	wide s[ROWS][WIDES]; \
	_Pragma("GCC unroll 16") for (int i = 0; i < ROWS; i++) \
		_Pragma("GCC unroll 2") for (int j = 0; j < WIDES; j++) \
			s[i][j] = j + 1 < WIDES || !from_i ? (wide)*(const tile_part_ *)(from + i * from_i + j * WIDE_LANES) : tile_load_(from + i * from_i + j * WIDE_LANES, last); \
	const real *four[(ROWS + 3) / 4]; \
	_Pragma("GCC unroll 4") for (int i = 0; i < (ROWS + 3) / 4; i++) \
		four[i] = a + 4 * i * a_i; \
	for (int k = 0; k < K; k++, b += b_k) { \
		wide row[WIDES]; \
		_Pragma("GCC unroll 2") for (int j = 0; j < WIDES; j++) \
			row[j] = (wide)*(const tile_part_ *)(b + j * WIDE_LANES); \
		_Pragma("GCC unroll 16") for (int i = 0; i < ROWS; i++) { \
			const wide x = splat_w(four[i / 4][i % 4 * a_i]); \
			if (i % 4 == 3 || i + 1 == ROWS) \
				four[i / 4] += a_k; \
			_Pragma("GCC unroll 2") for (int j = 0; j < WIDES; j++) \
				s[i][j] = fma_w(x, row[j], s[i][j]); \
		} \
	} \
	_Pragma("GCC unroll 16") for (int i = 0; i < ROWS; i++) \
		_Pragma("GCC unroll 2") for (int j = 0; j < WIDES; j++) \
			if (j + 1 < WIDES) \
				*(tile_part_ *)(y + i * y_i + j * WIDE_LANES) = (tile_part_)s[i][j]; \
			else \
				tile_store_(y + i * y_i + j * WIDE_LANES, s[i][j], last); \
}
TILE(8, 2)
TILE(4, 2)
TILE(1, 2)
TILE(16, 1)
TILE(4, 1)
TILE(1, 1)
#undef TILE

/* All rows of up to two wides of columns. */
TILE_FN void tile_rows_(int M, int columns, int K, const real *a, ptrdiff_t a_i, ptrdiff_t a_k, const real *b, ptrdiff_t b_k, const real *from, ptrdiff_t from_i, real *y,
	ptrdiff_t y_i)
{
	const bool two = columns > WIDE_LANES;
	const int last = columns - two * WIDE_LANES, most = two ? 8 : 16;
	for (int i = 0, rows; i < M; i += rows) {
		rows = M - i >= most ? most : M - i >= 4 ? 4 : 1;
		(rows == 1 ? (two ? tile_1_2_ : tile_1_1_) : rows == 4 ? (two ? tile_4_2_ : tile_4_1_) : two ? tile_8_2_ : tile_16_1_)
			(K, a + i * a_i, a_i, a_k, b, b_k, from + i * from_i, from_i, y + i * y_i, y_i, last);
	}
}

/* As tile_rows_ where the columns of y are apart: through a copy of some rows. */
TILE_FN void tile_rows_apart_(int M, int columns, int K, const real *a, ptrdiff_t a_i, ptrdiff_t a_k, const real *b, ptrdiff_t b_k, const real *first, bool more, real *y,
	ptrdiff_t y_i, ptrdiff_t y_j)
{
	real sums[TILE_ROWS_][TILE_COLUMNS_] __attribute__((aligned(WIDE_BYTES))) = {0};
	for (int i = 0; i < M; i += TILE_ROWS_) {
		const int rows = M - i < TILE_ROWS_ ? M - i : TILE_ROWS_;
		for (int j = 0; more && j < columns; j++)
			for (int r = 0; r < rows; r++)
				sums[r][j] = y[(i + r) * y_i + j * y_j];
		tile_rows_(rows, columns, K, a + i * a_i, a_i, a_k, b, b_k, more ? sums[0] : first, more ? TILE_COLUMNS_ : 0, sums[0], TILE_COLUMNS_);
		for (int j = 0; j < columns; j++)
			for (int r = 0; r < rows; r++)
				y[(i + r) * y_i + j * y_j] = sums[r][j];
	}
}

/* Four columns of four reals each as four rows. */
typedef scalar tile_four_ __attribute__((vector_size(4 * SCALAR_BYTES), aligned(SCALAR_BYTES), may_alias));
REAL_FN void tile_turn_(const real *b, ptrdiff_t b_j, real *to, ptrdiff_t to_k)
{
	tile_four_ c0 = *(const tile_four_ *)b, c1 = *(const tile_four_ *)(b + b_j), c2 = *(const tile_four_ *)(b + 2 * b_j), c3 = *(const tile_four_ *)(b + 3 * b_j);
	tile_four_ low01 = __builtin_shufflevector(c0, c1, 0, 4, 1, 5), high01 = __builtin_shufflevector(c0, c1, 2, 6, 3, 7);
	tile_four_ low23 = __builtin_shufflevector(c2, c3, 0, 4, 1, 5), high23 = __builtin_shufflevector(c2, c3, 2, 6, 3, 7);
	*(tile_four_ *)to = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
	*(tile_four_ *)(to + to_k) = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
	*(tile_four_ *)(to + 2 * to_k) = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
	*(tile_four_ *)(to + 3 * to_k) = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

/* Some columns of b side by side, as whole wides, with 0 behind them: what is left on a stack there may be denormal, and slow, numbers. */
TILE_FN void tile_copy_(int columns, int K, const real *b, ptrdiff_t b_k, ptrdiff_t b_j, real *to)
{
	const int fours = b_k == 1 ? columns & ~3 : 0, deep = K & ~3;
	if (b_j == 1) {
		for (int k = 0; k < K; k++)
			for (int j = 0; j < columns; j += WIDE_LANES)
				*(wide *)(to + k * TILE_COLUMNS_ + j) = tile_load_(b + k * b_k + j, columns - j < WIDE_LANES ? columns - j : WIDE_LANES);
		return;
	}
	for (int k = 0; columns % WIDE_LANES && k < K; k++)
		*(wide *)(to + k * TILE_COLUMNS_ + columns - columns % WIDE_LANES) = splat_w(0);
	for (int k = 0; k < deep; k += 4)
		for (int j = 0; j < fours; j += 4)
			tile_turn_(b + j * b_j + k, b_j, to + k * TILE_COLUMNS_ + j, TILE_COLUMNS_);
	for (int k = 0; k < K; k++)
		for (int j = k < deep ? fours : 0; j < columns; j++)
			to[k * TILE_COLUMNS_ + j] = b[k * b_k + j * b_j];
}

TILE_FN void tiles_(int M, int N, int K, const real *a, ptrdiff_t a_i, ptrdiff_t a_k, const real *b, ptrdiff_t b_k, ptrdiff_t b_j, const real *first, real *y, ptrdiff_t y_i,
	ptrdiff_t y_j)
{
	real copy[TILE_DEPTH_][TILE_COLUMNS_] __attribute__((aligned(WIDE_BYTES))), start[TILE_COLUMNS_] __attribute__((aligned(WIDE_BYTES))) = {0};
	for (int j = 0; j < N; j += TILE_COLUMNS_) {
		const int columns = N - j < TILE_COLUMNS_ ? N - j : TILE_COLUMNS_;
		const bool whole = b_j == 1 && columns % WIDE_LANES == 0;
		for (int l = 0; first && l < columns; l += WIDE_LANES)
			*(wide *)(start + l) = tile_load_(first + j + l, columns - l < WIDE_LANES ? columns - l : WIDE_LANES);
		for (int k = 0; k < K; k += TILE_DEPTH_) {
			const int depth = K - k < TILE_DEPTH_ ? K - k : TILE_DEPTH_;
			const real *rows = b + k * b_k + j * b_j;
			if (!whole)
				tile_copy_(columns, depth, rows, b_k, b_j, copy[0]);
			rows = whole ? rows : copy[0];
			const ptrdiff_t apart = whole ? b_k : TILE_COLUMNS_;
			if (y_j == 1)
				tile_rows_(M, columns, depth, a + k * a_k, a_i, a_k, rows, apart, k ? y + j : start, k ? y_i : 0, y + j, y_i);
			else
				tile_rows_apart_(M, columns, depth, a + k * a_k, a_i, a_k, rows, apart, start, k > 0, y + j * y_j, y_i, y_j);
		}
	}
}

#else
#define TILE(ROWS, COLUMNS) \
TILE_FN void tile_##ROWS##_##COLUMNS##_(int K, const real *a, ptrdiff_t a_i, ptrdiff_t a_k, const real *b, ptrdiff_t b_k, ptrdiff_t b_j, const real *first, real *y, \
	ptrdiff_t y_i, ptrdiff_t y_j) \
{ \
	real s[ROWS][COLUMNS]; \
	_Pragma("GCC unroll 4") for (int i = 0; i < ROWS; i++) \
		_Pragma("GCC unroll 4") for (int j = 0; j < COLUMNS; j++) \
			s[i][j] = splat_(0); \
	if (first) \
		_Pragma("GCC unroll 4") for (int i = 0; i < ROWS; i++) \
			_Pragma("GCC unroll 4") for (int j = 0; j < COLUMNS; j++) \
				s[i][j] = first[j]; \
	for (int k = 0; k < K; k++, a += a_k, b += b_k) { \
		real row[COLUMNS]; \
		_Pragma("GCC unroll 4") for (int j = 0; j < COLUMNS; j++) \
			row[j] = b[j * b_j]; \
		_Pragma("GCC unroll 4") for (int i = 0; i < ROWS; i++) { \
			const real x = a[i * a_i]; \
			_Pragma("GCC unroll 4") for (int j = 0; j < COLUMNS; j++) \
				s[i][j] = fma_(x, row[j], s[i][j]); \
		} \
	} \
	_Pragma("GCC unroll 4") for (int i = 0; i < ROWS; i++) \
		_Pragma("GCC unroll 4") for (int j = 0; j < COLUMNS; j++) \
			y[i * y_i + j * y_j] = s[i][j]; \
}
TILE(4, 4)
TILE(4, 1)
TILE(1, 4)
TILE(1, 1)
#undef TILE

TILE_FN void tiles_(int M, int N, int K, const real *a, ptrdiff_t a_i, ptrdiff_t a_k, const real *b, ptrdiff_t b_k, ptrdiff_t b_j, const real *first, real *y, ptrdiff_t y_i,
	ptrdiff_t y_j)
{
	const int rows = M & ~3, columns = N & ~3;
	for (int j = 0; j < N; j += j < columns ? 4 : 1) {
		const real *from = b + j * b_j, *start = first ? first + j : NULL;
		real *to = y + j * y_j;
		for (int i = 0; i < rows; i += 4)
			(j < columns ? tile_4_4_ : tile_4_1_)(K, a + i * a_i, a_i, a_k, from, b_k, b_j, start, to + i * y_i, y_i, y_j);
		for (int i = rows; i < M; i++)
			(j < columns ? tile_1_4_ : tile_1_1_)(K, a + i * a_i, a_i, a_k, from, b_k, b_j, start, to + i * y_i, y_i, y_j);
	}
}
#endif
#undef TILE_FN
#endif
