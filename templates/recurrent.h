/* recurrent.h: one step of one sample of a recurrent layer of H units, and of its gradient. The numbers that a step keeps stand one after
** the other, H of each kind: rnn h; lstm i f g o c h; gru r z q n h. Formulas of torch.nn.RNN, LSTM and GRU. Freestanding. */
#ifndef RECURRENT_H
#define RECURRENT_H

#include <stdbool.h>
#include "rows.h"

/* to[j] += from w[.][j]: G numbers through the columns of w. */
#ifdef __cplusplus
#define restrict __restrict__
template <int H_> REAL_FN void step_back_(int G, int H, const real *from, const real (*w)[H_], real *restrict to)
#else
REAL_FN void step_back_(int G, int H, const real *from, const real w[G][H], real *restrict to)
#endif
{
	for (int g = 0; g < G; g++)
		for (int j = 0; j < H; j++)
			to[j] = fma_(from[g], w[g][j], to[j]);
}

/* s: the sums i f g o, which become gates; then c and h. `before`: c of the step before. */
REAL_FN void lstm_step_(int H, const real *before, real *restrict s)
{
	for (int j = 0; j < H; j++) {
		const real i = sigmoid_(s[j]), f = sigmoid_(s[H + j]), g = tanh_(s[2 * H + j]), o = sigmoid_(s[3 * H + j]);
		const real c = fma_(f, before[j], i * g);
		s[j] = i;
		s[H + j] = f;
		s[2 * H + j] = g;
		s[3 * H + j] = o;
		s[4 * H + j] = c;
		s[5 * H + j] = o * tanh_(c);
	}
}

/* d: dc from the step behind and dh are there; dc becomes whole, then the gradients of the sums i f g o. */
REAL_FN void lstm_step_back_(int H, const real *s, const real *before, const real *ds, real *restrict d)
{
	for (int j = 0; j < H; j++) {
		const real i = s[j], f = s[H + j], g = s[2 * H + j], o = s[3 * H + j], t = tanh_(s[4 * H + j]), dh = d[5 * H + j];
		const real dc = fma_(dh * o, fma_(-t, t, splat_(1)), d[4 * H + j]);
		d[j] = fma_(dc, g, ds[j]) * (i * (1 - i));
		d[H + j] = fma_(dc, before[j], ds[H + j]) * (f * (1 - f));
		d[2 * H + j] = fma_(dc, i, ds[2 * H + j]) * fma_(-g, g, splat_(1));
		d[3 * H + j] = fma_(dh, t, ds[3 * H + j]) * (o * (1 - o));
		d[4 * H + j] = dc;
	}
}

/* The same where nothing but h is used: dh is whole, dc what comes from the step behind and then what goes to the one before; d: the gates' alone. */
REAL_FN void lstm_gates_back_(int H, const real *s, const real *before, const real *dh, real *restrict dc, real *restrict d)
{
	for (int j = 0; j < H; j++) {
		const real i = s[j], f = s[H + j], g = s[2 * H + j], o = s[3 * H + j], t = tanh_(s[4 * H + j]);
		const real whole = fma_(dh[j] * o, fma_(-t, t, splat_(1)), dc[j]);
		d[j] = whole * g * (i * (1 - i));
		d[H + j] = whole * before[j] * (f * (1 - f));
		d[2 * H + j] = whole * i * fma_(-g, g, splat_(1));
		d[3 * H + j] = dh[j] * t * (o * (1 - o));
		dc[j] = whole * f;
	}
}

/* s: the recurrent sums r z q, of which r and z become gates; then n and h. p: the sums of the input r z n. `before`: h of the step before. */
REAL_FN void gru_step_(int H, const real *p, const real *before, real *restrict s)
{
	for (int j = 0; j < H; j++) {
		const real r = sigmoid_(p[j] + s[j]), z = sigmoid_(p[H + j] + s[H + j]);
		const real n = tanh_(fma_(r, s[2 * H + j], p[2 * H + j]));
		s[j] = r;
		s[H + j] = z;
		s[3 * H + j] = n;
		s[4 * H + j] = fma_(z, before[j] - n, n);
	}
}

/* d: dh is there; the gradients of the sums r z q and of n's are made. */
REAL_FN void gru_step_back_(int H, const real *s, const real *before, const real *ds, real *restrict d)
{
	for (int j = 0; j < H; j++) {
		const real r = s[j], z = s[H + j], n = s[3 * H + j], dh = d[4 * H + j];
		const real dn = fma_(dh, 1 - z, ds[3 * H + j]) * fma_(-n, n, splat_(1));
		d[j] = fma_(dn, s[2 * H + j], ds[j]) * (r * (1 - r));
		d[H + j] = fma_(dh, before[j] - n, ds[H + j]) * (z * (1 - z));
		d[2 * H + j] = fma_(dn, r, ds[2 * H + j]);
		d[3 * H + j] = dn;
	}
}

