/* gemm.c: matrix products of the trainers, y(i,j) = from(i,j) + sum over k of a(i,k) b(k,j). Each sum is fused and runs in the order of k: however
** the work is cut, and on every machine with fused multiply-add, the bits are those of the plain loops.
**
** A block of rows of a and a block of k stay in the second-level cache. In it, two wides of columns at a time, b is copied into a panel that
** lies as it is read; tiles of up to 12 rows by the two wides then stay in registers for all of the block's k. a is read where it lies: only
** where its rows would fight for the same lines of the cache is it copied first. The layout is that of Goto and van de Geijn, "Anatomy of
** High-Performance Matrix Multiplication" (2008), with the parts of a and b exchanged.
**
** Compiled once for each kind of machine and for float and double (CMakeLists.txt); choose.c takes one at run time. */
#define LANES 1
#include <stdbool.h>
#include "mosaic_threads.h"
#include "real.h"

/* GEMM is the name of what this file becomes. */
void GEMM(int m, int n, int k, const scalar *a, ptrdiff_t a_i, ptrdiff_t a_k, const scalar *b, ptrdiff_t b_k, ptrdiff_t b_j, const scalar *from, ptrdiff_t from_i, scalar *y,
	ptrdiff_t y_i, ptrdiff_t y_j);

#if defined __AVX512F__ || defined __aarch64__
enum { ROWS = 12 };                             /* of a tile: 24 sums of 32 registers */
#else
enum { ROWS = 6 };                              /* 12 sums of 16 */
#endif
enum {
	COLUMNS = 2 * WIDE_LANES,                   /* of a panel */
	DEPTH = 384,                                /* of a block: a panel of 48 KiB and its rows of a stay near */
	BLOCK = 480,                                /* rows of a; more where fewer k make them shorter: b is copied for each block */
	PAGE = 4096 / SCALAR_BYTES,                 /* rows this far apart fall into the same lines of a first-level cache */
	NEAR = 16 * 1024 / SCALAR_BYTES,
	NARROW = 32,                                /* rows of a transposed a that are closer than this are read where they lie */
	FAR = 128 * 1024 / SCALAR_BYTES             /* a b of more than this is fetched before it is copied */
};
typedef scalar part __attribute__((vector_size(WIDE_BYTES), aligned(SCALAR_BYTES), may_alias));
#define FN static __attribute__((noinline))

/* The first `count` scalars of a wide; the rest is 0, and is left alone. */
REAL_FN wide load(const scalar *at, int count)
{
#if defined __AVX512F__ && !defined REAL64
	return (wide)__builtin_ia32_loadups512_mask((const void *)at, (__attribute__((vector_size(64))) float){0}, (unsigned short)((1u << count) - 1));
#else
	if (count == WIDE_LANES)
		return (wide)*(const part *)at;
	wide w = splat_w(0);
	for (int l = 0; l < count; l++)
		w[l] = at[l];
	return w;
#endif
}
REAL_FN void store(scalar *at, wide w, int count)
{
#if defined __AVX512F__ && !defined REAL64
	__builtin_ia32_storeups512_mask((void *)at, (__attribute__((vector_size(64))) float)w, (unsigned short)((1u << count) - 1));
#else
	if (count == WIDE_LANES) {
		*(part *)at = (part)w;
		return;
	}
	for (int l = 0; l < count; l++)
		at[l] = w[l];
#endif
}

/* What of b the next panel needs, asked for while this one is worked at, some of it every STEP of k: at once it would wait for itself. */
struct ahead { const scalar *at; ptrdiff_t step, jump; int run, left, units, often; };
enum { STEP = 16, LINE = 64 / SCALAR_BYTES };
static void fetch(struct ahead *f)
{
	for (int i = 0; i < f->often && f->units > 0; i++, f->units--) {
		__builtin_prefetch(f->at, 0, 2);
		__builtin_prefetch(f->at + LINE, 0, 2);
		f->at += f->step;
		if (--f->left == 0) {
			f->at += f->jump;
			f->left = f->run;
		}
	}
}

