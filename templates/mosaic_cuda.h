/* mosaic_cuda.h: what CUDA programs share: launches, errors, memory, batches, the order of an epoch, and a step as a graph. It comes before the
** network in trainer.cu; mosaic_cuda_runs.h or mosaic_cuda_step.h come behind it. nvcc compiles it, and for tests on a machine without a
** GPU any C++ compiler with a cuda_runtime.h of its own. */
#ifndef MOSAIC_CUDA_H
#define MOSAIC_CUDA_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mosaic_device.h"
#include "mosaic_random.h"

/* A pointer of any type, as C takes void *. */
struct untyped {
	const void *at;
	template <class T> __host__ __device__ operator T *() const { return (T *)at; }
};
/* As trainer.h has it; pointers are on the device. */
struct mosaic_step {
	int n;
	const struct untyped *inputs, *targets;
	const double *hyper;
	double *sums;
	const uint64_t *keys;
	int64_t batch, batches;
};

#ifdef __CUDACC__
#define UNROLL _Pragma("unroll")
#define UNROLL_4 _Pragma("unroll 4")
#else
#define UNROLL
#define UNROLL_4
#endif
enum { THREADS = 128 };                          /* of a block */
static __device__ __forceinline__ int thread_() { return (int)(blockIdx.x * blockDim.x + threadIdx.x); }

/* One number of a run for a function over wides. */
static __device__ __forceinline__ wide spread(const double *lane) { return (scalar)*lane; }

/* ---- errors ---------------------------------------------------------------------------------- */
static cudaStream_t stream_;
static char failure_text_[512];
static const char *failure_() { return failure_text_; }

/* The first failure is the one to tell: what follows are its consequences. */
__attribute__((format(printf, 1, 2))) static bool fails_(const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	if (!*failure_text_)
		vsnprintf(failure_text_, sizeof failure_text_, format, ap);
	va_end(ap);
	return false;
}

static bool good_(cudaError_t error, const char *what)
{
	if (error == cudaSuccess)
		return !*failure_text_;
	const char *hint = error == cudaErrorNoDevice ? "; CUDA_VISIBLE_DEVICES may hide it" : error == cudaErrorInsufficientDriver ? "; the driver is older than the program, or missing"
		: error == cudaErrorMemoryAllocation ? "; other programs may hold its memory" : "";
	return fails_("GPU: %s: %s%s", what, cudaGetErrorString(error), hint);
}

/* kernel<<<...>>>(...), a thread each for `count` places; kernels turn away those that are too many in the last of several blocks. */
#ifdef __CUDACC__
#define LAUNCH(kernel, count, ...) \
	do { \
		const long long count_ = (count); \
		if (count_ > 0) \
			kernel<<<(unsigned)((count_ + THREADS - 1) / THREADS), (unsigned)(count_ < THREADS ? count_ : THREADS), 0, stream_>>>(__VA_ARGS__); \
	} while (0)
/* Sixteen threads for each of `count` rows. */
#define LAUNCH_ROWS(kernel, count, ...) LAUNCH(kernel, (long long)(count) * 16, __VA_ARGS__)
/* Whole blocks, whose threads wait for each other. */
#define LAUNCH_BLOCKS(kernel, blocks, threads, ...) kernel<<<(unsigned)(blocks), (unsigned)(threads), 0, stream_>>>(__VA_ARGS__)
#endif

/* ---- memory ---------------------------------------------------------------------------------- */
/* Zeroed; NULL when there is no room. */
static void *try_alloc_(size_t bytes)
{
	void *at = NULL;
	if (cudaMalloc(&at, bytes ? bytes : 1) != cudaSuccess) {
		cudaGetLastError();
		return NULL;
	}
	return good_(cudaMemsetAsync(at, 0, bytes ? bytes : 1, stream_), "memory") ? at : NULL;
}

static void *alloc_(size_t bytes)
{
	size_t free = 0, all = 0;
	void *at = try_alloc_(bytes);
	if (!at && good_(cudaMemGetInfo(&free, &all), "memory"))
		fails_("GPU: no room for %zu bytes: %zu of %zu are free", bytes, free, all);
	return at;
}

static void release_(void *at)
{
	cudaFree(at);
}

static bool put_(void *to, const void *from, size_t bytes)
{
	return good_(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_), "copying to it");
}

/* ---- batches on their way: a stream beside that of the kernels --------------------------------- */
static struct {
	cudaStream_t stream;
	struct { char *host; size_t bytes; bool locked; cudaEvent_t arrived, left; } slot[MOSAIC_DEVICE_SLOTS];
} ahead_;

static bool open_slot_(int slot)
{
	const unsigned flags = cudaEventDisableTiming;
	if (!ahead_.stream && !good_(cudaStreamCreateWithFlags(&ahead_.stream, cudaStreamNonBlocking), "a stream"))
		return false;
	return ahead_.slot[slot].left || (good_(cudaEventCreateWithFlags(&ahead_.slot[slot].arrived, flags), "an event") && good_(cudaEventCreateWithFlags(&ahead_.slot[slot].left, flags), "an event"));
}

