/* test_gemm.c: products of drawn sizes and layouts by every text that this machine can run, bit for bit what a plain loop gives; nothing beside
** the result is written, nothing beside the operands read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gemm_kinds.h"
#include "mosaic_threads.h"

static uint64_t state;
static int draw(int low, int high)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return low + (int)((state >> 33) % (uint64_t)(high - low + 1));
}

/* One case: sizes, which operands lie transposed, how many reals more than needed rows are apart, where the sums start, y transposed. */
struct one { int m, n, k; bool at, bt, yt; int a_more, b_more, y_more; enum { FROM_0, FROM_ROW, FROM_Y } from; };

#define CASES(real, gemm_type, fused) \
static real *real##s(size_t count, bool numbers) \
{ \
	real *at = malloc(count * sizeof *at); \
	assert_non_null(at); \
	for (size_t i = 0; i < count; i++) \
		at[i] = numbers ? (real)draw(-1000, 1000) / 1000 : (real)__builtin_nan(""); \
	return at; \
} \
/* What lies between the rows is NaN: a sum with it would show. */ \
static real *real##_matrix(int rows, int columns, int apart, bool numbers) \
{ \
	real *at = real##s((size_t)rows * (size_t)apart, false); \
	for (int i = 0; numbers && i < rows; i++) \
		for (int j = 0; j < columns; j++) \
			at[i * apart + j] = (real)draw(-1000, 1000) / 1000; \
	/* exactly as long as its last row: the sanitizers see who reads on */ \
	return realloc(at, ((size_t)(rows - 1) * (size_t)apart + (size_t)columns) * sizeof *at); \
} \
static void real##_plain(const struct one *c, const real *a, int lda, const real *b, int ldb, const real *row, real *y, int ldy, bool fuse) \
{ \
	for (int i = 0; i < c->m; i++) \
		for (int j = 0; j < c->n; j++) { \
			real *to = c->yt ? y + j * ldy + i : y + i * ldy + j, s = c->from == FROM_0 ? 0 : c->from == FROM_ROW ? row[j] : *to; \
			for (int k = 0; k < c->k; k++) { \
				const real x = c->at ? a[k * lda + i] : a[i * lda + k], w = c->bt ? b[j * ldb + k] : b[k * ldb + j]; \
				s = fuse ? fused(x, w, s) : s + x * w; \
			} \
			*to = s; \
		} \
} \
static void real##_check(gemm_type *gemm, const char *name, const struct one *c, bool fuse) \
{ \
	const int lda = (c->at ? c->m : c->k) + c->a_more, ldb = (c->bt ? c->k : c->n) + c->b_more, ldy = (c->yt ? c->m : c->n) + c->y_more; \
	const int rows = c->yt ? c->n : c->m, columns = c->yt ? c->m : c->n; \
	const size_t size = ((size_t)(rows - 1) * (size_t)ldy + (size_t)columns) * sizeof(real); \
	real *a = real##_matrix(c->at ? c->k : c->m, c->at ? c->m : c->k, lda, true), *b = real##_matrix(c->bt ? c->n : c->k, c->bt ? c->k : c->n, ldb, true); \
	real *row = real##s((size_t)c->n, true), *y = real##_matrix(rows, columns, ldy, c->from == FROM_Y), *expected = malloc(size); \
	memcpy(expected, y, size); \
	real##_plain(c, a, lda, b, ldb, row, expected, ldy, fuse); \
	gemm(c->m, c->n, c->k, a, c->at ? 1 : lda, c->at ? lda : 1, b, c->bt ? 1 : ldb, c->bt ? ldb : 1, c->from == FROM_0 ? NULL : c->from == FROM_ROW ? row : y, \
		c->from == FROM_ROW ? 0 : c->yt ? 1 : ldy, y, c->yt ? 1 : ldy, c->yt ? ldy : 1); \
	if (memcmp(y, expected, size) != 0) \
		fail_msg("%s: m %d n %d k %d, a %s + %d, b %s + %d, y %s + %d, from %d", name, c->m, c->n, c->k, c->at ? "t" : "n", c->a_more, c->bt ? "t" : "n", c->b_more, \
			c->yt ? "t" : "n", c->y_more, (int)c->from); \
	free(a), free(b), free(row), free(y), free(expected); \
}
CASES(float, gemm_float, __builtin_fmaf)
CASES(double, gemm_double, __builtin_fma)