/* A tile: sums of R rows and W wides, from those at `from` to y. `last`: columns of the last wide. */
struct tile { struct ahead *next; int k; const scalar *a; ptrdiff_t a_i, a_k; const scalar *b; ptrdiff_t b_k; const scalar *from; ptrdiff_t from_i; scalar *y; ptrdiff_t y_i; int last; };
#define EACH(i, count) _Pragma("GCC unroll 16") for (int i = 0; i < (count); i++)
#define TILE(R, W) \
FN void tile_##R##_##W(const struct tile *t) \
{ \
	wide s[R][W]; \
	EACH(i, R) EACH(j, W) s[i][j] = !t->from ? splat_w(0) : load(t->from + i * t->from_i + j * WIDE_LANES, j + 1 < W ? WIDE_LANES : t->last); \
	const scalar *b = t->b, *four[(R + 3) / 4];         /* rows in fours: few chains of additions */ \
	const ptrdiff_t a_i = t->a_i, a_k = t->a_k, b_k = t->b_k; \
	EACH(i, (R + 3) / 4) four[i] = t->a + 4 * i * a_i; \
	const int step = t->next ? STEP : t->k; \
	for (int k = 0, end; k < t->k; k = end) { \
		end = k + step < t->k ? k + step : t->k; \
		if (t->next) { \
			fetch(t->next); \
			if (k < 2 * R * STEP) \
				__builtin_prefetch(t->y + (R + k / (2 * STEP)) * t->y_i + k / STEP % 2 * LINE, 1, 3); \
		} \
		for (int q = k; q < end; q++, b += b_k) { \
			wide row[W]; \
			EACH(j, W) row[j] = (wide)*(const part *)(b + j * WIDE_LANES); \
			EACH(i, R) { \
				const wide x = splat_w(four[i / 4][i % 4 * a_i]); \
				EACH(j, W) s[i][j] = fma_w(x, row[j], s[i][j]); \
			} \
			EACH(i, (R + 3) / 4) four[i] += a_k; \
		} \
	} \
	EACH(i, R) EACH(j, W) store(t->y + i * t->y_i + j * WIDE_LANES, s[i][j], j + 1 < W ? WIDE_LANES : t->last); \
}
#define TILES(R) TILE(R, 1) TILE(R, 2)
#if defined __AVX512F__ || defined __aarch64__
TILE(16, 1)
TILES(12)
TILES(8)
#else
TILE(12, 1)
TILES(6)
#endif
TILES(4)
TILES(2)
TILES(1)
/* The tallest for one wide alone goes over rows as they lie, not over copied ones. */
enum { TWO_WIDES = 1 };
static const struct { int rows; void (*tile[2])(const struct tile *); } kinds[] = {
#if defined __AVX512F__ || defined __aarch64__
	{16, {tile_16_1, NULL}}, {12, {tile_12_1, tile_12_2}}, {8, {tile_8_1, tile_8_2}},
#else
	{12, {tile_12_1, NULL}}, {6, {tile_6_1, tile_6_2}},
#endif
	{4, {tile_4_1, tile_4_2}}, {2, {tile_2_1, tile_2_2}}, {1, {tile_1_1, tile_1_2}}
};

/* Rows of a as tiles read them: row i begins at at + i / ROWS * apart + i % ROWS * a_i. */
struct rows { const scalar *at; ptrdiff_t apart, a_i, a_k; };

/* All rows of up to two wides of columns. */
static void multiply_panel(int m, int columns, const struct rows *a, struct tile *t)
{
	const int two = columns > WIDE_LANES;
	const scalar *from = t->from;
	scalar *y = t->y;
	t->last = columns - two * WIDE_LANES;
	const bool copied = a->apart != ROWS * a->a_i;
	for (int i = 0, kind = two || copied ? TWO_WIDES : 0; i < m; i += kinds[kind].rows) {
		while (kinds[kind].rows > m - i || (m - i == 16 && ROWS == 12 && kind == TWO_WIDES && !copied))
			kind++;                     /* two of 8 rows rather than 12 and 4, of which the last would wait for its sums */
		t->a = a->at + i / ROWS * a->apart + i % ROWS * a->a_i;
		t->from = from ? from + i * t->from_i : NULL;
		t->y = y + i * t->y_i;
		kinds[kind].tile[two](t);
	}
}

