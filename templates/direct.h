/* direct.h: convolutions of sequences, images and volumes from their definition, many results in registers at a time: no columns in memory. One run a
** process (LANES 1); the vectors are neighbouring places, or neighbouring channels.
**
** A band of rows of the result is made at a time, of one slice of a volume, so that what it needs stays in the second cache. The images below are split:
** their padding is in memory, and each channel has a plane for each pair of remainders of the strides. What a weight meets at neighbouring places of
** the result is then neighbouring memory, and the places of all rows are one run. What is summed between the end of a row and the start of the next is
** left out when rows are copied to the result. A volume's slices that a kernel meets are channels.
**
** Every sum has an order that no register decides: a result adds up channels, slices, rows and columns of the kernel, from its bias on, and the input's
** gradient results, slices, rows and columns, as the loops of conv2d.c do; a weight's gradient samples, slices, rows and columns - of few results (up to
** DIRECT_DOTS) in sixteen parts: places of a band belong to them in turn, those between its rows counted (direct_weight_dots_). Freestanding. */
#ifndef DIRECT_H
#define DIRECT_H
#include "rows.h"
#ifndef __cplusplus                             /* CUDA programs have convolutions of their own */
#if LANES != 1
#error "this program has large layers: it trains one run a process (LANES 1)"
#endif

/* Sums in registers at a time: of how many channels, how many in all, and how many places of a kernel. */
#if REGISTER_BYTES == 64
enum { DIRECT_CHANNELS = 8, DIRECT_SUMS = 24, DIRECT_TAPS = 28 };
#else
enum { DIRECT_CHANNELS = 4, DIRECT_SUMS = 12, DIRECT_TAPS = 12 };
#endif
/* Numbers of an array on the stack, of a run of results, and from how many results on a weight's gradient has vectors of them. */
#ifndef DIRECT_NUMBERS
enum { DIRECT_NUMBERS = 1 << 17, DIRECT_RUN = 1 << 12 };
#endif
enum { DIRECT_DOTS = 8 };
/* Sums stay in registers when every loop over them is unrolled: sizes are constants where a trainer calls these functions. With a check at every access
** that would be minutes of compiling. */
#define DIRECT_FN __attribute__((always_inline, unused)) static inline
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#if __has_feature(address_sanitizer)
#undef DIRECT_FN
#define DIRECT_FN __attribute__((noinline, unused)) static
#define DIRECT_UNROLL
#else
#define DIRECT_UNROLL _Pragma("clang loop unroll(full)")
#endif
#else
#define DIRECT_UNROLL _Pragma("GCC unroll 32")
#endif

/* A wide anywhere in memory. */
typedef scalar direct_wide __attribute__((vector_size(WIDE_BYTES), aligned(SCALAR_BYTES), may_alias));

/* A convolution: in each of the groups C channels of depth D, height H and width W become O of S, P and Q, by kernels of Z, Y and X. */
struct direct {
	int groups, C, D, H, W, O, Z, Y, X, S, P, Q, stride_d, stride_0, stride_1, padding_d, padding_0, padding_1, dilation_d, dilation_0, dilation_1;
};

/* How a band is laid out: its rows (of the result, or of the gradient by the remainder of the stride), those of a plane, from one row to the next, to the
** next channel; numbers in all, with what vectors may read behind; places of all rows in whole vectors. */
struct direct_band { int rows, height, pitch, plane, size, run; };

/* `count` in equal parts of at most `most`: the size of one. */
DIRECT_FN int direct_part_(int count, int most)
{
	const int parts = (count + most - 1) / most;
	return (count + parts - 1) / parts;
}

DIRECT_FN void direct_clear_(int count, scalar *x)
{
	for (int i = 0; i < count; i++)
		x[i] = 0;
}

DIRECT_FN void direct_copy_(int count, const scalar *x, scalar *to)
{
	for (int i = 0; i < count; i++)
		to[i] = x[i];
}

/* So many of `count` rows at a time that `numbers` a row, and `more` once, stay few. */
DIRECT_FN int direct_rows_(int count, int numbers, int more, int pitch)
{
	const int fit = (DIRECT_NUMBERS - more) / numbers, run = DIRECT_RUN / pitch, most = fit < run ? fit : run;
	return direct_part_(count, most < 1 ? 1 : most);
}

/* Places in a row in whole sixteens. */
DIRECT_FN int direct_whole_(int places)
{
	return (places + PARTS - 1) / PARTS * PARTS;
}

