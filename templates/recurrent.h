/* recurrent.h: one step of one sample of a recurrent layer of H units, and of its gradient. The numbers that a step keeps stand one after
** the other, H of each kind: rnn h; lstm i f g o c h; gru r z q n h. Formulas of torch.nn.RNN, LSTM and GRU. Freestanding. */
#ifndef RECURRENT_H
#define RECURRENT_H

#include "real.h"

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
#endif
