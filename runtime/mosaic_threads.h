/* mosaic_threads.h: the work of one training step, shared among threads (`threads = N`). A number is made by one thread, whole and in the
** order that it has anyway: how many threads there are changes no bit. What adds up over samples is shared by results, never by samples. */
#ifndef MOSAIC_THREADS_H
#define MOSAIC_THREADS_H
#include <stdbool.h>
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif

/* Part `part` of `parts`: parts may run at once, in any order. */
typedef void mosaic_part(void *context, int part, int parts);

/* Once, before the first step: `count` threads, this one among them. Those that cannot be started are done without. False: some could not. */
bool mosaic_threads_start(int count);
/* How many share: 1 before mosaic_threads_start, and inside of a part. */
int mosaic_threads(void);
/* All parts, one a thread; returns when all are done. A part that shares again does it alone. */
void mosaic_share(mosaic_part *part, void *context);

/* Where part `part` of `count` things begins; it ends where the next begins. `unit` things are not torn apart. */
static inline int mosaic_begin(int count, int unit, int part, int parts)
{
	const long long units = (count + unit - 1) / unit, begin = units * part / parts * unit;
	return begin < count ? (int)begin : count;
}
#ifdef __cplusplus
}
#endif
#endif
