/* window.h: where the windows of convolutions and pooling meet their input. A window's place number q reads place q * stride + at of an axis;
** what lies outside is padding. Freestanding. */
#ifndef WINDOW_H
#define WINDOW_H

#ifdef __cplusplus                              /* the device part of a CUDA program */
#define WINDOW_FN __attribute__((unused)) static __device__ __forceinline__
#else
#define WINDOW_FN __attribute__((always_inline, unused)) static inline
#endif

/* The first q whose place is not before the axis. */
WINDOW_FN int first_(int at, int stride)
{
	return at < 0 ? (-at + stride - 1) / stride : 0;
}

/* One more than the last of `count` places that is not behind an axis of `size`. */
WINDOW_FN int end_(int at, int stride, int size, int count)
{
	const int last = size - 1 - at;
	return last < 0 ? 0 : last / stride + 1 < count ? last / stride + 1 : count;
}

/* How many places a window of `kernel` places has, from `at` on: of an axis of `size` with a border on both sides. */
WINDOW_FN int part_(int at, int kernel, int size, int border)
{
	const int first = at < -border ? -border : at, end = at + kernel < size + border ? at + kernel : size + border;
	return end - first;
}
#endif
