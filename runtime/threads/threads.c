/* threads.c: the threads of one training. They wait for work a short while by looking, as the next share mostly comes in microseconds, then
** asleep: a trainer that reads data or stands still costs nothing. */
#include "mosaic_threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>

enum { LOOKS = 4000 };                          /* some 50 microseconds */

static struct {
	int count;                                  /* threads, the caller's among them; 0 and 1: no others */
	mosaic_part *part;
	void *context;
	atomic_bool shared;                         /* parts are under way */
	atomic_uint turn;                           /* changes with each share */
	atomic_int left;                            /* parts of others that are not done */
	atomic_int asleep;                          /* threads that want to be woken */
	pthread_mutex_t lock;
	pthread_cond_t changed;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void rest(void)
{
#if defined __x86_64__
	__builtin_ia32_pause();
#elif defined __aarch64__
	__asm__ volatile("yield");
#endif
}

static void wake(void)
{
	if (atomic_load(&pool.asleep) == 0)
		return;
	pthread_mutex_lock(&pool.lock);
	pthread_cond_broadcast(&pool.changed);
	pthread_mutex_unlock(&pool.lock);
}

static bool new_turn(unsigned seen) { return atomic_load(&pool.turn) != seen; }
static bool all_done(unsigned unused) { (void)unused; return atomic_load(&pool.left) == 0; }

/* Whoever changes what is waited for wakes after it: a sleeper says so before it looks for the last time. */
static void await(bool (*is)(unsigned), unsigned seen)
{
	for (int i = 0; i < LOOKS; i++) {
		if (is(seen))
			return;
		rest();
	}
	pthread_mutex_lock(&pool.lock);
	atomic_fetch_add(&pool.asleep, 1);
	while (!is(seen))
		pthread_cond_wait(&pool.changed, &pool.lock);
	atomic_fetch_sub(&pool.asleep, 1);
	pthread_mutex_unlock(&pool.lock);
}

static void *worker(void *index)
{
	for (unsigned seen = 0;; seen++) {
		await(new_turn, seen);
		pool.part(pool.context, (int)(intptr_t)index, pool.count);
		if (atomic_fetch_sub(&pool.left, 1) == 1)
			wake();
	}
	return NULL;
}

bool mosaic_threads_start(int count)
{
	sigset_t all, before;
	int started = 1;
	if (pool.count)
		return count == pool.count;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);   /* signals are the first thread's */
	for (pthread_t thread; started < count && pthread_create(&thread, NULL, worker, (void *)(intptr_t)started) == 0; started++)
		pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pool.count = started;
	return started == count;
}

int mosaic_threads(void)
{
	return pool.count < 2 || atomic_load_explicit(&pool.shared, memory_order_relaxed) ? 1 : pool.count;
}

void mosaic_share(mosaic_part *part, void *context)
{
	if (mosaic_threads() == 1) {
		part(context, 0, 1);
		return;
	}
	pool.part = part;
	pool.context = context;
	atomic_store(&pool.shared, true);
	atomic_store(&pool.left, pool.count - 1);
	atomic_fetch_add(&pool.turn, 1);
	wake();
	part(context, 0, pool.count);
	await(all_done, 0);
	atomic_store(&pool.shared, false);
}