#if defined __x86_64__
static bool avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
static bool avx512(void) { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"); }
#endif

static void check(const struct one *c)
{
#if defined __x86_64__
	float_check(mosaic_sgemm_unfused, "sgemm_unfused", c, false);
	double_check(mosaic_dgemm_unfused, "dgemm_unfused", c, false);
	if (!avx2())
		return;
	float_check(mosaic_sgemm_avx2, "sgemm_avx2", c, true);
	double_check(mosaic_dgemm_avx2, "dgemm_avx2", c, true);
	if (avx512()) {
		float_check(mosaic_sgemm_avx512, "sgemm_avx512", c, true);
		double_check(mosaic_dgemm_avx512, "dgemm_avx512", c, true);
	}
#endif
	float_check(mosaic_sgemm, "sgemm", c, true);
	double_check(mosaic_dgemm, "dgemm", c, true);
}

static void draw_layout(struct one *c)
{
	c->at = draw(0, 1), c->bt = draw(0, 1), c->yt = draw(0, 3) == 0;
	c->a_more = draw(0, 1) * draw(0, 9), c->b_more = draw(0, 1) * draw(0, 9), c->y_more = draw(0, 1) * draw(0, 9);
	c->from = draw(0, 2);
}

static void small_sizes(void **unused)
{
	(void)unused;
	state = 1;
	for (int i = 0; i < 1500; i++) {
		struct one c = {.m = draw(1, 30), .n = draw(1, 70), .k = draw(1, 40)};
		draw_layout(&c);
		check(&c);
	}
}

/* More than one block of k, of rows, of columns; a few rows or columns of many. */
static void large_sizes(void **unused)
{
	static const int sizes[][3] = {{13, 33, 800}, {500, 40, 390}, {1000, 7, 5}, {3, 700, 400}, {25, 300, 385}, {481, 65, 17}, {1, 900, 500}, {1, 3, 1200}};
	(void)unused;
	state = 2;
	for (size_t i = 0; i < 4 * sizeof sizes / sizeof *sizes; i++) {
		const int *s = sizes[i / 4];
		struct one c = {.m = s[0], .n = s[1], .k = s[2]};
		draw_layout(&c);
		check(&c);
	}
}

/* Rows a multiple of 4 KiB apart are copied; so is a transposed a whose rows are long; a b of more than 1 MiB is fetched ahead. */
static void far_rows(void **unused)
{
	(void)unused;
	state = 3;
	for (int i = 0; i < 8; i++) {
		struct one c = {.m = 26, .n = 80 + i, .k = 30, .at = i & 1, .bt = i & 2, .from = i % 3};
		c.a_more = c.at ? 2048 - c.m : 1024 - c.k;
		check(&c);
		c = (struct one){.m = 30, .n = i & 1 ? 3000 : 800, .k = i & 1 ? 100 : 400, .bt = i & 2, .from = i % 3};
		check(&c);
	}
}

/* Halves of products that are worth two threads: by columns, by rows, with fewer panels than threads; then many threads. */
static void shared(void **unused)
{
	static const int sizes[][3] = {{130, 256, 70}, {200, 20, 200}, {26, 330, 90}, {700, 33, 40}, {5, 1000, 130}, {300, 100, 400}};
	(void)unused;
	state = 4;
	for (size_t i = 0; i < 4 * sizeof sizes / sizeof *sizes; i++) {
		const int *s = sizes[i / 4];
		struct one c = {.m = s[0], .n = s[1], .k = s[2]};
		draw_layout(&c);
		check(&c);
	}
}

struct counted { int parts[64], nested; };
static void count_part(void *context, int part, int parts)
{
	struct counted *c = context;
	c->parts[part] += parts;
	if (part == 0)
		c->nested = mosaic_threads();
}

/* Every part once, thousands of times, at once and after the threads fell asleep; a part does not share again. */
static void pool(void **unused)
{
	struct counted c = {0};
	(void)unused;
	const int threads = mosaic_threads();
	for (int i = 0; i < 20000; i++) {
		if (i % 4000 == 0)
			usleep(2000);
		mosaic_share(count_part, &c);
	}
	for (int i = 0; i < 64; i++)
		assert_int_equal(c.parts[i], i < threads ? 20000 * threads : 0);
	assert_int_equal(c.nested, 1);
	for (int count = 0, parts = 5; count < 200; count += 7)
		for (int part = 0, end = 0; part < parts; part++) {
			assert_int_equal(mosaic_begin(count, 6, part, parts), end);
			end = mosaic_begin(count, 6, part + 1, parts);
			assert_true(end % 6 == 0 || end == count);
			assert_int_equal(part + 1 == parts ? end : 0, part + 1 == parts ? count : 0);
		}
}

/* test_gemm THREADS */
int main(int argc, char **argv)
{
	const int threads = argc > 1 ? atoi(argv[1]) : 1;
	const struct CMUnitTest sharing[] = {cmocka_unit_test(shared), cmocka_unit_test(pool), cmocka_unit_test(small_sizes)};
	if (threads > 1)
		return mosaic_threads_start(threads) ? cmocka_run_group_tests(sharing, NULL, NULL) : 1;
	const struct CMUnitTest tests[] = {cmocka_unit_test(small_sizes), cmocka_unit_test(large_sizes), cmocka_unit_test(far_rows)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
