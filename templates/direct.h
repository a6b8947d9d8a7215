/* direct.h: convolutions of images from their definition, many results in registers at a time: no columns in memory. One run a
** process (LANES 1); the vectors are neighbouring places, or neighbouring channels.
**
** An image is split before: its padding is in memory, and each channel has a plane for each pair of remainders of the strides. What a weight
** meets at neighbouring places of the result is then neighbouring memory, and the places of all rows are one run of (P - 1) * pitch + Q. What is
** summed between the end of a row and the start of the next is left out when rows are copied to the result.
**
** Every sum has an order that no register decides: a result adds up channels, rows and columns of the kernel, from its bias on, as the loops
** of conv2d.c do; a weight's gradient samples, rows and columns; the input's gradient all results of a kernel place, then the places. Freestanding. */
#ifndef DIRECT_H
#define DIRECT_H
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
#define DIRECT_FN __attribute__((always_inline, unused)) static inline
/* Sums stay in registers when every loop over them is unrolled: sizes are constants where a trainer calls these functions. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#if __has_feature(address_sanitizer)
#define DIRECT_UNROLL              /* a check at every access, unrolled: minutes of compiling */
#else
#define DIRECT_UNROLL _Pragma("clang loop unroll(full)")
#endif
#else
#define DIRECT_UNROLL _Pragma("GCC unroll 32")
#endif

/* A wide anywhere in memory. */
typedef scalar direct_wide __attribute__((vector_size(WIDE_BYTES), aligned(SCALAR_BYTES), may_alias));

struct direct {
	int C, H, W, O, Y, X, P, Q, stride_0, stride_1, padding_0, padding_1, dilation_0, dilation_1;
	int rows, pitch, plane;             /* of a split image: rows and columns of a plane; all planes of a channel */
	int image;                          /* numbers of a split image, and what vectors may read behind it */
	int run;                            /* the places of all rows, in whole wides */
};

DIRECT_FN struct direct direct_(int C, int H, int W, int O, int Y, int X, int P, int Q, int stride_0, int stride_1, int padding_0, int padding_1, int dilation_0, int dilation_1)
{
	struct direct s = {C, H, W, O, Y, X, P, Q, stride_0, stride_1, padding_0, padding_1, dilation_0, dilation_1, 0, 0, 0, 0, 0};
	s.rows = (H + 2 * padding_0 + stride_0 - 1) / stride_0;
	s.pitch = (W + 2 * padding_1 + stride_1 - 1) / stride_1;
	s.plane = stride_0 * stride_1 * s.rows * s.pitch;
	s.image = C * s.plane + WIDE_LANES;
	s.run = ((P - 1) * s.pitch + Q + WIDE_LANES - 1) / WIDE_LANES * WIDE_LANES;
	return s;
}

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

/* Where pixel (m, l) of the padded image lies in a split channel. */
DIRECT_FN int direct_at_(const struct direct s, int m, int l)
{
	return ((m % s.stride_0 * s.stride_1 + l % s.stride_1) * s.rows + m / s.stride_0) * s.pitch + l / s.stride_1;
}

/* Splits an image; its padding was cleared. */
DIRECT_FN void direct_split_(const struct direct s, const scalar *x, scalar *image)
{
	for (int c = 0; c < s.C; c++)
		for (int m = 0; m < s.H; m++)
			for (int l = 0; l < s.stride_1 && l < s.W; l++) {
				const scalar *from = x + (c * s.H + m) * s.W + l;
				scalar *to = image + c * s.plane + direct_at_(s, m + s.padding_0, l + s.padding_1);
				for (int i = 0; i < (s.W - l + s.stride_1 - 1) / s.stride_1; i++)
					to[i] = from[i * s.stride_1];
			}
}

/* The other way round. Neighbours of a row are written together, so that vectors of several planes are zipped. */
DIRECT_FN void direct_join_(const struct direct s, const scalar *image, scalar *x)
{
	const int whole = s.W / s.stride_1 * s.stride_1;
	for (int c = 0; c < s.C; c++)
		for (int m = 0; m < s.H; m++) {
			const scalar *from = image + c * s.plane;
			scalar *to = x + (c * s.H + m) * s.W;
			for (int i = 0; i < whole; i += s.stride_1)
				DIRECT_UNROLL
				for (int l = 0; l < s.stride_1; l++)
					to[i + l] = from[direct_at_(s, m + s.padding_0, l + s.padding_1) + i / s.stride_1];
			for (int l = whole; l < s.W; l++)
				to[l] = from[direct_at_(s, m + s.padding_0, l + s.padding_1)];
		}
}

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

/* ---- forward ---- */