static void free_stage_(int slot)
{
	if (ahead_.slot[slot].locked)
		cudaFreeHost(ahead_.slot[slot].host);
	else
		free(ahead_.slot[slot].host);
	ahead_.slot[slot].host = NULL;
	ahead_.slot[slot].bytes = 0;
}

/* Memory that is not page-locked will do: copies from it take longer. */
static bool grow_stage_(int slot, size_t bytes)
{
	free_stage_(slot);
	ahead_.slot[slot].locked = cudaMallocHost((void **)&ahead_.slot[slot].host, bytes) == cudaSuccess;
	if (!ahead_.slot[slot].locked) {
		cudaGetLastError();
		ahead_.slot[slot].host = (char *)malloc(bytes);
	}
	ahead_.slot[slot].bytes = ahead_.slot[slot].host ? bytes : 0;
	return ahead_.slot[slot].host || fails_("GPU: no room on the host for a batch of %zu bytes", bytes);
}

static void *stage_(int slot, size_t bytes)
{
	if (!open_slot_(slot) || !good_(cudaEventSynchronize(ahead_.slot[slot].arrived), "copying to it") || (bytes > ahead_.slot[slot].bytes && !grow_stage_(slot, bytes)))
		return NULL;
	return good_(cudaStreamWaitEvent(ahead_.stream, ahead_.slot[slot].left, 0), "copying to it") ? ahead_.slot[slot].host : NULL;
}

static bool send_(int slot, void *to, size_t at, size_t bytes)
{
	return good_(cudaMemcpyAsync(to, ahead_.slot[slot].host + at, bytes, cudaMemcpyHostToDevice, ahead_.stream), "copying to it");
}

static bool arrive_(int slot)
{
	return good_(cudaEventRecord(ahead_.slot[slot].arrived, ahead_.stream), "copying to it") && good_(cudaStreamWaitEvent(stream_, ahead_.slot[slot].arrived, 0), "copying to it");
}

static bool leave_(int slot)
{
	return open_slot_(slot) && good_(cudaEventRecord(ahead_.slot[slot].left, stream_), "training on it");
}

static void close_slots_()
{
	if (ahead_.stream)
		cudaStreamSynchronize(ahead_.stream);
	for (int slot = 0; slot < MOSAIC_DEVICE_SLOTS; slot++) {
		free_stage_(slot);
		if (ahead_.slot[slot].arrived)
			cudaEventDestroy(ahead_.slot[slot].arrived);
		if (ahead_.slot[slot].left)
			cudaEventDestroy(ahead_.slot[slot].left);
	}
	if (ahead_.stream)
		cudaStreamDestroy(ahead_.stream);
	memset(&ahead_, 0, sizeof ahead_);
}

static bool get_(void *to, const void *from, size_t bytes)
{
	return good_(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_), "copying from it") && good_(cudaStreamSynchronize(stream_), "training on it") &&
		good_(cudaGetLastError(), "a launch");
}

/* The device that CUDA_VISIBLE_DEVICES names, or the first. */
static bool take_device_()
{
	int count = 0;
	if (stream_)
		return true;
	if (!good_(cudaGetDeviceCount(&count), "none can be used"))
		return false;
	if (count < 1)
		return fails_("GPU: there is none; CUDA_VISIBLE_DEVICES may hide it");
	return good_(cudaSetDevice(0), "it cannot be used") && good_(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "a stream");
}

/* ---- the order of an epoch: mosaic_random_permutation of the runtime, number by number -------- */
struct words_ { uint64_t counter; uint32_t key[2], high[2], at[4]; int next; };

static __device__ uint32_t next_word_(struct words_ *w)
{
	if (w->next == 4) {
		const uint32_t counter[4] = {(uint32_t)w->counter, (uint32_t)(w->counter >> 32), w->high[0], w->high[1]};
		philox_(counter, w->key, w->at);
		w->counter++;
		w->next = 0;
	}
	return w->at[w->next++];
}

static __device__ uint32_t below_(struct words_ *w, uint32_t n)
{
	uint64_t product = (uint64_t)next_word_(w) * n;
	if ((uint32_t)product < n)
		for (uint32_t limit = (0 - n) % n; (uint32_t)product < limit;)
			product = (uint64_t)next_word_(w) * n;
	return (uint32_t)(product >> 32);
}

/* Fisher and Yates; a thread a lane. */
__global__ void shuffle_orders_(int lanes, int samples, const uint64_t *keys, int32_t *order)
{
	const int lane = thread_();
	if (lane >= lanes)
		return;
	struct words_ w = {0, {(uint32_t)keys[2 * lane], (uint32_t)(keys[2 * lane] >> 32)}, {(uint32_t)keys[2 * lane + 1], (uint32_t)(keys[2 * lane + 1] >> 32)}, {0}, 4};
	for (int i = 0; i < samples; i++)
		order[(size_t)i * lanes + lane] = i;
	for (int i = samples - 1; i > 0; i--) {
		int32_t *a = &order[(size_t)i * lanes + lane], *b = &order[(size_t)below_(&w, (uint32_t)i + 1) * lanes + lane], t = *a;
		*a = *b;
		*b = t;
	}
}

