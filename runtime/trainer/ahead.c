/* ahead.c: a thread that loads the next batches of an epoch while this one is trained on: data that waits for a disk then costs no
** time. It fills the slots of the loader's buffers in order, so what a batch holds does not depend on who is faster.
**
** It is started by the first batch that an epoch asks for and ends by itself with the last one. Never two of them read at a time, and
** the thread that trains never reads what it reads: libraries such as HDF5 may be used in streams. */
#include "driver.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct trainer_ahead {
	struct trainer_loader *l;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool running, stop;
	int64_t filled, taken;                     /* batches before `filled` are there; `taken` is in use, those before it are not any more */
};

struct trainer_ahead *trainer_ahead_open(struct trainer_loader *l)
{
	struct trainer_ahead *a = trainer_alloc(1, sizeof *a);

	a->l = l;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	return a;
}

static int batch_samples(const struct trainer_loader *l, int64_t b)
{
	int64_t left = l->samples - b * l->batch;

	return left < l->batch ? (int)left : l->batch;
}

static void fill_slot(struct trainer_loader *l, int64_t b)
{
	for (int k = 0; k < l->io_count; k++)
		if (!l->io[k].base)
			trainer_loader_pack(l, k, b * l->batch, batch_samples(l, b), l->io[k].buffer + (size_t)(b % l->slots) * l->io[k].slot_bytes);
}

static void *work(void *context)
{
	struct trainer_ahead *a = context;
	struct trainer_loader *l = a->l;

	trainer_float_mode();
	pthread_mutex_lock(&a->lock);
	while (!a->stop && a->filled < l->batches) {
		if (a->filled - a->taken >= l->slots) {
			pthread_cond_wait(&a->changed, &a->lock);
			continue;
		}
		int64_t b = a->filled;
		pthread_mutex_unlock(&a->lock);
		fill_slot(l, b);
		pthread_mutex_lock(&a->lock);
		a->filled = b + 1;
		pthread_cond_broadcast(&a->changed);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* Signals are for the thread that trains. */
static bool start(struct trainer_ahead *a, int64_t b)
{
	sigset_t all, before;

	a->filled = a->taken = b;
	a->stop = false;
	sigfillset(&all);
	/* A crash must still be told: its signals come to the thread that crashes. */
	for (size_t i = 0; i < 5; i++)
		sigdelset(&all, (const int[]){SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}[i]);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	a->running = pthread_create(&a->thread, NULL, work, a) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return a->running;
}

int trainer_ahead_take(struct trainer_loader *l, int64_t b)
{
	struct trainer_ahead *a = l->ahead;

	if (a->running || start(a, b)) {
		pthread_mutex_lock(&a->lock);
		a->taken = b;
		pthread_cond_broadcast(&a->changed);
		while (a->filled <= b)
			pthread_cond_wait(&a->changed, &a->lock);
		pthread_mutex_unlock(&a->lock);
	} else {
		fill_slot(l, b);                   /* no more threads on this machine: it takes longer, nothing else */
	}
	for (int k = 0; k < l->io_count; k++)
		l->at[k] = l->io[k].base ? l->io[k].base + (size_t)(b * l->batch) * l->io[k].sample_bytes : l->io[k].buffer + (size_t)(b % l->slots) * l->io[k].slot_bytes;
	if (b + 1 == l->batches)
		trainer_ahead_stop(a);
	trainer_loader_failures(l);
	return batch_samples(l, b);
}

void trainer_ahead_stop(struct trainer_ahead *a)
{
	if (!a || !a->running)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	a->running = false;
}

void trainer_ahead_close(struct trainer_ahead *a)
{
	if (!a)
		return;
	trainer_ahead_stop(a);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