/* T channels at N wides of places, from x on. w: [T][C][Y][X], to: [T][run]. */
DIRECT_FN void direct_tile_(const int T, const int N, const struct direct s, const scalar *x, const scalar *w, const scalar *b, scalar *to)
{
	wide sum[DIRECT_SUMS];
	DIRECT_UNROLL
	for (int i = 0; i < T * N; i++)
		sum[i] = splat_w(b[i / N]);
	for (int c = 0; c < s.C; c++)
		for (int j = 0; j < s.Y; j++)
			for (int k = 0; k < s.X; k++)
				direct_add_(T, N, x + c * s.plane + direct_at_(s, j * s.dilation_0, k * s.dilation_1), w + (c * s.Y + j) * s.X + k, s.C * s.Y * s.X, sum);
	DIRECT_UNROLL
	for (int t = 0; t < T; t++)
		DIRECT_UNROLL
		for (int i = 0; i < N; i++)
			((direct_wide *)(to + t * s.run))[i] = sum[t * N + i];
}

/* T channels at all places, whose rows become rows of y. */
DIRECT_FN void direct_channels_(const int T, const struct direct s, const scalar *x, const scalar *w, const scalar *b, scalar *y)
{
	const int wides = s.run / WIDE_LANES, N = direct_part_(wides, DIRECT_SUMS / T), whole = wides / N * N;
	scalar sums[T * s.run];
	for (int i = 0; i < whole; i += N)
		direct_tile_(T, N, s, x + i * WIDE_LANES, w, b, sums + i * WIDE_LANES);
	if (whole < wides)
		direct_tile_(T, wides - whole, s, x + whole * WIDE_LANES, w, b, sums + whole * WIDE_LANES);
	for (int t = 0; t < T; t++)
		for (int p = 0; p < s.P; p++)
			for (int q = 0; q < s.Q; q++)
				y[(t * s.P + p) * s.Q + q] = sums[t * s.run + p * s.pitch + q];
}

/* y [O][P][Q] = b [O] + w [O][C][Y][X] over the split image x. */
DIRECT_FN void direct_forward_(const struct direct s, const scalar *x, const scalar *w, const scalar *b, scalar *y)
{
	const int T = direct_part_(s.O, DIRECT_CHANNELS), whole = s.O / T * T, weights = s.C * s.Y * s.X;
	for (int o = 0; o < whole; o += T)
		direct_channels_(T, s, x, w + o * weights, b + o, y + o * s.P * s.Q);
	if (whole < s.O)
		direct_channels_(s.O - whole, s, x, w + whole * weights, b + whole, y + whole * s.P * s.Q);
}

/* ---- the input's gradient ---- */

/* w [O][C][Y][X] as [C][Y][X][O]. */
DIRECT_FN void direct_turn_weights_(const struct direct s, const scalar *w, scalar *to)
{
	for (int i = 0; i < s.C * s.Y * s.X; i++)
		for (int o = 0; o < s.O; o++)
			to[i * s.O + o] = w[o * s.C * s.Y * s.X + i];
}

/* y [O][P][Q] as [O][run], where what lies between rows was cleared. */
DIRECT_FN void direct_rows_(const struct direct s, const scalar *y, scalar *to)
{
	for (int o = 0; o < s.O; o++)
		for (int p = 0; p < s.P; p++)
			for (int q = 0; q < s.Q; q++)
				to[o * s.run + p * s.pitch + q] = y[(o * s.P + p) * s.Q + q];
}

/* What N wides of places give to T channels through one place of the kernel. w: of this place and the first channel, [O]. */
DIRECT_FN void direct_back_tile_(const int T, const int N, const struct direct s, const scalar *y, const scalar *w, scalar *x)
{
	wide sum[DIRECT_SUMS];
	DIRECT_UNROLL
	for (int i = 0; i < T * N; i++)
		sum[i] = splat_w(0);
	for (int o = 0; o < s.O; o++)
		direct_add_(T, N, y + o * s.run, w + o, s.Y * s.X * s.O, sum);
	DIRECT_UNROLL
	for (int t = 0; t < T; t++)
		DIRECT_UNROLL
		for (int i = 0; i < N; i++)
			((direct_wide *)(x + t * s.plane))[i] += sum[t * N + i];
}

DIRECT_FN void direct_back_places_(const int T, const int N, const struct direct s, const scalar *y, const scalar *w, scalar *x)
{
	for (int j = 0; j < s.Y; j++)
		for (int k = 0; k < s.X; k++)
			direct_back_tile_(T, N, s, y, w + (j * s.X + k) * s.O, x + direct_at_(s, j * s.dilation_0, k * s.dilation_1));
}

DIRECT_FN void direct_back_channels_(const int T, const struct direct s, const scalar *y, const scalar *w, scalar *x)
{
	const int wides = s.run / WIDE_LANES, N = direct_part_(wides, DIRECT_SUMS / T), whole = wides / N * N;
	for (int i = 0; i < whole; i += N)
		direct_back_places_(T, N, s, y + i * WIDE_LANES, w, x + i * WIDE_LANES);
	if (whole < wides)
		direct_back_places_(T, wides - whole, s, y + whole * WIDE_LANES, w, x + whole * WIDE_LANES);
}

