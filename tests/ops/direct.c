/* direct.c: bodies of large layers beside the plain ones of the same ops: attention within rounding, lstm and gru to the bit, with sizes and sample counts that
** are no multiple of what is worked on at once. */
#define OP_C
#define MOSAIC_PLAIN_GEMM
#include "../../templates/ops/recurrent_gru.c"
#include "../../templates/ops/recurrent_lstm.c"
#include "../../templates/ops/recurrent_weights.c"
#include "../../templates/ops/self_attention.c"
#include "../../templates/ops/self_attention_biased.c"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static float *numbers(size_t count, float most, bool random)
{
	float *all = malloc(count * sizeof *all);
	assert_non_null(all);
	for (size_t i = 0; i < count; i++)
		all[i] = random ? most * (float)(rand() % 2001 - 1000) / 1000 : NAN;
	return all;
}

static void near_each_other(const float *a, const float *b, size_t count, double tolerance)
{
	for (size_t i = 0; i < count; i++)
		if (!(fabs((double)a[i] - (double)b[i]) <= tolerance * (1 + fabs((double)b[i]))))
			fail_msg("number %zu of %zu: %.9g and %.9g", i, count, (double)a[i], (double)b[i]);
}

static void attention(int B, int T, int E, int heads, int causal)
{
	size_t wide = (size_t)B * T * 3 * E, narrow = (size_t)B * T * E;
	float *x = numbers(wide, 1, true), *dy = numbers(narrow, 1, true), *y[2], *d[2];
	for (int k = 0; k < 2; k++) {
		y[k] = numbers(narrow, 0, false);
		d[k] = numbers(wide, 0, false);
	}
	self_attention(B, T, 3 * E, E, heads, causal, 0.3f, (void *)x, (void *)y[0]);
	self_attention_gemm(B, T, 3 * E, E, heads, causal, 0.3f, (void *)x, (void *)y[1]);
	near_each_other(y[1], y[0], narrow, 1e-5);
	self_attention_back(B, T, 3 * E, E, heads, causal, 0.3f, (void *)x, (void *)dy, (void *)d[0]);
	self_attention_back_gemm(B, T, 3 * E, E, heads, causal, 0.3f, (void *)x, (void *)dy, (void *)d[1]);
	near_each_other(d[1], d[0], wide, 2e-5);
	float *all[] = {x, dy, y[0], y[1], d[0], d[1]};
	for (int k = 0; k < 6; k++)
		free(all[k]);
}

/* H heads and Q places of a bias; each: every sample has its own. */
static void biased_attention(int B, int T, int E, int heads, int causal, int H, int Q, bool each)
{
	size_t wide = (size_t)B * T * 3 * E, narrow = (size_t)B * T * E, masks = (size_t)(each ? B : 1) * H * Q * T;
	float *x = numbers(wide, 1, true), *dy = numbers(narrow, 1, true), *m = numbers(masks, 1, true), *y[2], *d[2];
	for (size_t i = 0; i < masks; i += 3)
		m[i] = i % T ? -1e30f : m[i];
	for (int k = 0; k < 2; k++) {
		y[k] = numbers(narrow, 0, false);
		d[k] = numbers(wide, 0, false);
	}
	if (each)
		self_attention_biased(B, T, 3 * E, E, H, Q, heads, causal, 0.3f, (void *)x, (void *)m, (void *)y[0]);
	else
		self_attention_biased_all(B, T, 3 * E, E, H, Q, heads, causal, 0.3f, (void *)x, (void *)m, (void *)y[0]);
	if (each)
		self_attention_biased_gemm(B, T, 3 * E, E, H, Q, heads, causal, 0.3f, (void *)x, (void *)m, (void *)y[1]);
	else
		self_attention_biased_all_gemm(B, T, 3 * E, E, H, Q, heads, causal, 0.3f, (void *)x, (void *)m, (void *)y[1]);
	near_each_other(y[1], y[0], narrow, 1e-5);
	if (each)
		self_attention_biased_back(B, T, 3 * E, E, H, Q, heads, causal, 0.3f, (void *)x, (void *)m, (void *)dy, (void *)d[0]);
	else
		self_attention_biased_back_all(B, T, 3 * E, E, H, Q, heads, causal, 0.3f, (void *)x, (void *)m, (void *)dy, (void *)d[0]);
	if (each)
		self_attention_biased_back_gemm(B, T, 3 * E, E, H, Q, heads, causal, 0.3f, (void *)x, (void *)m, (void *)dy, (void *)d[1]);
	else
		self_attention_biased_back_all_gemm(B, T, 3 * E, E, H, Q, heads, causal, 0.3f, (void *)x, (void *)m, (void *)dy, (void *)d[1]);
	near_each_other(d[1], d[0], wide, 2e-5);
	float *all[] = {x, dy, m, y[0], y[1], d[0], d[1]};
	for (int k = 0; k < 7; k++)
		free(all[k]);
}