/* ---- one lane: PART units at a time ----------------------------------------------------------
** The sums of some samples are made in registers and become gates there. Forward, the weight is read in panels: the columns of all gates of PART units,
** one input after the other. States of the step before stand side by side: a step of all samples is spread over the whole of s. Every sum has the
** order of the loops above, so the bits are the same. */
#if LANES == 1 && !defined __cplusplus
enum {
	SAMPLES_AT_ONCE = 8,                    /* go through all steps before others do: few streams of memory at a time, which a processor fetches ahead */
	SAMPLES_TOGETHER = REGISTER_BYTES == 64 ? 4 : 2
};

/* w [gates H][K] as rows of panels [H / PART][inputs][gates][PART], from row `first` on. */
REAL_FN void panels_(int gates, int H, int K, const real *w, int inputs, int first, real *restrict to)
{
	for (int u = 0; u < H; u += PART)
		for (int g = 0; g < gates; g++)
			for (int l = 0; l < PART; l++)
				for (int k = 0; k < K; k++)
					to[((u / PART * inputs + first + k) * gates + g) * PART + l] = w[(g * H + u + l) * K + k];
}

/* The states that samples start from, side by side; rows without a sample are 0. */
REAL_FN void first_states_(int count, int H, const real *from, real to[SAMPLES_AT_ONCE][H])
{
	for (int i = 0; i < SAMPLES_AT_ONCE; i++)
		for (int j = 0; j < H; j++)
			to[i][j] = i < count && from ? from[i * H + j] : 0;
}

/* The numbers of this step and the states before it side by side, I + H a sample, for two steps: the first one's states; rows without a sample are 0. */
REAL_FN void first_inputs_(int count, int I, int H, const real *h0, real to[2][SAMPLES_AT_ONCE][I + H])
{
	for (int i = 0; i < SAMPLES_AT_ONCE; i++)
		for (int k = 0; k < I + H; k++) {
			to[0][i][k] = i < count && k >= I ? h0[i * H + k - I] : 0;
			to[1][i][k] = 0;
		}
}

/* sums[i][g] += a[i] . the columns of b: K numbers of `samples` rows, `vectors` vectors a row of b. */
REAL_FN void sums_(int samples, int vectors, int K, const real *a, int to_a, const real *b, int to_b, part sums[][vectors])
{
	for (int k = 0; k < K; k++)
		for (int i = 0; i < samples; i++) {
			const part x = part_of_(a[i * to_a + k]);
			for (int g = 0; g < vectors; g++)
				sums[i][g] = fma_p(x, part_at_(b + k * to_b + g * PART), sums[i][g]);
		}
}

/* One step of `count` samples, PART units. p (rows to_p apart), c and s: of these units, c before the step and then behind it; in: K numbers a sample that the
** panel's rows belong to, h among them; now: where the new h goes, among those of the next step. */
REAL_FN void lstm_units_(int count, int H, int K, const real *panel, const real *in, const real *p, int to_p, real *c, real *s, int to_s, real *now)
{
	enum { GATES = 4, KINDS = 6 };
	part sums[SAMPLES_TOGETHER][GATES];
#pragma GCC unroll 8
	for (int i = 0; i < SAMPLES_TOGETHER; i++)
#pragma GCC unroll 8
		for (int g = 0; g < GATES; g++)
			sums[i][g] = part_at_(p + (i < count ? i : 0) * to_p + g * H);
	sums_(SAMPLES_TOGETHER, GATES, K, in, K, panel, GATES * PART, sums);
#pragma GCC unroll 8
	for (int k = 0; k < SAMPLES_TOGETHER; k++) {
		if (k == count)
			return;
		const part i = sigmoid_w(sums[k][0]), f = sigmoid_w(sums[k][1]), g = tanh_w(sums[k][2]), o = sigmoid_w(sums[k][3]);
		const part cell = fma_p(f, part_at_(c + k * H), i * g), h = o * tanh_w(cell), all[KINDS] = {i, f, g, o, cell, h};
#pragma GCC unroll 8
		for (int kind = 0; kind < KINDS; kind++)
			part_put_(s + k * to_s + kind * H, all[kind]);
		part_put_(c + k * H, cell);
		part_put_(now + k * K, h);
	}
}

/* The same of a gru: b: of the sums of these units, before: h of the step before, of these units. */
REAL_FN void gru_units_(int count, int H, const real *panel, const real *h, const real *p, int to_p, const real *b, real *s, int to_s, const real *before, real *now)
{
	enum { GATES = 3, KINDS = 5 };
	part sums[SAMPLES_TOGETHER][GATES];
#pragma GCC unroll 8
	for (int i = 0; i < SAMPLES_TOGETHER; i++)
#pragma GCC unroll 8
		for (int g = 0; g < GATES; g++)
			sums[i][g] = part_at_(b + g * H);
	sums_(SAMPLES_TOGETHER, GATES, H, h, H, panel, GATES * PART, sums);
#pragma GCC unroll 8
	for (int k = 0; k < SAMPLES_TOGETHER; k++) {
		if (k == count)
			return;
		const real *in = p + k * to_p;
		const part r = sigmoid_w(part_at_(in) + sums[k][0]), z = sigmoid_w(part_at_(in + H) + sums[k][1]), q = sums[k][2];
		const part n = tanh_w(fma_p(r, q, part_at_(in + 2 * H))), y = fma_p(z, part_at_(before + k * H) - n, n), all[KINDS] = {r, z, q, n, y};
#pragma GCC unroll 8
		for (int kind = 0; kind < KINDS; kind++)
			part_put_(s + k * to_s + kind * H, all[kind]);
		part_put_(now + k * H, y);
	}
}

