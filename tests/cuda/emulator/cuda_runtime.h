/* cuda_runtime.h of the emulator: lets a C++ compiler build a trainer.cu and run its kernels on the CPU, thread by thread, in an order that no kernel may
** depend on; threads of a block that wait for each other take turns, each on a stack of its own. Device memory is memory of the host, with junk in it, so that the sanitizers see every access. Only what trainers use is here.
**   MOSAIC_EMULATOR_ORDER=N      another order of threads for every N
**   MOSAIC_EMULATOR_MEMORY=BYTES how much memory the device has;  MOSAIC_EMULATOR_DEVICES=0: there is none
**   MOSAIC_EMULATOR_LATE=1       what is queued runs when somebody waits for it, not before; =2: only on the stream that was made first
**   MOSAIC_EMULATOR_LOCKED=0     no page-locked memory of the host
**   MOSAIC_EMULATOR_FAILS=N      call number N of the runtime fails, those behind it do not
**   MOSAIC_EMULATOR_LOST=N       the device is lost at launch number N;  MOSAIC_EMULATOR_SEEN=FILE: what CUDA_VISIBLE_DEVICES was, a line a process */
#ifndef EMULATED_CUDA_RUNTIME_H
#define EMULATED_CUDA_RUNTIME_H

#include <deque>
#include <functional>
#include <ucontext.h>
#include <map>
#include <memory>
#include <numeric>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vector>

#define __global__ static __attribute__((noinline))
#define __device__
#define __host__
#define __shared__ static
#define __launch_bounds__(...)
#define __forceinline__ inline __attribute__((always_inline))

struct dim3 { unsigned x, y, z; };
inline dim3 threadIdx, blockIdx, blockDim, gridDim;

enum cudaError_t { cudaSuccess, cudaErrorMemoryAllocation = 2, cudaErrorInsufficientDriver = 35, cudaErrorNoDevice = 100, cudaErrorLaunchFailure = 719, cudaErrorUnknown = 999 };
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum { cudaStreamNonBlocking = 1 };
enum cudaStreamCaptureMode { cudaStreamCaptureModeRelaxed };
enum cudaDeviceAttr { cudaDevAttrMultiProcessorCount, cudaDevAttrMaxThreadsPerMultiProcessor };
typedef std::vector<std::function<void()>> emulated_work;
/* Jobs done and given are counted; what is between is in the queue. */
typedef struct emulated_stream { emulated_work *capture; std::deque<std::function<void()>> queue; long given, done; bool late; } *cudaStream_t;
typedef struct emulated_event { cudaStream_t stream; long at; } *cudaEvent_t;
enum { cudaEventDisableTiming = 2 };
typedef emulated_work *cudaGraph_t, *cudaGraphExec_t;

struct emulated_device { size_t used, room; long launches, lost_at = -1; cudaError_t error; std::map<void *, size_t> *blocks; uint64_t order; };
inline emulated_device emulated;
inline std::vector<cudaStream_t> emulated_streams;
inline std::map<const char *, size_t> emulated_locked;        /* page-locked memory of the host */

static inline long emulated_number(const char *name, long otherwise)
{
	const char *text = getenv(name);
	return text ? strtol(text, NULL, 10) : otherwise;
}

static inline const char *cudaGetErrorString(cudaError_t e)
{
	switch (e) {
	case cudaSuccess: return "no error";
	case cudaErrorMemoryAllocation: return "out of memory";
	case cudaErrorInsufficientDriver: return "CUDA driver version is insufficient for CUDA runtime version";
	case cudaErrorNoDevice: return "no CUDA-capable device is detected";
	case cudaErrorUnknown: return "unknown error";
	default: return "unspecified launch failure";
	}
}

static inline bool emulated_fails()
{
	static const long fails = emulated_number("MOSAIC_EMULATOR_FAILS", -1);
	static long calls;
	return ++calls == fails;
}
#define EMULATED_CALL() do { if (emulated_fails()) return cudaErrorUnknown; } while (0)