/* ---- splitting ---- */

DIRECT_FN struct direct_band direct_image_(const struct direct s)
{
	struct direct_band b = {0};
	const int reach = (s.Y - 1) * s.dilation_0 + s.stride_0;             /* rows of the image for a row of the result */
	b.pitch = (s.W + 2 * s.padding_1 + s.stride_1 - 1) / s.stride_1;
	b.rows = direct_rows_(s.P, s.C * s.Z * s.stride_0 * s.stride_1 * b.pitch, s.C * s.Z * reach * s.stride_1 * b.pitch, b.pitch);
	b.height = (b.rows * s.stride_0 + (s.Y - 1) * s.dilation_0 + s.stride_0 - 1) / s.stride_0;
	b.plane = s.stride_0 * s.stride_1 * b.height * b.pitch;
	b.run = direct_whole_((b.rows - 1) * b.pitch + s.Q);
	b.size = s.C * s.Z * b.plane + PARTS;
	return b;
}

/* Where row m and column l of a band with its padding lie in a split channel. */
DIRECT_FN int direct_at_(const struct direct s, const struct direct_band b, int m, int l)
{
	return ((m % s.stride_0 * s.stride_1 + l % s.stride_1) * b.height + m / s.stride_0) * b.pitch + l / s.stride_1;
}

/* Whether a place of the kernel meets what leaves this remainder. */
DIRECT_FN int direct_meets_(int kernel, int dilation, int stride, int remainder)
{
	for (int k = 0; k < kernel; k++)
		if (k * dilation % stride == remainder)
			return 1;
	return 0;
}

/* Every second one of a and b, one after the other. */
DIRECT_FN wide direct_unzip_(wide a, wide b, const int first)
{
	wide r = a;
	DIRECT_UNROLL
	for (int i = 0; i < WIDE_LANES; i++)
		r[i] = i < WIDE_LANES / 2 ? a[2 * i + first] : b[2 * i + first - WIDE_LANES];
	return r;
}

/* Every stride-th of the numbers of a row, from number l on. */
DIRECT_FN void direct_split_row_(const int stride, const int l, int count, const scalar *row, scalar *to)
{
	int i = 0;
	for (; stride == 2 && WIDE_LANES > 1 && 2 * (i + WIDE_LANES) <= count; i += WIDE_LANES)
		*(direct_wide *)(to + i) = direct_unzip_(*(const direct_wide *)(row + 2 * i), *(const direct_wide *)(row + 2 * i + WIDE_LANES), l % 2);
	for (; l + i * stride < count; i++)
		to[i] = row[l + i * stride];
}

/* The rows of x [C][D][H][W] for rows of a slice of the result, from `top` on. Columns of padding were cleared. */
DIRECT_FN void direct_split_(const struct direct s, const struct direct_band b, const scalar *x, int slice, int top, scalar *image)
{
	for (int c = 0; c < s.C * s.Z; c++) {
		const int d = slice * s.stride_d + c % s.Z * s.dilation_d - s.padding_d;
		for (int m = 0; m < (b.rows - 1) * s.stride_0 + (s.Y - 1) * s.dilation_0 + 1; m++) {
			const int row = top * s.stride_0 + m - s.padding_0;
			if (s.stride_0 > 1 && !direct_meets_(s.Y, s.dilation_0, s.stride_0, m % s.stride_0))
				continue;
			DIRECT_UNROLL
			for (int l = 0; l < s.stride_1; l++) {
				const int after = (l + s.padding_1) % s.stride_1;
				scalar *to = image + c * b.plane + direct_at_(s, b, m, l + s.padding_1);
				if (!direct_meets_(s.X, s.dilation_1, s.stride_1, after))
					continue;
				if (d < 0 || d >= s.D || row < 0 || row >= s.H)
					direct_clear_((s.W - l + s.stride_1 - 1) / s.stride_1, to);
				else
					direct_split_row_(s.stride_1, l, s.W, x + ((c / s.Z * s.D + d) * s.H + row) * s.W, to);
			}
		}
	}
}

/* ---- sums over channels and places of the kernel ---- */

/* What is summed: so many channels and slices, each a plane of x, in each so many places, from these numbers of the plane on, with these weights; how far
** it is to the weights of the next channel, slice and result. */
struct direct_sum { int channels, slices, plane, places, next, next_slice, step; const int *from, *weight; };