/* Adds the gradient to a split image that was cleared: y [O][run], w [C][Y][X][O]. */
DIRECT_FN void direct_back_(const struct direct s, const scalar *y, const scalar *w, scalar *x)
{
	const int T = direct_part_(s.C, DIRECT_CHANNELS), whole = s.C / T * T, weights = s.Y * s.X * s.O;
	for (int c = 0; c < whole; c += T)
		direct_back_channels_(T, s, y, w + c * weights, x + c * s.plane);
	if (whole < s.C)
		direct_back_channels_(s.C - whole, s, y, w + whole * weights, x + whole * s.plane);
}

/* ---- the weight's gradient ---- */

/* Channels of the result in whole wides. */
DIRECT_FN int direct_length_(const struct direct s)
{
	return (s.O + WIDE_LANES - 1) / WIDE_LANES * WIDE_LANES;
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

/* Up to a wide of channels of y, [O][P][Q], as [P][Q][length]. */
DIRECT_FN void direct_turn_channels_(const int channels, const struct direct s, const scalar *y, scalar *to)
{
	const int places = s.P * s.Q, length = direct_length_(s);
	int i = 0;
	for (; i + WIDE_LANES <= places; i += WIDE_LANES)
		direct_turn_(channels, y + i, places, to + i * length, length);
	for (; i < places; i++)
		for (int o = 0; o < WIDE_LANES; o++)
			to[i * length + o] = o < channels ? y[o * places + i] : 0;
}

DIRECT_FN void direct_turn_places_(const struct direct s, const scalar *y, scalar *to)
{
	const int whole = s.O / WIDE_LANES * WIDE_LANES;
	for (int o = 0; o < whole; o += WIDE_LANES)
		direct_turn_channels_(WIDE_LANES, s, y + o * s.P * s.Q, to + o);
	if (whole < s.O)
		direct_turn_channels_(s.O - whole, s, y + whole * s.P * s.Q, to + whole);
}

/* A wide of results, C channels of x, J rows of the kernel from j on. w: of this row. */
DIRECT_FN void direct_weight_tile_(const int C, const int J, const struct direct s, const scalar *x, const scalar *y, int j, scalar *w)
{
	const int length = direct_length_(s);
	wide sum[DIRECT_TAPS];
	DIRECT_UNROLL
	for (int i = 0; i < C * J * s.X; i++)
		sum[i] = *(const direct_wide *)(w + i * length);
	for (int p = 0; p < s.P; p++)
		for (int q = 0; q < s.Q; q++) {
			const wide value = *(const direct_wide *)(y + (p * s.Q + q) * length);
			const scalar *at = x + p * s.pitch + q;
			DIRECT_UNROLL
			for (int i = 0; i < C * J * s.X; i++) {
				const int c = i / (J * s.X), row = j + i / s.X % J;
				sum[i] = fma_w(splat_w(at[c * s.plane + direct_at_(s, row * s.dilation_0, i % s.X * s.dilation_1)]), value, sum[i]);
			}
		}
	DIRECT_UNROLL
	for (int i = 0; i < C * J * s.X; i++)
		*(direct_wide *)(w + i * length) = sum[i];
}

/* C channels of x: several only with all rows of their kernels. */
DIRECT_FN void direct_weight_channels_(const int C, const struct direct s, const scalar *x, const scalar *y, scalar *w)
{
	const int J = C > 1 ? s.Y : direct_part_(s.Y, DIRECT_TAPS / s.X), whole = s.Y / J * J, row = s.X * direct_length_(s);
	for (int j = 0; j < whole; j += J)
		direct_weight_tile_(C, J, s, x, y, j, w + j * row);
	if (whole < s.Y)
		direct_weight_tile_(C, s.Y - whole, s, x, y, whole, w + whole * row);
}

/* Adds one image's part to w [C][Y][X][length]: x split, y [P][Q][length]. */
DIRECT_FN void direct_weight_(const struct direct s, const scalar *x, const scalar *y, scalar *w)
{
	const int length = direct_length_(s), C = s.Y * s.X > DIRECT_TAPS / 2 ? 1 : direct_part_(s.C, DIRECT_TAPS / (s.Y * s.X)), whole = s.C / C * C;
	for (int o = 0; o < length; o += WIDE_LANES) {
		for (int c = 0; c < whole; c += C)
			direct_weight_channels_(C, s, x + c * s.plane, y + o, w + c * s.Y * s.X * length + o);
		if (whole < s.C)
			direct_weight_channels_(s.C - whole, s, x + whole * s.plane, y + o, w + whole * s.Y * s.X * length + o);
	}
}

/* w [C][Y][X][length] as [O][C][Y][X]. */
DIRECT_FN void direct_weights_(const struct direct s, const scalar *w, scalar *to)
{
	for (int o = 0; o < s.O; o++)
		for (int i = 0; i < s.C * s.Y * s.X; i++)
			to[o * s.C * s.Y * s.X + i] = w[i * direct_length_(s) + o];
}
#endif
#endif