static inline cudaError_t cudaGetLastError() { cudaError_t e = emulated.error; return e; }
static inline cudaError_t cudaGetDeviceCount(int *count)
{
	EMULATED_CALL();
	*count = (int)emulated_number("MOSAIC_EMULATOR_DEVICES", 1);
	return *count ? cudaSuccess : cudaErrorNoDevice;
}
static inline cudaError_t cudaSetDevice(int)
{
	EMULATED_CALL();
	emulated.room = (size_t)emulated_number("MOSAIC_EMULATOR_MEMORY", 1l << 32);
	emulated.lost_at = emulated_number("MOSAIC_EMULATOR_LOST", -1);
	emulated.order = (uint64_t)emulated_number("MOSAIC_EMULATOR_ORDER", 1);
	emulated.blocks = new std::map<void *, size_t>;
	const char *seen = getenv("MOSAIC_EMULATOR_SEEN"), *visible = getenv("CUDA_VISIBLE_DEVICES");
	FILE *f = seen ? fopen(seen, "a") : NULL;
	if (f) {
		fprintf(f, "%s\n", visible ? visible : "all");
		fclose(f);
	}
	return cudaSuccess;
}
static inline cudaError_t cudaGetDevice(int *device) { EMULATED_CALL(); *device = 0; return cudaSuccess; }
static inline cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr, int) { EMULATED_CALL(); *value = 8; return cudaSuccess; }
static inline cudaError_t cudaMemGetInfo(size_t *free, size_t *all) { EMULATED_CALL(); *all = emulated.room; *free = emulated.room - emulated.used; return cudaSuccess; }
/* ---- streams, events ---------------------------------------------------------------------------- */
static inline void emulated_drain(cudaStream_t s, long end)
{
	while (s->done < end) {
		std::function<void()> job = s->queue.front();
		s->queue.pop_front();
		s->done++;
		if (!emulated.error)
			job();
	}
}
static inline void emulated_drain_all()
{
	for (cudaStream_t s : emulated_streams)
		emulated_drain(s, s->given);
}
static inline void emulated_queue(cudaStream_t s, std::function<void()> job)
{
	s->queue.push_back(job);
	s->given++;
	if (!s->late)
		emulated_drain(s, s->given);
}
static inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t *s, int)
{
	EMULATED_CALL();
	const long late = emulated_number("MOSAIC_EMULATOR_LATE", 0);
	*s = new emulated_stream();
	(*s)->late = late == 1 || (late == 2 && emulated_streams.empty());
	emulated_streams.push_back(*s);
	return cudaSuccess;
}
static inline cudaError_t cudaStreamSynchronize(cudaStream_t s)
{
	EMULATED_CALL();
	if (s)
		emulated_drain(s, s->given);
	return emulated.error;
}
static inline cudaError_t cudaStreamDestroy(cudaStream_t s)
{
	emulated_drain(s, s->given);
	for (size_t i = 0; i < emulated_streams.size(); i++)
		if (emulated_streams[i] == s)
			emulated_streams.erase(emulated_streams.begin() + (long)i);
	delete s;
	return cudaSuccess;
}
static inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t *e, unsigned) { EMULATED_CALL(); *e = new emulated_event(); return cudaSuccess; }
static inline cudaError_t cudaEventDestroy(cudaEvent_t e) { delete e; return cudaSuccess; }
static inline cudaError_t cudaEventRecord(cudaEvent_t e, cudaStream_t s) { EMULATED_CALL(); *e = {s, s->given}; return emulated.error; }
static inline cudaError_t cudaEventSynchronize(cudaEvent_t e)
{
	EMULATED_CALL();
	if (e->stream)
		emulated_drain(e->stream, e->at);
	return emulated.error;
}
static inline cudaError_t cudaStreamWaitEvent(cudaStream_t s, cudaEvent_t e, unsigned)
{
	EMULATED_CALL();
	const emulated_event recorded = *e;
	if (recorded.stream)
		emulated_queue(s, [=] { emulated_drain(recorded.stream, recorded.at); });
	return emulated.error;
}