/* To T channels at N wides of places: what one channel gives, from its first place on. Their weights stand `step` numbers apart. */
DIRECT_FN void direct_add_(const int T, const int N, const scalar *from, const scalar *w, const int step, wide *sum)
{
	wide value[DIRECT_SUMS];
	DIRECT_UNROLL
	for (int i = 0; i < N; i++)
		value[i] = ((const direct_wide *)from)[i];
	DIRECT_UNROLL
	for (int t = 0; t < T; t++) {
		const wide weight = splat_w(w[t * step]);
		DIRECT_UNROLL
		for (int i = 0; i < N; i++)
			sum[t * N + i] = fma_w(value[i], weight, sum[t * N + i]);
	}
}

/* T channels at N wides of places, from x on. bias: NULL for none; to: [T][run]. */
DIRECT_FN void direct_tile_(const int T, const int N, const struct direct_sum s, const scalar *x, const scalar *w, const scalar *bias, scalar *to, const int run)
{
	wide sum[DIRECT_SUMS];
	DIRECT_UNROLL
	for (int i = 0; i < T * N; i++)
		sum[i] = splat_w(bias ? bias[i / N] : 0);
	for (int c = 0; c < s.channels; c++)
		for (int z = 0; z < s.slices; z++)
			for (int k = 0; k < s.places; k++)
				direct_add_(T, N, x + (c * s.slices + z) * s.plane + s.from[k], w + c * s.next + z * s.next_slice + s.weight[k], s.step, sum);
	DIRECT_UNROLL
	for (int t = 0; t < T; t++)
		DIRECT_UNROLL
		for (int i = 0; i < N; i++)
			((direct_wide *)(to + t * run))[i] = sum[t * N + i];
}

/* T channels at all places of a run. */
DIRECT_FN void direct_run_(const int T, const struct direct_sum s, const int run, const scalar *x, const scalar *w, const scalar *bias, scalar *to)
{
	const int wides = run / WIDE_LANES, N = direct_part_(wides, DIRECT_SUMS / T), whole = wides / N * N;
	for (int i = 0; i < whole; i += N)
		direct_tile_(T, N, s, x + i * WIDE_LANES, w, bias, to + i * WIDE_LANES, run);
	if (whole < wides)
		direct_tile_(T, wides - whole, s, x + whole * WIDE_LANES, w, bias, to + whole * WIDE_LANES, run);
}

/* ---- forward ---- */

/* Where a result finds the places of the kernel, and their weights. */
DIRECT_FN void direct_places_(const struct direct s, const struct direct_band b, int *from, int *weight)
{
	for (int j = 0; j < s.Y; j++)
		for (int k = 0; k < s.X; k++) {
			from[j * s.X + k] = direct_at_(s, b, j * s.dilation_0, k * s.dilation_1);
			weight[j * s.X + k] = j * s.X + k;
		}
}

/* T channels at all places of a band, whose rows become rows of y. */
DIRECT_FN void direct_channels_(const int T, const struct direct s, const struct direct_band b, const struct direct_sum p, const scalar *x, const scalar *w, const scalar *bias, scalar *y)
{
	scalar sums[T * b.run];
	direct_run_(T, p, b.run, x, w, bias, sums);
	for (int t = 0; t < T; t++)
		for (int i = 0; i < b.rows; i++)
			direct_copy_(s.Q, sums + t * b.run + i * b.pitch, y + (t * s.S * s.P + i) * s.Q);
}

/* y [samples][groups * O][S][P][Q] = bias [groups * O] + w [groups * O][C][Z][Y][X] over x [samples][groups * C][D][H][W]. */
DIRECT_FN void direct_forward_(const struct direct s, int samples, const scalar *x, const scalar *w, const scalar *bias, scalar *y)
{
	const struct direct_band b = direct_image_(s);
	const int T = direct_part_(s.O, DIRECT_CHANNELS), whole = s.O / T * T, weights = s.C * s.Z * s.Y * s.X;
	scalar image[b.size];
	int from[s.Y * s.X], weight[s.Y * s.X];
	const struct direct_sum p = {s.C, s.Z, b.plane, s.Y * s.X, s.Z * s.Y * s.X, s.Y * s.X, weights, from, weight};
	direct_clear_(b.size, image);
	direct_places_(s, b, from, weight);
	for (int r = 0; r < samples * s.groups; r++)
		for (int slice = 0; slice < s.S; slice++)
			for (int top = 0; top < s.P; top += b.rows) {
				const int first = top + b.rows <= s.P ? top : s.P - b.rows, from_o = r % s.groups * s.O;
				scalar *to = y + ((r * s.O * s.S + slice) * s.P + first) * s.Q;
				direct_split_(s, b, x + r * s.C * s.D * s.H * s.W, slice, first, image);
				for (int o = 0; o < whole; o += T)
					direct_channels_(T, s, b, p, image, w + (from_o + o) * weights, bias + from_o + o, to + o * s.S * s.P * s.Q);
				if (whole < s.O)
					direct_channels_(s.O - whole, s, b, p, image, w + (from_o + whole) * weights, bias + from_o + whole, to + whole * s.S * s.P * s.Q);
			}
}

