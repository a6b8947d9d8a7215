/* columns.c: convolutions as products of matrices, and those of direct.h, against the loops of the same file, for sizes from a seeded generator:
** strides, paddings, dilations, kernels larger than the image, results of several blocks. */
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#define LANES 1
#define REAL64
#define MOSAIC_PLAIN_GEMM
#define OP_C
#include "../../templates/ops/conv2d.c"

struct sizes { int B, C, H, W, O, Y, X, P, Q, stride[2], padding[2], dilation[2]; };
enum { CASES = 300 };

static uint64_t state = 1;

static int draw(int low, int high)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return low + (int)((state >> 33) % (uint64_t)(high - low + 1));
}

static double *numbers(int count)
{
	double *at = malloc((size_t)count * sizeof *at);
	for (int i = 0; i < count; i++)
		at[i] = draw(-1000, 1000) / 1000.0;
	return at;
}

static int places(int size, int kernel, int stride, int padding, int dilation)
{
	int reach = size + 2 * padding - dilation * (kernel - 1) - 1;
	return reach < 0 ? 0 : reach / stride + 1;
}

/* Every tenth image is so wide that its columns are made in several blocks. */
static struct sizes draw_sizes(int number)
{
	struct sizes s = {0};
	do {
		s = (struct sizes){.B = draw(1, 3), .C = draw(1, 5), .H = draw(1, 9), .W = number % 10 ? draw(1, 40) : 700, .O = draw(1, 20), .Y = draw(1, 4), .X = draw(1, 5)};
		for (int i = 0; i < 2; i++) {
			s.stride[i] = draw(1, 3);
			s.padding[i] = draw(0, 3);
			s.dilation[i] = draw(1, 3);
		}
		s.P = places(s.H, s.Y, s.stride[0], s.padding[0], s.dilation[0]);
		s.Q = places(s.W, s.X, s.stride[1], s.padding[1], s.dilation[1]);
	} while (s.P < 1 || s.Q < 1);
	return s;
}

#define SIZES s.B, s.C, s.H, s.W, s.O, s.Y, s.X, s.P, s.Q, s.stride[0], s.stride[1], s.padding[0], s.padding[1], s.dilation[0], s.dilation[1]

static void assert_same(const double *a, const double *b, int count)
{
	for (int i = 0; i < count; i++)
		if (!(fabs(a[i] - b[i]) <= 1e-12 * (1 + fabs(a[i]))))
			fail_msg("number %d of %d: %.17g by loops, %.17g here", i, count, a[i], b[i]);
}

/* The results themselves are one chain in the same order: the same numbers. */
static void assert_equal(const double *a, const double *b, int count)
{
	for (int i = 0; i < count; i++)
		if (a[i] != b[i])
			fail_msg("number %d of %d: %.17g by loops, %.17g by vectors", i, count, a[i], b[i]);
}

static void test_products_are_the_loops(void **unused)
{
	(void)unused;
	int blocks = 0;
	for (int number = 0; number < CASES; number++) {
		struct sizes s = draw_sizes(number);
		int nx = s.B * s.C * s.H * s.W, nw = s.O * s.C * s.Y * s.X, ny = s.B * s.O * s.P * s.Q;
		double *x = numbers(nx), *w = numbers(nw), *b = numbers(s.O), *y = numbers(ny), *y2 = numbers(ny), *dx = numbers(nx), *dx2 = numbers(nx), *dw = numbers(nw), *dw2 = numbers(nw);
		blocks += column_rows_(s.C * s.Y * s.X, s.Q, s.P) < s.P;
		conv2d(SIZES, (void *)x, (void *)w, b, (void *)y);
		conv2d_gemm(SIZES, (void *)x, (void *)w, b, (void *)y2);
		assert_same(y, y2, ny);
		conv2d_direct(SIZES, (void *)x, (void *)w, b, (void *)y2);
		assert_equal(y, y2, ny);
		conv2d_input(SIZES, (void *)y, (void *)w, (void *)dx);
		conv2d_input_gemm(SIZES, (void *)y, (void *)w, (void *)dx2);
		assert_same(dx, dx2, nx);
		conv2d_input_direct(SIZES, (void *)y, (void *)w, (void *)dx2);
		assert_same(dx, dx2, nx);
		conv2d_weight(SIZES, (void *)x, (void *)y, (void *)dw);
		conv2d_weight_gemm(SIZES, (void *)x, (void *)y, (void *)dw2);
		assert_same(dw, dw2, nw);
		conv2d_weight_direct(SIZES, (void *)x, (void *)y, (void *)dw2);
		assert_same(dw, dw2, nw);
		for (int i = 0; i < 9; i++)
			free((double *[]){x, w, b, y, y2, dx, dx2, dw, dw2}[i]);
	}
	assert_true(blocks > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_products_are_the_loops)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