/* ---- memory ------------------------------------------------------------------------------------- */
static inline cudaError_t cudaMallocHost(void **at, size_t bytes)
{
	EMULATED_CALL();
	if (emulated_number("MOSAIC_EMULATOR_LOCKED", 1) == 0)
		return cudaErrorMemoryAllocation;
	*at = malloc(bytes);
	emulated_locked[(const char *)*at] = bytes;
	return cudaSuccess;
}
static inline cudaError_t cudaFreeHost(void *at) { emulated_locked.erase((const char *)at); free(at); return cudaSuccess; }
static inline bool emulated_is_locked(const void *from)
{
	for (const auto &block : emulated_locked)
		if ((const char *)from >= block.first && (const char *)from < block.first + block.second)
			return true;
	return false;
}
static inline cudaError_t cudaMalloc(void **at, size_t bytes)
{
	EMULATED_CALL();
	*at = NULL;
	if (bytes > emulated.room - emulated.used)
		return cudaErrorMemoryAllocation;
	*at = aligned_alloc(256, (bytes + 255) / 256 * 256);
	memset(*at, 0xff, bytes);
	emulated.used += bytes;
	(*emulated.blocks)[*at] = bytes;
	return cudaSuccess;
}
static inline cudaError_t cudaFree(void *at)
{
	if (!at)
		return cudaSuccess;
	emulated_drain_all();
	emulated.used -= (*emulated.blocks)[at];
	emulated.blocks->erase(at);
	free(at);
	return cudaSuccess;
}

/* A kernel launches nothing. */
inline bool emulated_inside;
static inline void emulated_from_host()
{
	if (emulated_inside) {
		fprintf(stderr, "a kernel launches a kernel\n");
		abort();
	}
}

/* Now, or when the graph that is being captured is launched. */
static inline cudaError_t emulated_do(cudaStream_t s, std::function<void()> what)
{
	emulated_from_host();
	if (emulated.error)
		return emulated.error;
	if (!s)
		what();
	else if (s->capture)
		s->capture->push_back(what);
	else
		emulated_queue(s, what);
	return emulated.error;
}
/* From memory that may be paged, what it holds now is copied; the device reads locked memory when its turn comes. */
static inline cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t s)
{
	EMULATED_CALL();
	if (kind == cudaMemcpyHostToDevice && s && s->late && !s->capture && !emulated_is_locked(from)) {
		auto held = std::make_shared<std::vector<char>>((const char *)from, (const char *)from + bytes);
		return emulated_do(s, [=] { if (bytes) memcpy(to, held->data(), bytes); });
	}
	return emulated_do(s, [=] { if (bytes) memcpy(to, from, bytes); });
}
static inline cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t s)
{
	EMULATED_CALL();
	return emulated_do(s, [=] { memset(to, value, bytes); });
}
static inline cudaError_t cudaStreamBeginCapture(cudaStream_t s, cudaStreamCaptureMode) { EMULATED_CALL(); s->capture = new emulated_work; return emulated.error; }
static inline cudaError_t cudaStreamEndCapture(cudaStream_t s, cudaGraph_t *graph) { EMULATED_CALL(); *graph = s->capture; s->capture = NULL; return emulated.error; }
static inline cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, int) { EMULATED_CALL(); *exec = new emulated_work(*graph); return emulated.error; }
static inline cudaError_t cudaGraphDestroy(cudaGraph_t graph) { delete graph; return cudaSuccess; }
static inline cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) { emulated_drain_all(); delete exec; return cudaSuccess; }
static inline cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t s)
{
	EMULATED_CALL();
	return emulated_do(s, [=] {
		for (size_t i = 0; i < exec->size() && !emulated.error; i++)
			(*exec)[i]();
	});
}