/* As multiply_panel where the columns of y are apart: through a copy of some rows. */
FN void multiply_apart(int m, int columns, const struct rows *a, struct tile t, ptrdiff_t y_j)
{
	scalar sums[ROWS][COLUMNS] __attribute__((aligned(WIDE_BYTES)));
	const struct tile whole = t;
	for (int i = 0; i < m; i += ROWS) {
		const int rows = m - i < ROWS ? m - i : ROWS;
		const struct rows at = {a->at + i / ROWS * a->apart, 0, a->a_i, a->a_k};
		for (int r = 0; whole.from && r < rows; r++)
			for (int j = 0; j < columns; j++)
				sums[r][j] = whole.from[(i + r) * whole.from_i + j * (whole.from_i ? y_j : 1)];
		t.from = whole.from ? sums[0] : NULL;
		t.from_i = t.y_i = COLUMNS;
		t.y = sums[0];
		multiply_panel(rows, columns, &at, &t);
		for (int j = 0; j < columns; j++)
			for (int r = 0; r < rows; r++)
				whole.y[(i + r) * whole.y_i + j * y_j] = sums[r][j];
	}
}

typedef scalar four __attribute__((vector_size(4 * SCALAR_BYTES), aligned(SCALAR_BYTES), may_alias));
#if WIDE_LANES == 16
/* Sixteen columns of four scalars each as four rows. A 128-bit part of a wide holds four columns, so that all moves stay within parts. */
REAL_FN void turn(const scalar *b, ptrdiff_t b_j, scalar *to)
{
	typedef scalar eight __attribute__((vector_size(32)));
	typedef scalar all __attribute__((vector_size(64)));
	all c[4];
	_Pragma("GCC unroll 4") for (int i = 0; i < 4; i++) {
		const scalar *at = b + i * b_j;
		const four c0 = *(const four *)at, c4 = *(const four *)(at + 4 * b_j), c8 = *(const four *)(at + 8 * b_j), c12 = *(const four *)(at + 12 * b_j);
		const eight low = __builtin_shufflevector(c0, c4, 0, 1, 2, 3, 4, 5, 6, 7), high = __builtin_shufflevector(c8, c12, 0, 1, 2, 3, 4, 5, 6, 7);
		c[i] = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
	}
#define LOWS(x, y) __builtin_shufflevector(x, y, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGHS(x, y) __builtin_shufflevector(x, y, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define FIRSTS(x, y) __builtin_shufflevector(x, y, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define SECONDS(x, y) __builtin_shufflevector(x, y, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
	const all low01 = LOWS(c[0], c[1]), high01 = HIGHS(c[0], c[1]), low23 = LOWS(c[2], c[3]), high23 = HIGHS(c[2], c[3]);
	*(all *)to = FIRSTS(low01, low23);
	*(all *)(to + COLUMNS) = SECONDS(low01, low23);
	*(all *)(to + 2 * COLUMNS) = FIRSTS(high01, high23);
	*(all *)(to + 3 * COLUMNS) = SECONDS(high01, high23);
}
enum { TURNED = 16 };
#else
/* Four columns of four scalars each as four rows. */
REAL_FN void turn(const scalar *b, ptrdiff_t b_j, scalar *to)
{
	const four c0 = *(const four *)b, c1 = *(const four *)(b + b_j), c2 = *(const four *)(b + 2 * b_j), c3 = *(const four *)(b + 3 * b_j);
	const four low01 = __builtin_shufflevector(c0, c1, 0, 4, 1, 5), high01 = __builtin_shufflevector(c0, c1, 2, 6, 3, 7);
	const four low23 = __builtin_shufflevector(c2, c3, 0, 4, 1, 5), high23 = __builtin_shufflevector(c2, c3, 2, 6, 3, 7);
	*(four *)to = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
	*(four *)(to + COLUMNS) = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
	*(four *)(to + 2 * COLUMNS) = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
	*(four *)(to + 3 * COLUMNS) = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}
enum { TURNED = 4 };
#endif

