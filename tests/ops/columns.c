/* columns.c: convolutions as products of matrices, and those of direct.h, against the loops of the same file, for sizes from a seeded generator: one to
** three axes, groups, strides, paddings, dilations, kernels larger than the image, results of several blocks. A second program has bands of few rows. */
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#define LANES 1
#define REAL64
#define MOSAIC_PLAIN_GEMM
#define OP_C
#include "../../templates/ops/conv1d.c"
#include "../../templates/ops/conv2d.c"
#include "../../templates/ops/conv3d.c"

struct sizes { int B, C, H, W, O, Y, X, P, Q, stride[3], padding[3], dilation[3], D, Z, S, groups; };
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

/* Three axes in groups; how many axes there really are decides `axes`. */
static struct sizes draw_groups(int number, int axes)
{
	struct sizes s = {0};
	do {
		s = (struct sizes){.B = draw(1, 3), .C = draw(1, 5), .D = draw(1, 5), .H = draw(1, 9), .W = number % 10 ? draw(1, 30) : 150, .O = draw(1, 20), .Z = draw(1, 3), .Y = draw(1, 4), .X = draw(1, 5),
			.groups = draw(1, 3)};
		if (number % 7 == 0)
			s.X = draw(13, 30);
		if (axes < 3)
			s.D = s.Z = 1;
		if (axes < 2)
			s.H = s.Y = 1;
		for (int i = 0; i < 3; i++) {
			bool there = i >= 3 - axes;
			s.stride[i] = there ? draw(1, 3) : 1;
			s.padding[i] = there ? draw(0, 3) : 0;
			s.dilation[i] = there ? draw(1, 3) : 1;
		}
		s.S = places(s.D, s.Z, s.stride[0], s.padding[0], s.dilation[0]);
		s.P = places(s.H, s.Y, s.stride[1], s.padding[1], s.dilation[1]);
		s.Q = places(s.W, s.X, s.stride[2], s.padding[2], s.dilation[2]);
	} while (s.S < 1 || s.P < 1 || s.Q < 1);
	return s;
}

#define ONE s.B, s.groups * s.C, s.W, s.groups * s.O, s.C, s.X, s.Q, s.stride[2], s.padding[2], s.dilation[2], s.groups
#define TWO s.B, s.groups * s.C, s.H, s.W, s.groups * s.O, s.C, s.Y, s.X, s.P, s.Q, s.stride[1], s.stride[2], s.padding[1], s.padding[2], s.dilation[1], s.dilation[2], s.groups
#define THREE s.B, s.groups * s.C, s.D, s.H, s.W, s.groups * s.O, s.C, s.Z, s.Y, s.X, s.S, s.P, s.Q, s.stride[0], s.stride[1], s.stride[2], s.padding[0], s.padding[1], s.padding[2], \
	s.dilation[0], s.dilation[1], s.dilation[2], s.groups
#define CALL(body, ending, a, b, ...) \
	(axes == 1 ? conv1d##body##_groups##ending(ONE, (void *)(a), (void *)(b), __VA_ARGS__) : axes == 2 ? conv2d##body##_groups##ending(TWO, (void *)(a), (void *)(b), __VA_ARGS__) \
	: conv3d##body##_groups##ending(THREE, (void *)(a), (void *)(b), __VA_ARGS__))

static void test_groups_and_axes(void **unused)
{
	(void)unused;
	for (int number = 0; number < 2 * CASES; number++) {
		const int axes = 1 + number % 3;
		struct sizes s = draw_groups(number, axes);
		int nx = s.B * s.groups * s.C * s.D * s.H * s.W, nw = s.groups * s.O * s.C * s.Z * s.Y * s.X, ny = s.B * s.groups * s.O * s.S * s.P * s.Q;
		double *x = numbers(nx), *w = numbers(nw), *b = numbers(s.groups * s.O), *y = numbers(ny), *y2 = numbers(ny), *dx = numbers(nx), *dx2 = numbers(nx), *dw = numbers(nw), *dw2 = numbers(nw);
		CALL(, , x, w, b, (void *)y);
		CALL(, _direct, x, w, b, (void *)y2);
		assert_equal(y, y2, ny);
		CALL(_input, , y, w, (void *)dx);
		CALL(_input, _direct, y, w, (void *)dx2);
		assert_equal(dx, dx2, nx);
		CALL(_weight, , x, y, (void *)dw);
		CALL(_weight, _direct, x, y, (void *)dw2);
		assert_same(dw, dw2, nw);
		for (int i = 0; i < 9; i++)
			free((double *[]){x, w, b, y, y2, dx, dx2, dw, dw2}[i]);
	}
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
		assert_equal(dx, dx2, nx);
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
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_products_are_the_loops), cmocka_unit_test(test_groups_and_axes)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