static void test_biased_attention(void **state)
{
	(void)state;
	for (int causal = 0; causal < 2; causal++) {
		biased_attention(2, 1, 4, 2, causal, 1, 1, true);
		biased_attention(2, 17, 6, 2, causal, 1, 1, true);
		biased_attention(2, 70, 8, 2, causal, 2, 70, true);
		biased_attention(2, 70, 8, 2, causal, 1, 70, false);
		biased_attention(2, 150, 4, 2, causal, 2, 1, false);
	}
}

static void test_attention(void **state)
{
	(void)state;
	for (int causal = 0; causal < 2; causal++) {
		attention(2, 1, 4, 2, causal);
		attention(2, 17, 6, 2, causal);
		attention(1, 64, 16, 4, causal);
		attention(1, 150, 8, 1, causal);
	}
}

static void lstm_steps(int B, int T, int H)
{
	size_t gates = (size_t)B * T * 4 * H, kept = (size_t)B * T * 6 * H;
	float *p = numbers(gates, 2, true), *w = numbers((size_t)4 * H * H, 0.3f, true), *h0 = numbers((size_t)B * H, 1, true), *c0 = numbers((size_t)B * H, 1, true);
	float *dh = numbers((size_t)B * T * H, 1, true), *s[2], *d[2];
	for (int k = 0; k < 2; k++) {
		s[k] = numbers(kept, 0, false);
		d[k] = numbers(gates, 0, false);
	}
	lstm(B, T, 4 * H, H, 6 * H, (void *)p, (void *)w, (void *)h0, (void *)c0, (void *)s[0]);
	lstm_direct(B, T, 4 * H, H, 6 * H, (void *)p, (void *)w, (void *)h0, (void *)c0, (void *)s[1]);
	assert_memory_equal(s[0], s[1], kept * sizeof *s[0]);
	lstm_gates_back(B, T, 4 * H, H, 6 * H, (void *)s[0], (void *)w, (void *)c0, (void *)dh, (void *)d[0]);
	lstm_gates_back_direct(B, T, 4 * H, H, 6 * H, (void *)s[0], (void *)w, (void *)c0, (void *)dh, (void *)d[1]);
	assert_memory_equal(d[0], d[1], gates * sizeof *d[0]);
	float *all[] = {p, w, h0, c0, dh, s[0], s[1], d[0], d[1]};
	for (int k = 0; k < 9; k++)
		free(all[k]);
}

static void test_lstm(void **state)
{
	(void)state;
	lstm_steps(1, 1, 16);
	lstm_steps(3, 4, 48);
	lstm_steps(35, 3, 32);
	lstm_steps(8, 5, 64);
}