/* ---- the input's gradient: of each remainder of the strides on its own ---- */

/* How an axis of it is reached: the first place by the stride, how many, and how many places of the result before a place it needs. */
struct direct_axis { int first, count, before; };

DIRECT_FN struct direct_axis direct_axis_(int size, int kernel, int stride, int padding, int dilation)
{
	const struct direct_axis a = {padding / stride, (size - 1 + padding) / stride - padding / stride + 1, (kernel - 1) * dilation / stride};
	return a;
}

DIRECT_FN struct direct_axis direct_down_(const struct direct s) { return direct_axis_(s.H, s.Y, s.stride_0, s.padding_0, s.dilation_0); }
DIRECT_FN struct direct_axis direct_along_(const struct direct s) { return direct_axis_(s.W, s.X, s.stride_1, s.padding_1, s.dilation_1); }

DIRECT_FN struct direct_band direct_spread_(const struct direct s)
{
	const struct direct_axis down = direct_down_(s), along = direct_along_(s);
	struct direct_band b = {0};
	b.pitch = along.count + along.before;
	b.rows = direct_rows_(down.count, s.O * s.Z * b.pitch, s.O * s.Z * (down.before + 1) * b.pitch, b.pitch * s.stride_0 * s.stride_1);
	b.height = b.rows + down.before;
	b.plane = b.height * b.pitch;
	b.run = direct_whole_((b.rows - 1) * b.pitch + along.count);
	b.size = s.O * s.Z * b.plane + PARTS;
	return b;
}

/* The rows of y [O][S][P][Q] that rows of the gradient need, of the first one on: those of slice d. What is outside of y was cleared. */
DIRECT_FN void direct_spread_rows_(const struct direct s, const struct direct_band b, const scalar *y, int d, int top, scalar *to)
{
	const struct direct_axis down = direct_down_(s), along = direct_along_(s);
	const int from = along.first - along.before, begin = from < 0 ? 0 : from, end = along.first + along.count < s.Q ? along.first + along.count : s.Q;
	for (int o = 0; o < s.O * s.Z; o++) {
		const int at = d + s.padding_d - o % s.Z * s.dilation_d, slice = at / s.stride_d, there = at >= 0 && at % s.stride_d == 0 && slice < s.S;
		for (int i = 0; i < b.height; i++) {
			const int p = down.first + top + i - down.before;
			scalar *row = to + o * b.plane + i * b.pitch + begin - from;
			if (!there || p < 0 || p >= s.P)
				direct_clear_(end - begin, row);
			else
				direct_copy_(end - begin, y + ((o / s.Z * s.S + slice) * s.P + p) * s.Q + begin, row);
		}
	}
}

/* The places of the kernel that meet these remainders. Returns how many. */
DIRECT_FN int direct_back_places_(const struct direct s, const struct direct_band b, int down, int along, int *from, int *weight)
{
	int count = 0;
	for (int j = 0; j < s.Y; j++)
		for (int k = 0; k < s.X; k++)
			if (j * s.dilation_0 % s.stride_0 == down && k * s.dilation_1 % s.stride_1 == along) {
				from[count] = (direct_down_(s).before - j * s.dilation_0 / s.stride_0) * b.pitch + direct_along_(s).before - k * s.dilation_1 / s.stride_1;
				weight[count++] = j * s.X + k;
			}
	return count;
}

/* A row of the gradient of its remainders, which stand `apart` numbers apart. */
DIRECT_FN void direct_join_row_(const struct direct s, const scalar *from, int apart, scalar *x)
{
	const int whole = s.W / s.stride_1 * s.stride_1, first = direct_along_(s).first;
	for (int i = 0; i < whole; i += s.stride_1)
		DIRECT_UNROLL
		for (int l = 0; l < s.stride_1; l++)
			x[i + l] = from[(l + s.padding_1) % s.stride_1 * apart + (l + s.padding_1) / s.stride_1 - first + i / s.stride_1];
	for (int l = whole; l < s.W; l++)
		x[l] = from[(l + s.padding_1) % s.stride_1 * apart + (l + s.padding_1) / s.stride_1 - first];
}