/* All threads of all blocks, each to its end, in an order that visits each once. */
static __attribute__((unused)) void emulated_grid(unsigned blocks, unsigned threads, const std::function<void()> &kernel)
{
	if (emulated.lost_at >= 0 && emulated.launches++ >= emulated.lost_at) {
		emulated.error = cudaErrorLaunchFailure;
		return;
	}
	const uint64_t all = (uint64_t)blocks * threads;
	uint64_t step = emulated.order % all;
	while (std::gcd(step, all) != 1)
		step++;
	gridDim = {blocks, 1, 1};
	blockDim = {threads, 1, 1};
	emulated_inside = true;
	for (uint64_t i = 0, at = emulated.order % all; i < all; i++, at = (at + step) % all) {
		blockIdx = {(unsigned)(at / threads), 0, 0};
		threadIdx = {(unsigned)(at % threads), 0, 0};
		kernel();
	}
	emulated_inside = false;
}
static __attribute__((unused)) void emulated_launch_all(cudaStream_t s, long long count, int threads, std::function<void()> kernel)
{
	if (count > 0)
		emulated_do(s, [=] { emulated_grid((unsigned)((count + threads - 1) / threads), (unsigned)(count < threads ? count : threads), kernel); });
}
/* ---- blocks whose threads wait for each other --------------------------------------------------- */
#ifdef __SANITIZE_ADDRESS__
extern "C" void __sanitizer_start_switch_fiber(void **, const void *, size_t);
extern "C" void __sanitizer_finish_switch_fiber(void *, const void **, size_t *);
#else
static inline void __sanitizer_start_switch_fiber(void **, const void *, size_t) {}
static inline void __sanitizer_finish_switch_fiber(void *, const void **, size_t *) {}
#endif
/* Those who wait in one place: a block, or a warp. */
struct emulated_crowd { unsigned there, alive, times; };
struct emulated_fiber { ucontext_t context; char *stack; void *fake; bool done; };
enum { EMULATED_STACK = 256 * 1024 };
struct emulated_block {
	std::vector<emulated_fiber> fiber;
	ucontext_t scheduler;
	void *scheduler_fake;
	const void *scheduler_stack;
	size_t scheduler_size;
	emulated_crowd all, warp[32], half[64];
	uint64_t given[1024];
	const std::function<void()> *kernel;
};
inline emulated_block emulated_now;

static __attribute__((unused)) void emulated_yield(bool ends)
{
	emulated_block &b = emulated_now;
	emulated_fiber &f = b.fiber[threadIdx.x];
	__sanitizer_start_switch_fiber(ends ? NULL : &f.fake, b.scheduler_stack, b.scheduler_size);
	swapcontext(&f.context, &b.scheduler);
	__sanitizer_finish_switch_fiber(f.fake, &b.scheduler_stack, &b.scheduler_size);
}

static inline void emulated_wait(emulated_crowd &c)
{
	const unsigned times = c.times;
	if (++c.there == c.alive) {
		c.there = 0;
		c.times++;
	}
	while (c.times == times)
		emulated_yield(false);
}

static inline void emulated_leave(emulated_crowd &c)
{
	if (--c.alive && c.there == c.alive) {
		c.there = 0;
		c.times++;
	}
}

static __attribute__((unused)) void emulated_thread()
{
	__sanitizer_finish_switch_fiber(NULL, &emulated_now.scheduler_stack, &emulated_now.scheduler_size);
	(*emulated_now.kernel)();
	const unsigned me = threadIdx.x;
	emulated_leave(emulated_now.all);
	emulated_leave(emulated_now.warp[me / 32]);
	emulated_leave(emulated_now.half[me / 16]);
	emulated_now.fiber[me].done = true;
	emulated_yield(true);
}