/* ---- what both kinds of programs keep -------------------------------------------------------- */
/* Steps as the device sees them: hyper and keys are there too, and `now` moves on with every step. */
struct feed {
	struct mosaic_device_steps s;
	double *sums;
	int64_t now;
	int hypers;
	struct untyped io[MOSAIC_DEVICE_IOS];        /* the batch */
};
static struct {
	int lanes;
	double *hyper, *sums;
	uint64_t *keys;
	size_t hyper_cap;
	int hypers, columns;
} device_;

/* Rates and keys of an epoch; what was there must have been used. */
static bool put_epoch_(struct mosaic_device_steps *s)
{
	const size_t hyper = (size_t)device_.hypers * s->lanes * (s->rates_change ? s->count : 1);
	if (hyper > device_.hyper_cap) {
		cudaStreamSynchronize(stream_);
		release_(device_.hyper);
		device_.hyper = (double *)alloc_(hyper * sizeof(double));
		device_.hyper_cap = device_.hyper ? hyper : 0;
	}
	if (!device_.hyper || !put_(device_.hyper, s->hyper, hyper * sizeof(double)))
		return false;
	if (s->keys && !put_(device_.keys, s->keys, (size_t)s->lanes * sizeof *s->keys))
		return false;
	s->hyper = device_.hyper;
	s->keys = s->keys ? device_.keys : NULL;
	return true;
}

static bool open_epoch_memory_(int lanes, int columns, int hypers)
{
	device_.lanes = lanes;
	device_.columns = columns;
	device_.hypers = hypers;
	device_.sums = (double *)alloc_((size_t)columns * lanes * sizeof(double));
	device_.keys = (uint64_t *)alloc_((size_t)lanes * 2 * sizeof(uint64_t));
	return device_.sums && device_.keys;
}

static void close_epoch_memory_()
{
	release_(device_.sums);
	release_(device_.keys);
	release_(device_.hyper);
	memset(&device_, 0, sizeof device_);
	close_slots_();
}

static bool put_sums_(const double *sums)
{
	return put_(device_.sums, sums, (size_t)device_.columns * device_.lanes * sizeof *sums);
}

static bool get_sums_(double *sums)
{
	return get_(sums, device_.sums, (size_t)device_.columns * device_.lanes * sizeof *sums);
}

static bool shuffle_(int32_t *order, int64_t samples, const uint64_t *keys)
{
	uint64_t *at = (uint64_t *)device_.keys;
	if (!put_(at, keys, (size_t)device_.lanes * 2 * sizeof *keys))
		return false;
	LAUNCH(shuffle_orders_, device_.lanes, device_.lanes, (int)samples, at, order);
	return good_(cudaGetLastError(), "a launch");
}

/* Where sample number `i` of the epoch lies in io `k`, for a lane. */
static __device__ __forceinline__ const real *sample_(const struct mosaic_device_steps *s, int k, int values, int64_t i, int lane)
{
	const int64_t row = s->order ? s->order[i * s->lanes + lane] : i - s->row;
	return (const real *)s->data[k] + (s->set[lane] * s->rows + row) * values;
}

static __device__ __host__ __forceinline__ int samples_of_(const struct mosaic_device_steps *s, int64_t step)
{
	const int64_t left = s->samples - step * s->batch;
	return left < s->batch ? (int)left : s->batch;
}

/* ---- for layers that are launched ------------------------------------------------------------- */
#ifndef MOSAIC_RUNS
static __device__ __forceinline__ const double *hyper_of_(const struct feed *feed)
{
	return feed->s.hyper + (feed->s.rates_change ? (feed->now - feed->s.first) * feed->hypers : 0);
}

__global__ void fill_(int count, real *to, real value)
{
	const int i = thread_();
	if (i < count)
		to[i] = value;
}

/* Memory that a function of the host works in; what an earlier call got is used no longer, but graphs may still know it. */
enum { SCRATCHES = 16 };
static struct { void *at[SCRATCHES]; size_t bytes; int count; } memory_of_launches_;
static __attribute__((unused)) void *scratch_(size_t bytes)
{
	if (memory_of_launches_.count && memory_of_launches_.bytes >= bytes)
		return memory_of_launches_.at[memory_of_launches_.count - 1];
	if (memory_of_launches_.count == SCRATCHES || !(memory_of_launches_.at[memory_of_launches_.count] = alloc_(bytes)))
		return NULL;
	memory_of_launches_.count++;
	memory_of_launches_.bytes = bytes;
	return memory_of_launches_.at[memory_of_launches_.count - 1];
}

static __attribute__((unused)) void scratch_release_()
{
	while (memory_of_launches_.count)
		release_(memory_of_launches_.at[--memory_of_launches_.count]);
}

static void copy_(void *to, const void *from, size_t bytes)
{
	good_(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_), "copying on it");
}
#endif
#endif