/* T channels of a band of the gradient, x of the first one's slice. */
DIRECT_FN void direct_back_channels_(const int T, const struct direct s, const struct direct_band b, int top, const scalar *y, const scalar *w, scalar *x)
{
	const int apart = T * b.run, places = s.Y * s.X;
	scalar sums[s.stride_0 * s.stride_1 * apart];
	int from[places], weight[places];
	for (int a = 0; a < s.stride_0 * s.stride_1; a++) {
		const int count = direct_back_places_(s, b, a / s.stride_1, a % s.stride_1, from, weight);
		const struct direct_sum p = {s.O, s.Z, b.plane, count, s.C * s.Z * places, places, s.Z * places, from, weight};
		direct_run_(T, p, b.run, y, w, NULL, sums + a * apart);
	}
	for (int t = 0; t < T; t++)
		for (int i = 0; i < b.rows * s.stride_0; i++) {
			const int m = (direct_down_(s).first + top) * s.stride_0 + i - s.padding_0;
			if (m >= 0 && m < s.H)
				direct_join_row_(s, sums + i % s.stride_0 * s.stride_1 * apart + t * b.run + i / s.stride_0 * b.pitch, apart, x + (t * s.D * s.H + m) * s.W);
		}
}

/* dx [samples][groups * C][D][H][W] of dy [samples][groups * O][S][P][Q] and w [groups * O][C][Z][Y][X]. */
DIRECT_FN void direct_back_(const struct direct s, int samples, const scalar *y, const scalar *w, scalar *x)
{
	const struct direct_band b = direct_spread_(s);
	const int T = direct_part_(s.C, DIRECT_CHANNELS), whole = s.C / T * T, weights = s.Z * s.Y * s.X, count = direct_down_(s).count;
	scalar spread[b.size];
	direct_clear_(b.size, spread);
	for (int r = 0; r < samples * s.groups; r++)
		for (int d = 0; d < s.D; d++)
			for (int top = 0; top < count; top += b.rows) {
				const int first = top + b.rows <= count ? top : count - b.rows;
				const scalar *of_group = w + r % s.groups * s.O * s.C * weights;
				scalar *to = x + (r * s.C * s.D + d) * s.H * s.W;
				direct_spread_rows_(s, b, y + r * s.O * s.S * s.P * s.Q, d, first, spread);
				for (int c = 0; c < whole; c += T)
					direct_back_channels_(T, s, b, first, spread, of_group + c * weights, to + c * s.D * s.H * s.W);
				if (whole < s.C)
					direct_back_channels_(s.C - whole, s, b, first, spread, of_group + whole * weights, to + whole * s.D * s.H * s.W);
			}
}

/* ---- the weight's gradient ---- */

/* Numbers in whole wides. */
DIRECT_FN int direct_length_(int count)
{
	return (count + WIDE_LANES - 1) / WIDE_LANES * WIDE_LANES;
}

/* Every second one of a and b in turn, from number `at` on. */
DIRECT_FN wide direct_zip_(wide a, wide b, const int at)
{
	wide r = a;
	DIRECT_UNROLL
	for (int i = 0; i < WIDE_LANES; i++)
		r[i] = i % 2 ? b[at + i / 2] : a[at + i / 2];
	return r;
}

/* A square of numbers with rows and columns exchanged: zipping the upper half with the lower one turns the bits of a place round by one. */
DIRECT_FN void direct_turn_(const int rows, const scalar *from, int step, scalar *to, int length)
{
	wide a[WIDE_LANES], b[WIDE_LANES];
	DIRECT_UNROLL
	for (int i = 0; i < WIDE_LANES; i++)
		if (i < rows)
			a[i] = *(const direct_wide *)(from + i * step);
		else
			a[i] = splat_w(0);
	DIRECT_UNROLL
	for (int size = 1; size < WIDE_LANES; size *= 2) {
		DIRECT_UNROLL
		for (int i = 0; i < WIDE_LANES; i++)
			b[i] = direct_zip_(a[i / 2], a[i / 2 + WIDE_LANES / 2], i % 2 * (WIDE_LANES / 2));
		DIRECT_UNROLL
		for (int i = 0; i < WIDE_LANES; i++)
			a[i] = b[i];
	}
	DIRECT_UNROLL
	for (int i = 0; i < WIDE_LANES; i++)
		*(direct_wide *)(to + i * length) = a[i];
}