/* With the product of the input, and the gradients of the weights. */
static void lstm_layers(int B, int T, int I, int H)
{
	const int N = I + H + 1;
	size_t gates = (size_t)B * T * 4 * H, kept = (size_t)B * T * 6 * H, weights = (size_t)4 * H * N;
	float *x = numbers((size_t)B * T * I, 2, true), *w = numbers((size_t)4 * H * I, 0.3f, true), *b = numbers((size_t)4 * H, 1, true), *u = numbers((size_t)4 * H * H, 0.3f, true);
	float *h0 = numbers((size_t)B * H, 1, true), *c0 = numbers((size_t)B * H, 1, true), *d = numbers(gates, 1, true), *s[3], *y[3];
	for (int k = 0; k < 3; k++) {
		s[k] = numbers(kept, 0, false);
		y[k] = numbers(weights, 0, false);
	}
	lstm_layer(B, T, I, 4 * H, H, 6 * H, (void *)x, (void *)w, (void *)b, (void *)u, (void *)h0, (void *)c0, (void *)s[0]);
	lstm_layer_direct(B, T, I, 4 * H, H, 6 * H, (void *)x, (void *)w, (void *)b, (void *)u, (void *)h0, (void *)c0, (void *)s[1]);
	lstm_layer_gemm(B, T, I, 4 * H, H, 6 * H, (void *)x, (void *)w, (void *)b, (void *)u, (void *)h0, (void *)c0, (void *)s[2]);
	assert_memory_equal(s[0], s[1], kept * sizeof *s[0]);
	assert_memory_equal(s[0], s[2], kept * sizeof *s[0]);
	recurrent_weights(B, T, I, 4 * H, H, 6 * H, N, (void *)d, (void *)x, (void *)h0, (void *)s[0], (void *)y[0]);
	recurrent_weights_direct(B, T, I, 4 * H, H, 6 * H, N, (void *)d, (void *)x, (void *)h0, (void *)s[0], (void *)y[1]);
	recurrent_weights_gemm(B, T, I, 4 * H, H, 6 * H, N, (void *)d, (void *)x, (void *)h0, (void *)s[0], (void *)y[2]);
	assert_memory_equal(y[0], y[1], weights * sizeof *y[0]);
	assert_memory_equal(y[0], y[2], weights * sizeof *y[0]);
	float *all[] = {x, w, b, u, h0, c0, d, s[0], s[1], s[2], y[0], y[1], y[2]};
	for (int k = 0; k < 13; k++)
		free(all[k]);
}

static void test_lstm_layers(void **state)
{
	(void)state;
	lstm_layers(1, 1, 1, 16);
	lstm_layers(3, 4, 5, 48);
	lstm_layers(35, 3, 16, 32);
	lstm_layers(7, 64, 3, 16);
	lstm_layers(2, 400, 2, 16);
}

static void gru_steps(int B, int T, int H)
{
	size_t sums = (size_t)B * T * 3 * H, kept = (size_t)B * T * 5 * H;
	float *p = numbers(sums, 2, true), *w = numbers((size_t)3 * H * H, 0.3f, true), *b = numbers((size_t)3 * H, 1, true), *h0 = numbers((size_t)B * H, 1, true), *s[2];
	for (int k = 0; k < 2; k++)
		s[k] = numbers(kept, 0, false);
	gru(B, T, 3 * H, H, 5 * H, (void *)p, (void *)w, (void *)b, (void *)h0, (void *)s[0]);
	gru_direct(B, T, 3 * H, H, 5 * H, (void *)p, (void *)w, (void *)b, (void *)h0, (void *)s[1]);
	assert_memory_equal(s[0], s[1], kept * sizeof *s[0]);
	float *all[] = {p, w, b, h0, s[0], s[1]};
	for (int k = 0; k < 6; k++)
		free(all[k]);
}

static void test_gru(void **state)
{
	(void)state;
	gru_steps(1, 1, 16);
	gru_steps(3, 4, 48);
	gru_steps(35, 3, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_attention), cmocka_unit_test(test_biased_attention), cmocka_unit_test(test_lstm), cmocka_unit_test(test_lstm_layers), cmocka_unit_test(test_gru)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