/* How many units go back together. */
REAL_FN int units_back_(int H) { return H % (2 * PART) ? PART : 2 * PART; }

/* w [G][H] as panels [H / units][G][units] of the units that go back together. */
REAL_FN void panels_back_(int G, int H, const real *w, real *restrict to)
{
	const int units = units_back_(H);
	for (int u = 0; u < H; u += units)
		for (int g = 0; g < G; g++)
			for (int l = 0; l < units; l++)
				to[u * G + g * units + l] = w[g * H + u + l];
}

/* Asks for `rows` rows of these units, H apart; to_write: what will be written. */
REAL_FN void fetch_(int rows, int H, int vectors, const real *at, bool to_write)
{
	for (int k = 0; k < rows * vectors; k++) {
		const real *line = at + k / vectors * H + k % vectors * PART;
		if (to_write)
			__builtin_prefetch(line, 1);
		else
			__builtin_prefetch(line);
	}
}

/* One step back of `count` samples, some units. panel: their columns of w; dh, s, before (c), dc and d: of these units; behind: the gates' gradients of the
** step behind, of all units, inputs of them; now: where the new ones go. What a sample has in memory is asked for while a part of the sums is made. */
REAL_FN void lstm_units_back_(int count, int H, int inputs, const real *panel, const real *behind, const real *dh, int to_dh, const real *s, int to_s, const real *before,
	int to_before, real *dc, real *d, int to_d, real *now)
{
	enum { SAMPLES = 2 * SAMPLES_TOGETHER };
	const int vectors = units_back_(H) / PART;
	part sums[SAMPLES * 2];
#pragma GCC unroll 16
	for (int k = 0; k < SAMPLES * vectors; k++)
		sums[k] = part_at_(dh + (k / vectors < count ? k / vectors : 0) * to_dh + k % vectors * PART);
	for (int k = 0; k < SAMPLES; k++) {
		const int r = k < count ? k : 0, some = inputs / SAMPLES;
		fetch_(5, H, vectors, s + r * to_s, false);
		fetch_(1, H, vectors, before + r * to_before, false);
		fetch_(4, H, vectors, d + r * to_d, true);
		sums_(SAMPLES, vectors, some, behind + k * some, 4 * H, panel + k * some * vectors * PART, vectors * PART, (part (*)[vectors])sums);
	}
#pragma GCC unroll 16
	for (int k = 0; k < SAMPLES * vectors; k++) {
		const int r = k / vectors, u = k % vectors * PART;
		if (r == count)
			return;
		const real *at = s + r * to_s + u;
		const part i = part_at_(at), f = part_at_(at + H), g = part_at_(at + 2 * H), o = part_at_(at + 3 * H), t = tanh_w(part_at_(at + 4 * H));
		const part whole = fma_p(sums[k] * o, fma_p(-t, t, splat_p(1)), part_at_(dc + r * H + u));
		const part all[] = {whole * g * (i * (1 - i)), whole * part_at_(before + r * to_before + u) * (f * (1 - f)), whole * i * fma_p(-g, g, splat_p(1)), sums[k] * t * (o * (1 - o))};
#pragma GCC unroll 4
		for (int gate = 0; gate < 4; gate++) {
			part_put_(d + r * to_d + gate * H + u, all[gate]);
			part_put_(now + r * 4 * H + gate * H + u, all[gate]);
		}
		part_put_(dc + r * H + u, whole * f);
	}
}

/* What the gradients of some steps multiply, a row a step: numbers of the input, states before, and 1 for the bias. */
enum { ROWS_AT_ONCE = 384 };
REAL_FN void weights_row_(int I, int H, const real *x, const real *before, real *restrict to)
{
	for (int i = 0; i < I; i++)
		to[i] = x[i];
	for (int j = 0; j < H; j++)
		to[I + j] = before[j];
	to[I + H] = 1;
}

/* from [rows][columns] transposed, a few of both at a time. */
REAL_FN void turn_(int rows, int columns, const real *from, real *restrict to)
{
	enum { SOME = 16 };
	for (int i = 0; i < rows; i += SOME)
		for (int j = 0; j < columns; j += SOME)
			for (int c = j; c < columns && c < j + SOME; c++)
				for (int r = i; r < rows && r < i + SOME; r++)
					to[c * rows + r] = from[r * columns + c];
}
#endif
#endif
