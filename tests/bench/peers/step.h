/* step.h: how the small peers in C are timed: `peer SECONDS` trains until about so many seconds have passed and prints one line,
** nanoseconds a step by the wall clock, by the CPU's, and the most memory it held in KiB. */
#ifndef STEP_H
#define STEP_H
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static double step_clock(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline float step_normal(void)                  /* nearly: twelve numbers summed */
{
	double s = -6;
	for (int i = 0; i < 12; i++)
		s += (double)rand() / RAND_MAX;
	return (float)s;
}

/* `some` steps by train(), again and again. */
static int step_time(double length, long some, void (*train)(void *), void *at)
{
	struct rusage r;
	double wall, cpu, now;
	long steps = 0;
	train(at);
	wall = now = step_clock(CLOCK_MONOTONIC);
	cpu = step_clock(CLOCK_PROCESS_CPUTIME_ID);
	for (; now - wall < length; now = step_clock(CLOCK_MONOTONIC), steps += some)
		train(at);
	cpu = step_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	getrusage(RUSAGE_SELF, &r);
	printf("%.9g %.9g %ld\n", (now - wall) * 1e9 / (double)steps, cpu * 1e9 / (double)steps, r.ru_maxrss);
	return 0;
}
#endif