/* Up to a wide of channels, each so many places, `step` numbers apart, as [places][length]. */
DIRECT_FN void direct_turn_channels_(const int channels, int places, const scalar *y, int step, scalar *to, int length)
{
	int i = 0;
	for (; i + WIDE_LANES <= places; i += WIDE_LANES)
		direct_turn_(channels, y + i, step, to + i * length, length);
	for (; i < places; i++)
		for (int o = 0; o < WIDE_LANES; o++)
			to[i * length + o] = o < channels ? y[o * step + i] : 0;
}

DIRECT_FN void direct_turn_places_(int channels, int places, const scalar *y, int step, scalar *to, int length)
{
	const int whole = channels / WIDE_LANES * WIDE_LANES;
	for (int o = 0; o < whole; o += WIDE_LANES)
		direct_turn_channels_(WIDE_LANES, places, y + o * step, step, to + o, length);
	if (whole < channels)
		direct_turn_channels_(channels - whole, places, y + whole * step, step, to + whole, length);
}

/* How far it is from a place to what the i-th of C planes, J rows and K columns of the kernel meets. */
DIRECT_FN int direct_tap_(const struct direct s, const struct direct_band b, const int J, const int K, int j, int k, int i)
{
	return i / (J * K) * b.plane + direct_at_(s, b, (j + i / K % J) * s.dilation_0, (k + i % K) * s.dilation_1);
}

/* A wide of results, C planes of x, J rows and K columns of the kernel from j and k on. y: [places][length], w: [C][Y][X][length] from there on. */
DIRECT_FN void direct_weight_tile_(const int C, const int J, const int K, const struct direct s, const struct direct_band b, const scalar *x, const scalar *y, const int length, int j, int k, scalar *w)
{
	wide sum[DIRECT_TAPS];
	DIRECT_UNROLL
	for (int i = 0; i < C * J * K; i++)
		sum[i] = *(const direct_wide *)(w + ((i / (J * K) * s.Y + i / K % J) * s.X + i % K) * length);
	for (int p = 0; p < b.rows; p++)
		for (int q = 0; q < s.Q; q++) {
			const wide value = *(const direct_wide *)(y + (p * s.Q + q) * length);
			const scalar *at = x + p * b.pitch + q;
			DIRECT_UNROLL
			for (int i = 0; i < C * J * K; i++)
				sum[i] = fma_w(splat_w(at[direct_tap_(s, b, J, K, j, k, i)]), value, sum[i]);
		}
	DIRECT_UNROLL
	for (int i = 0; i < C * J * K; i++)
		*(direct_wide *)(w + ((i / (J * K) * s.Y + i / K % J) * s.X + i % K) * length) = sum[i];
}

/* The same for T results in sixteen parts: y [T][run], w [T][C][Y][X][PARTS]. */
DIRECT_FN void direct_dots_tile_(const int T, const int C, const int J, const int K, const struct direct s, const struct direct_band b, const scalar *x, const scalar *y, int j, int k, scalar *w)
{
	const int result = s.C * s.Z * s.Y * s.X * PARTS;
	wide sum[DIRECT_SUMS + PARTS];
	DIRECT_UNROLL
	for (int i = 0; i < C * J * K * T * WORKERS; i++) {
		const int tap = i / WORKERS / T;
		sum[i] = *(const direct_wide *)(w + i / WORKERS % T * result + ((tap / (J * K) * s.Y + tap / K % J) * s.X + tap % K) * PARTS + i % WORKERS * WIDE_LANES);
	}
	for (int q = 0; q < b.run; q += PARTS) {
		DIRECT_UNROLL
		for (int i = 0; i < C * J * K * T * WORKERS; i++) {
			const int at = q + i % WORKERS * WIDE_LANES;
			sum[i] = fma_w(*(const direct_wide *)(x + direct_tap_(s, b, J, K, j, k, i / WORKERS / T) + at), *(const direct_wide *)(y + i / WORKERS % T * b.run + at), sum[i]);
		}
	}
	DIRECT_UNROLL
	for (int i = 0; i < C * J * K * T * WORKERS; i++) {
		const int tap = i / WORKERS / T;
		*(direct_wide *)(w + i / WORKERS % T * result + ((tap / (J * K) * s.Y + tap / K % J) * s.X + tap % K) * PARTS + i % WORKERS * WIDE_LANES) = sum[i];
	}
}

