/* mosaic_device.h: the contract between the runtime and the part of a program that runs on a device of its own (mosaic_cuda.h, trainer.cu). For C and C++.
** The runtime owns data, epochs, checkpoints and reports as for every trainer; parameters and state have mirrors on the host, in the layout of a program
** of so many lanes, which are copied when somebody looks. Functions that return bool tell with failure() what went wrong; calls queue up, so a failure
** may be told by a later one. */
#ifndef MOSAIC_DEVICE_H
#define MOSAIC_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MOSAIC_DEVICE_IOS = 16, MOSAIC_DEVICE_SLOTS = 2 };
/* Steps first .. first + count - 1 of an epoch. Pointers are addresses on the device, but for keys and hyper. */
struct mosaic_device_steps {
	int64_t first, count, samples;      /* samples of the epoch: the last batch may hold fewer */
	int batch, lanes;                   /* samples of a full batch of this data */
	const void *data[MOSAIC_DEVICE_IOS];/* by io: [sets][rows][values] reals */
	int64_t rows, row;                  /* samples of a set; the sample of the epoch that is its first row */
	const int32_t *set;                 /* [lanes]: whose data a lane sees */
	const int32_t *order;               /* [samples][lanes]: row of each sample of the epoch; NULL: as they lie */
	const double *hyper;                /* on the host: [steps][hyper_count][lanes]; steps is 1 unless rates change */
	bool rates_change;
	const uint64_t *keys;               /* on the host: [lanes], of this epoch; NULL: nothing is drawn */
	int64_t batches;                    /* of the epoch */
};
struct mosaic_device {
	const char *name;
	int lanes_max;                      /* runs that it trains at once; 1: one */
	/* Takes the device, and memory for so many lanes: 0 lanes: no more than a look, whose answer is how many there is room for; else lanes, or 0. */
	int (*open)(int lanes, size_t params_reals, int arrays, int scalars, int columns, int hypers);
	void (*close)(void);
	const char *(*failure)(void);
	void *(*alloc)(size_t bytes);       /* zeroed; NULL: no room */
	void (*release)(void *at);
	bool (*put)(void *to, const void *from, size_t bytes);
	/* Batches that come while others are trained on, each in one of MOSAIC_DEVICE_SLOTS. stage: memory of the host, page-locked where there is some, that the slot's
	** last copy needs no longer; NULL: a failure. send: bytes from `at` on of it go to the device, when leave() was reached there. arrive: what is queued from now
	** on waits for them. leave: what was queued until now is the last to use the slot. */
	void *(*stage)(int slot, size_t bytes);
	bool (*send)(int slot, void *to, size_t at, size_t bytes);
	bool (*arrive)(int slot);
	bool (*leave)(int slot);
	/* Mirrors: params [params_reals][lanes], state: arrays of that, scalars [scalars][lanes], sums [columns][lanes]. get waits for all that is queued. */
	bool (*put_memory)(const void *params, const void *state, const double *scalars);
	bool (*get_memory)(void *params, void *state, double *scalars);
	bool (*put_sums)(const double *sums);
	bool (*get_sums)(double *sums);
	/* order[0 .. used-1] of each lane: a permutation of 0 .. samples-1 (mosaic_random_permutation); keys on the host, two a lane. scratch: [samples][lanes]. */
	bool (*shuffle)(int32_t *order, int64_t samples, const uint64_t *keys);
	bool (*train)(const struct mosaic_device_steps *s);
	bool (*evaluate)(const struct mosaic_device_steps *s);
	bool (*predict)(int n, const void *const *inputs, void *const *outputs);   /* on the host, of lane 0 */
	bool (*gradient)(int n, const void *const *inputs, const void *const *targets, const uint64_t *keys, double *sums, void *grads);   /* the same, for tests */
};
extern const struct mosaic_device mosaic_device;

#ifdef __cplusplus
}
#endif
#endif