/* Columns of b side by side, with 0 behind them: what is left in memory there may be denormal, and slow, numbers. */
FN void copy_panel(int columns, int k, const scalar *b, ptrdiff_t b_k, ptrdiff_t b_j, scalar *to)
{
	enum { SOME = 64 / SCALAR_BYTES };          /* of k at a time: lines of b that fight for a place in the cache are read once */
	const int wides = (columns + WIDE_LANES - 1) / WIDE_LANES, last = columns - (wides - 1) * WIDE_LANES;
	if (b_j == 1) {
		for (int q = 0; q < k; q++)
			for (int j = 0; j < wides; j++)
				*(wide *)(to + q * COLUMNS + j * WIDE_LANES) = load(b + q * b_k + j * WIDE_LANES, j + 1 < wides ? WIDE_LANES : last);
		return;
	}
	const int turned = b_k == 1 ? columns - columns % TURNED : 0, deep = k & ~3;
	for (int q = 0; turned < columns && q < k; q++)
		*(wide *)(to + q * COLUMNS + (wides - 1) * WIDE_LANES) = splat_w(0);
	for (int some = 0; some < deep; some += SOME)
		for (int j = 0; j < turned; j += TURNED)
			for (int q = some; q < deep && q < some + SOME; q += 4)
				turn(b + j * b_j + q, b_j, to + q * COLUMNS + j);
	for (int j = turned; j < columns; j++)
		for (int q = 0; q < deep; q++)
			to[q * COLUMNS + j] = b[q * b_k + j * b_j];
	for (int q = deep; q < k; q++)
		for (int j = 0; j < columns; j++)
			to[q * COLUMNS + j] = b[q * b_k + j * b_j];
}

enum { MORE = 64 / SCALAR_BYTES };              /* behind a copied row, so that rows are no power of two apart */
static int row_of(int k) { return (k + MORE - 1) / MORE * MORE + MORE; }

/* Rows of a, as tiles read them: where they lie, or copied. */
static struct rows rows_of(int m, int n, int k, const scalar *a, ptrdiff_t a_i, ptrdiff_t a_k)
{
	enum { AHEAD = 8 };                         /* rows to fetch before they are copied */
	static _Thread_local scalar copy[BLOCK * (DEPTH + MORE)] __attribute__((aligned(64)));
	if (m < ROWS || n <= 2 * COLUMNS || (a_k == 1 ? a_i % PAGE != 0 : a_i != 1 || a_k < NARROW))
		return (struct rows){a, ROWS * a_i, a_i, a_k};
	if (a_k == 1) {
		const int row = row_of(k);
		for (int i = 0; i < m; i++)
			__builtin_memcpy(copy + i * row, a + i * a_i, (size_t)k * sizeof *a);
		return (struct rows){copy, ROWS * row, row, 1};
	}
	for (int q = 0; q < k; q++) {
		const scalar *at = a + q * a_k;
		int i = 0;
		for (; i + ROWS <= m; i += ROWS) {
			__builtin_prefetch(at + i + AHEAD * a_k);
			__builtin_memcpy(copy + i * k + q * ROWS, at + i, ROWS * sizeof *a);
		}
		for (int r = i; r < m; r++)
			copy[i * k + q * ROWS + r - i] = at[r];
	}
	return (struct rows){copy, ROWS * k, 1, ROWS};
}

/* Two lines at a time: of a row of b, or along a column where it lies transposed. */
static struct ahead ahead_of(const scalar *b, int k, ptrdiff_t b_k, ptrdiff_t b_j, int tiles)
{
	const int run = b_j == 1 ? k : k / (2 * LINE) > 0 ? k / (2 * LINE) : 1, units = b_j == 1 ? k : COLUMNS * run, steps = tiles * ((k + STEP - 1) / STEP);
	return (struct ahead){b, b_j == 1 ? b_k : 2 * LINE, b_j == 1 ? 0 : b_j - run * 2 * LINE, run, run, units, (units + steps - 1) / steps};
}

/* A block of rows and of k: all columns. */
static void multiply_block(int m, int n, int k, const struct rows *a, const scalar *b, ptrdiff_t b_k, ptrdiff_t b_j, bool far, struct tile *t, ptrdiff_t y_j)
{
	scalar panel[DEPTH][COLUMNS] __attribute__((aligned(64)));
	const scalar *from = t->from;
	scalar *y = t->y;
	const bool row = from && !t->from_i;         /* one for all: y is new */
	const bool near = k * b_k <= NEAR;          /* b is small: its rows need not be brought together */
	t->k = k;
	t->a_i = a->a_i;
	t->a_k = a->a_k;
	for (int j = 0; j < n; j += COLUMNS) {
		const int columns = n - j < COLUMNS ? n - j : COLUMNS;
		const bool there = b_j == 1 && columns % WIDE_LANES == 0 && (m <= 2 * ROWS || near);
		const scalar *at = b + j * b_j;
		struct ahead next;
		t->next = far && n - j >= 2 * COLUMNS ? &next : NULL;
		if (t->next)
			next = ahead_of(at + COLUMNS * b_j, k, b_k, b_j, (m + ROWS - 1) / ROWS);
		t->b = there ? at : panel[0];
		t->b_k = there ? b_k : COLUMNS;
		if (!there)
			copy_panel(columns, k, at, b_k, b_j, panel[0]);
		t->y = y + j * y_j;
		t->from = from ? from + j * (row ? 1 : y_j) : NULL;
		if (y_j == 1)
			multiply_panel(m, columns, a, t);
		else
			multiply_apart(m, columns, a, *t, y_j);
	}
}