/* T: 0 for a wide of results, `length` numbers a place; else so many results, in parts. */
DIRECT_FN void direct_weight_columns_(const int T, const int C, const int J, const int K, const struct direct s, const struct direct_band b, const scalar *x, const scalar *y, const int length, int j, scalar *w)
{
	const int whole = s.X / K * K, tap = T ? PARTS : length;
	for (int k = 0; k < whole; k += K)
		if (T)
			direct_dots_tile_(T, C, J, K, s, b, x, y, j, k, w + (j * s.X + k) * tap);
		else
			direct_weight_tile_(C, J, K, s, b, x, y, length, j, k, w + (j * s.X + k) * tap);
	if (whole < s.X && T)
		direct_dots_tile_(T, C, J, s.X - whole, s, b, x, y, j, whole, w + (j * s.X + whole) * tap);
	else if (whole < s.X)
		direct_weight_tile_(C, J, s.X - whole, s, b, x, y, length, j, whole, w + (j * s.X + whole) * tap);
}

/* C planes of x: several only with all rows of their kernels, several rows only with all columns. */
DIRECT_FN void direct_weight_rows_(const int T, const int C, const int most, const struct direct s, const struct direct_band b, const scalar *x, const scalar *y, const int length, scalar *w)
{
	const int K = direct_part_(s.X, most), J = K < s.X ? 1 : C > 1 ? s.Y : direct_part_(s.Y, most / s.X), whole = s.Y / J * J;
	for (int j = 0; j < whole; j += J)
		direct_weight_columns_(T, C, J, K, s, b, x, y, length, j, w);
	if (whole < s.Y)
		direct_weight_columns_(T, C, s.Y - whole, K, s, b, x, y, length, whole, w);
}

DIRECT_FN void direct_weight_planes_(const int T, const int most, const struct direct s, const struct direct_band b, const scalar *x, const scalar *y, const int length, scalar *w)
{
	const int planes = s.C * s.Z, C = s.Y * s.X > most / 2 ? 1 : direct_part_(planes, most / (s.Y * s.X)), whole = planes / C * C, plane = s.Y * s.X * (T ? PARTS : length);
	for (int c = 0; c < whole; c += C)
		direct_weight_rows_(T, C, most, s, b, x + c * b.plane, y, length, w + c * plane);
	if (whole < planes)
		direct_weight_rows_(T, planes - whole, most, s, b, x + whole * b.plane, y, length, w + whole * plane);
}

/* `channels` results of a group from the first of y and w on: vectors of them. */
DIRECT_FN void direct_weight_vectors_(const int channels, const struct direct s, const struct direct_band b, int samples, const scalar *x, const scalar *y, scalar *w)
{
	const int length = direct_length_(channels), taps = s.C * s.Z * s.Y * s.X;
	scalar image[b.size], turned[b.rows * s.Q * length], sums[taps * length];
	direct_clear_(b.size, image);
	direct_clear_(taps * length, sums);
	for (int r = 0; r < samples; r++)
		for (int slice = 0; slice < s.S; slice++)
			for (int top = 0; top < s.P; top += b.rows) {
				const int first = top + b.rows <= s.P ? top : s.P - b.rows;
				direct_split_(s, b, x + r * s.groups * s.C * s.D * s.H * s.W, slice, first, image);
				direct_turn_places_(channels, b.rows * s.Q, y + ((r * s.groups * s.O * s.S + slice) * s.P + first) * s.Q, s.S * s.P * s.Q, turned, length);
				direct_clear_((top - first) * s.Q * length, turned);            /* rows that the band before had */
				for (int o = 0; o < length; o += WIDE_LANES)
					direct_weight_planes_(0, DIRECT_TAPS, s, b, image, turned + o, length, sums + o);
			}
	for (int o = 0; o < channels; o++)
		for (int i = 0; i < taps; i++)
			w[o * taps + i] = sums[i * length + o];
}

