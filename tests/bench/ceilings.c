/* ceilings.c: what one or more threads of this machine reach, so that a step's GFLOP/s have something to stand beside.
**   ceilings THREADS fma              GFLOP/s of fused multiply-adds in registers alone
**   ceilings THREADS copy | triad     GB/s of a copy, and of a[i] = b[i] + s c[i] with stores past the caches
**   ceilings THREADS sgemm M N K      GFLOP/s of OpenBLAS
** Prints one number: the best of several tries. Time is that of the threads on their CPUs, so that a shared machine does not look slow; of
** sgemm in several threads, which wait for each other, the wall clock's. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef HAVE_CBLAS
#include <cblas.h>
void openblas_set_num_threads(int threads);
#endif

#if defined __AVX512F__
enum { LANES = 16 };
#elif defined __AVX__
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif
typedef float vector __attribute__((vector_size(LANES * sizeof(float))));
enum { SUMS = 12, TRIES = 5, THREADS_MAX = 256, FLOATS = 64 << 20 };

struct task {
	pthread_barrier_t *start;
	long rounds;
	float *a, *b, *c;
	size_t first, end;
	double work, rate;                  /* operations or bytes; a second */
	void (*run)(struct task *);
	float kept;                         /* so that nothing is left out */
};

static double seconds(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static vector fused(vector a, vector b, vector c)
{
	for (int i = 0; i < LANES; i++)
		a[i] = __builtin_fmaf(a[i], b[i], c[i]);
	return a;
}

static void run_fma(struct task *t)
{
	vector s[SUMS], x = (vector){0} + 0.999f, y = (vector){0} + 1e-3f;
	for (int i = 0; i < SUMS; i++)
		s[i] = x + (float)i;
	for (long r = 0; r < t->rounds; r++) {
#pragma GCC unroll 12
		for (int i = 0; i < SUMS; i++)
			s[i] = fused(s[i], x, y);
		__asm__ volatile("" : "+v"(x), "+v"(y));
	}
	for (int i = 0; i < SUMS; i++)
		t->kept += s[i][0];
	t->work = 2.0 * LANES * SUMS * (double)t->rounds;
}

static void run_copy(struct task *t)
{
	memcpy(t->a + t->first, t->b + t->first, (t->end - t->first) * sizeof(float));
	t->work = 2.0 * sizeof(float) * (double)(t->end - t->first);
}

static void run_triad(struct task *t)
{
	for (size_t i = t->first; i < t->end; i += LANES) {
		vector v = *(vector *)(t->b + i) + 3.0f * *(vector *)(t->c + i);
#ifdef __clang__
		__builtin_nontemporal_store(v, (vector *)(t->a + i));
#else
		*(vector *)(t->a + i) = v;
#endif
	}
	t->work = 3.0 * sizeof(float) * (double)(t->end - t->first);
}

static void *in_thread(void *at)
{
	struct task *t = at;
	pthread_barrier_wait(t->start);
	double from = seconds(CLOCK_THREAD_CPUTIME_ID);
	t->run(t);
	t->rate = t->work / (seconds(CLOCK_THREAD_CPUTIME_ID) - from);
	return NULL;
}

static double rate(int threads, struct task *tasks)
{
	pthread_t id[THREADS_MAX];
	pthread_barrier_t start;
	double sum = 0;
	pthread_barrier_init(&start, NULL, (unsigned)threads);
	for (int i = 0; i < threads; i++) {
		tasks[i].start = &start;
		if (pthread_create(&id[i], NULL, in_thread, &tasks[i]) != 0)
			exit(1);
	}
	for (int i = 0; i < threads; i++) {
		pthread_join(id[i], NULL);
		sum += tasks[i].rate;
	}
	pthread_barrier_destroy(&start);
	return sum / 1e9;
}

static double best_rate(int threads, void (*run)(struct task *))
{
	struct task tasks[THREADS_MAX] = {{0}};
	float *memory = NULL;
	double best = 0;
	if (run != run_fma) {
		if (posix_memalign((void **)&memory, 4096, 3 * sizeof(float) * (size_t)FLOATS) != 0)
			exit(1);
		memset(memory, 1, 3 * sizeof(float) * (size_t)FLOATS);
	}
	for (int i = 0; i < threads; i++) {
		size_t part = (size_t)FLOATS / (size_t)threads / 64 * 64;
		tasks[i] = (struct task){.rounds = 20 << 20, .run = run, .a = memory, .b = memory + FLOATS, .c = memory + 2 * (size_t)FLOATS,
			.first = part * (size_t)i, .end = part * (size_t)(i + 1)};
	}
	for (int i = 0; i < TRIES; i++) {
		double r = rate(threads, tasks);
		best = r > best ? r : best;
	}
	free(memory);
	return best;
}

static double sgemm(int threads, int m, int n, int k)
{
#ifdef HAVE_CBLAS
	size_t floats = (size_t)m * (size_t)k + (size_t)k * (size_t)n + (size_t)m * (size_t)n;
	float *a = NULL, *b, *c;
	double best = 0, flops = 2.0 * m * n * k;
	if (posix_memalign((void **)&a, 4096, floats * sizeof(float)) != 0)
		exit(1);
	for (size_t i = 0; i < floats; i++)
		a[i] = (float)(i % 7) - 3;
	b = a + (size_t)m * (size_t)k;
	c = b + (size_t)k * (size_t)n;
	openblas_set_num_threads(threads);
	for (int i = 0; i < TRIES + 1; i++) {                  /* the first one warms up */
		clockid_t id = threads > 1 ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID;
		double from = seconds(id), now = from;
		long times = 0;
		for (; now - from < 0.06; now = seconds(id), times++)
			cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, a, k, b, n, 0, c, n);
		double r = flops * (double)times / (now - from) / 1e9;
		best = i && r > best ? r : best;
	}
	free(a);
	return best;
#else
	(void)threads, (void)m, (void)n, (void)k;
	return 0;
#endif
}

int main(int argc, char **argv)
{
	int threads = argc > 2 ? atoi(argv[1]) : 0;
	const char *what = argc > 2 ? argv[2] : "";
	if (threads < 1 || threads > THREADS_MAX) {
		fprintf(stderr, "ceilings THREADS fma | copy | triad | sgemm M N K\n");
		return 2;
	}
	if (strcmp(what, "sgemm") == 0 && argc == 6)
		printf("%.3f\n", sgemm(threads, atoi(argv[3]), atoi(argv[4]), atoi(argv[5])));
	else
		printf("%.3f\n", best_rate(threads, strcmp(what, "fma") == 0 ? run_fma : strcmp(what, "copy") == 0 ? run_copy : run_triad));
	return 0;
}