static inline void __syncthreads() { emulated_wait(emulated_now.all); }
/* Of a warp, or of one half of it. */
static inline void __syncwarp(unsigned threads = ~0u)
{
	emulated_wait(threads == ~0u ? emulated_now.warp[threadIdx.x / 32] : emulated_now.half[threadIdx.x / 16]);
}
template <class T> static inline T __shfl_xor_sync(unsigned threads, T x, int other, int = 32)
{
	const unsigned me = threadIdx.x;
	T there;
	memcpy(&emulated_now.given[me], &x, sizeof x);
	__syncwarp(threads);
	memcpy(&there, &emulated_now.given[me ^ (unsigned)other], sizeof there);
	__syncwarp(threads);
	return there;
}

static __attribute__((unused)) void emulated_blocks(unsigned blocks, unsigned threads, const std::function<void()> &kernel)
{
	emulated_block &b = emulated_now;
	if (emulated.lost_at >= 0 && emulated.launches++ >= emulated.lost_at) {
		emulated.error = cudaErrorLaunchFailure;
		return;
	}
	gridDim = {blocks, 1, 1};
	blockDim = {threads, 1, 1};
	b.kernel = &kernel;
	while (b.fiber.size() < threads) {
		b.fiber.push_back(emulated_fiber());
		b.fiber.back().stack = (char *)malloc(EMULATED_STACK);
	}
	emulated_inside = true;
	for (uint64_t k = 0; k < blocks; k++) {
		const unsigned at = (unsigned)((k + emulated.order) % blocks);
		b.all = {0, threads, 0};
		for (unsigned w = 0; w * 32 < threads; w++)
			b.warp[w] = {0, threads - w * 32 < 32 ? threads - w * 32 : 32, 0};
		for (unsigned w = 0; w * 16 < threads; w++)
			b.half[w] = {0, threads - w * 16 < 16 ? threads - w * 16 : 16, 0};
		for (unsigned t = 0; t < threads; t++) {
			emulated_fiber &f = b.fiber[t];
			f.done = false;
			f.fake = NULL;
			getcontext(&f.context);
			f.context.uc_stack.ss_sp = f.stack;
			f.context.uc_stack.ss_size = EMULATED_STACK;
			f.context.uc_link = NULL;
			makecontext(&f.context, emulated_thread, 0);
		}
		/* Another thread begins for every order, and every second order goes backwards. */
		for (unsigned left = threads; left;)
			for (unsigned i = 0; i < threads; i++) {
				const unsigned t = (unsigned)((emulated.order % 2 ? i : threads - 1 - i) + emulated.order) % threads;
				if (b.fiber[t].done)
					continue;
				blockIdx = {at, 0, 0};
				threadIdx = {t, 0, 0};
				__sanitizer_start_switch_fiber(&b.scheduler_fake, b.fiber[t].stack, EMULATED_STACK);
				swapcontext(&b.scheduler, &b.fiber[t].context);
				__sanitizer_finish_switch_fiber(b.scheduler_fake, NULL, NULL);
				left -= b.fiber[t].done;
			}
	}
	emulated_inside = false;
}
template <class... P, class... A> static void emulated_launch_blocks(cudaStream_t s, void (*kernel)(P...), long long blocks, int threads, A... a)
{
	emulated_do(s, [=] { emulated_blocks((unsigned)blocks, (unsigned)threads, [=] { kernel(a...); }); });
}
#define LAUNCH_ROWS(kernel, count, ...) emulated_launch_blocks(stream_, kernel, ((long long)(count) * 16 + THREADS - 1) / THREADS, (long long)(count) * 16 < THREADS ? (int)(count) * 16 : THREADS, ##__VA_ARGS__)
#define LAUNCH_BLOCKS(kernel, blocks, threads, ...) emulated_launch_blocks(stream_, kernel, blocks, threads, ##__VA_ARGS__)

template <class... P, class... A> static void emulated_launch(cudaStream_t s, void (*kernel)(P...), long long count, int threads, A... a)
{
	emulated_launch_all(s, count, threads, [=] { kernel(a...); });
}
#define LAUNCH(kernel, count, ...) emulated_launch(stream_, kernel, count, THREADS, ##__VA_ARGS__)
#endif