/* T results: sums in parts. */
DIRECT_FN void direct_weight_dots_(const int T, const struct direct s, const struct direct_band b, int samples, const scalar *x, const scalar *y, scalar *w)
{
	const int taps = s.C * s.Z * s.Y * s.X, most = DIRECT_SUMS / (T * WORKERS);
	scalar image[b.size], rows[T * b.run];
	part sums[T * taps * WORKERS];
	direct_clear_(b.size, image);
	direct_clear_(T * b.run, rows);
	direct_clear_(T * taps * PARTS, (scalar *)sums);
	for (int r = 0; r < samples; r++)
		for (int slice = 0; slice < s.S; slice++)
			for (int top = 0; top < s.P; top += b.rows) {
				const int first = top + b.rows <= s.P ? top : s.P - b.rows;
				direct_split_(s, b, x + r * s.groups * s.C * s.D * s.H * s.W, slice, first, image);
				for (int t = 0; t < T; t++)
					for (int p = 0; p < b.rows; p++)
						if (first + p < top)                                    /* the band before had this row */
							direct_clear_(s.Q, rows + t * b.run + p * b.pitch);
						else
							direct_copy_(s.Q, y + (((r * s.groups * s.O + t) * s.S + slice) * s.P + first + p) * s.Q, rows + t * b.run + p * b.pitch);
				direct_weight_planes_(T, most < 1 ? 1 : most, s, b, image, rows, 0, (scalar *)sums);
			}
	for (int i = 0; i < T * taps; i++)
		w[i] = parts_sum_(sums + i * WORKERS);
}

/* dw [groups * O][C][Z][Y][X] of x [samples][groups * C][D][H][W] and dy [samples][groups * O][S][P][Q]. Results in turn are as many as have place. */
DIRECT_FN void direct_weight_(const struct direct s, int samples, const scalar *x, const scalar *y, scalar *w)
{
	const struct direct_band b = direct_image_(s);
	const int taps = s.C * s.Z * s.Y * s.X, fit = DIRECT_NUMBERS / taps / WIDE_LANES * WIDE_LANES, most = s.O < DIRECT_DOTS ? 4 / WORKERS : fit < 4 * WIDE_LANES ? fit : 4 * WIDE_LANES;
	const int many = most < 1 ? 1 : most, T = s.O < DIRECT_DOTS ? direct_part_(s.O, many) : s.O < many ? s.O : many < WIDE_LANES ? WIDE_LANES : many, whole = s.O / T * T;
	for (int g = 0; g < s.groups; g++) {
		const scalar *from = x + g * s.C * s.D * s.H * s.W, *of = y + g * s.O * s.S * s.P * s.Q;
		scalar *to = w + g * s.O * taps;
		for (int o = 0; o < whole; o += T)
			if (s.O < DIRECT_DOTS)
				direct_weight_dots_(T, s, b, samples, from, of + o * s.S * s.P * s.Q, to + o * taps);
			else
				direct_weight_vectors_(T, s, b, samples, from, of + o * s.S * s.P * s.Q, to + o * taps);
		if (whole < s.O && s.O < DIRECT_DOTS)
			direct_weight_dots_(s.O - whole, s, b, samples, from, of + whole * s.S * s.P * s.Q, to + whole * taps);
		else if (whole < s.O)
			direct_weight_vectors_(s.O - whole, s, b, samples, from, of + whole * s.S * s.P * s.Q, to + whole * taps);
	}
}

/* ---- of one, two and three axes ---- */

DIRECT_FN struct direct direct_sequences_(int groups, int C, int W, int O, int X, int Q, int stride, int padding, int dilation)
{
	const struct direct s = {groups, C, 1, 1, W, O, 1, 1, X, 1, 1, Q, 1, 1, stride, 0, 0, padding, 1, 1, dilation};
	return s;
}

DIRECT_FN struct direct direct_images_(int groups, int C, int H, int W, int O, int Y, int X, int P, int Q, int stride_0, int stride_1, int padding_0, int padding_1,
	int dilation_0, int dilation_1)
{
	const struct direct s = {groups, C, 1, H, W, O, 1, Y, X, 1, P, Q, 1, stride_0, stride_1, 0, padding_0, padding_1, 1, dilation_0, dilation_1};
	return s;
}

DIRECT_FN struct direct direct_volumes_(int groups, int C, int D, int H, int W, int O, int Z, int Y, int X, int S, int P, int Q, int stride_0, int stride_1, int stride_2,
	int padding_0, int padding_1, int padding_2, int dilation_0, int dilation_1, int dilation_2)
{
	const struct direct s = {groups, C, D, H, W, O, Z, Y, X, S, P, Q, stride_0, stride_1, stride_2, padding_0, padding_1, padding_2, dilation_0, dilation_1, dilation_2};
	return s;
}
#endif
#endif