/* How far to go at a time through `all`, at most `most`, in equal parts of multiples of `unit`. */
static int part_of(int all, int most, int unit)
{
	if (all <= most)
		return all;
	const int parts = (all + most - 1) / most, some = (all + parts - 1) / parts;
	return (some + unit - 1) / unit * unit;
}

/* A whole product, or one thread's part of it. */
struct product { int m, n, k; const scalar *a; ptrdiff_t a_i, a_k; const scalar *b; ptrdiff_t b_k, b_j; const scalar *from; ptrdiff_t from_i; scalar *y; ptrdiff_t y_i, y_j; };
static void multiply(const struct product *p)
{
	const int m = p->m, k = p->k, depth = part_of(k, DEPTH, 4), most = BLOCK * (DEPTH + MORE) / row_of(depth) / ROWS * ROWS, rows = part_of(m, most, ROWS);
	const bool far = (ptrdiff_t)p->n * k > FAR;
	for (int q = 0; q < k; q += depth)
		for (int i = 0; i < m; i += rows) {
			const int count = m - i < rows ? m - i : rows, deep = k - q < depth ? k - q : depth;
			const struct rows of = rows_of(count, p->n, deep, p->a + i * p->a_i + q * p->a_k, p->a_i, p->a_k);
			scalar *to = p->y + i * p->y_i;
			struct tile t = {.from = q ? to : p->from ? p->from + i * p->from_i : NULL, .from_i = q ? p->y_i : p->from_i, .y = to, .y_i = p->y_i};
			multiply_block(count, p->n, deep, &of, p->b + q * p->b_k, p->b_k, p->b_j, far, &t, p->y_j);
		}
}

static void some_columns(void *product, int part, int parts)
{
	struct product p = *(const struct product *)product;
	const int j = mosaic_begin(p.n, COLUMNS, part, parts), end = mosaic_begin(p.n, COLUMNS, part + 1, parts);
	p.n = end - j;
	p.b += j * p.b_j;
	p.from = p.from ? p.from + j * (p.from_i ? p.y_j : 1) : NULL;
	p.y += j * p.y_j;
	if (p.n > 0)
		multiply(&p);
}

static void some_rows(void *product, int part, int parts)
{
	struct product p = *(const struct product *)product;
	const int i = mosaic_begin(p.m, ROWS, part, parts), end = mosaic_begin(p.m, ROWS, part + 1, parts);
	p.m = end - i;
	p.a += i * p.a_i;
	p.from = p.from ? p.from + i * p.from_i : NULL;
	p.y += i * p.y_i;
	if (p.m > 0)
		multiply(&p);
}

void GEMM(int m, int n, int k, const scalar *a, ptrdiff_t a_i, ptrdiff_t a_k, const scalar *b, ptrdiff_t b_k, ptrdiff_t b_j, const scalar *from, ptrdiff_t from_i, scalar *y,
	ptrdiff_t y_i, ptrdiff_t y_j)
{
	enum { MUCH = 1 << 19 };                    /* multiplications: some microseconds, of which handing out costs two */
	struct product p = {m, n, k, a, a_i, a_k, b, b_k, b_j, from, from_i, y, y_i, y_j};
	if (m < 1 || n < 1 || k < 1)
		return;
	const int threads = mosaic_threads(), panels = (n + COLUMNS - 1) / COLUMNS;
	if (threads == 1 || (double)m * n * k < MUCH)
		multiply(&p);
	else if (panels % threads == 0 || panels >= 4 * threads || m < 2 * ROWS * threads)
		mosaic_share(some_columns, &p);      /* each copies panels of its own */
	else
		mosaic_share(some_rows, &p);
}
