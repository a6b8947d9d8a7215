/* group.h: the runs that share the steps of a program, one run a lane. For the files that train them only, in the order of the calls:
** train.c makes groups, group.c takes one through its epochs, epoch.c and epoch_device.c do the steps of an epoch on the CPU or on a
** device, lane.c is what becomes of each run. What a run gives never depends on its lane or on the runs beside it: lanes only share the
** instructions. */
#ifndef MOSAIC_GROUP_H
#define MOSAIC_GROUP_H

#include "driver.h"

struct trainer_group {
	const struct mosaic_program *p;
	struct trainer_report *report;
	struct trainer_run **runs;                       /* one a lane; unused lanes repeat the first */
	bool *active;                                    /* still to be told of: not done, not failed */
	int count;
	struct trainer_loader loader[MOSAIC_SPLITS];
	struct trainer_feed feed[MOSAIC_SPLITS];         /* instead, where the program runs on a device */
	bool mirrored;                                   /* the program's memory on the host is that of the device */
	double *hyper, *sums[MOSAIC_SPLITS];             /* [][lanes] */
	int64_t epoch, step;
	uint64_t *keys, *epoch_keys;                     /* [lanes]: of the random numbers of a step, and of an epoch */
	double interval, last_checkpoint, last_look;
	int64_t look_every, countdown;                   /* steps between looks at the clock */
};

static inline bool trainer_finite(double x)
{
	return x - x == 0;
}

/* ---- group.c: from the first epoch to the last --------------------------------------------------- */
void trainer_group_train(const struct mosaic_program *p, struct trainer_run **runs, int count, struct trainer_report *report);
bool trainer_group_active(const struct trainer_group *g);             /* a run is left */
int64_t trainer_group_batches(const struct trainer_group *g, enum mosaic_split split);
int64_t trainer_group_samples(const struct trainer_group *g, enum mosaic_split split);
void trainer_group_clear(struct trainer_group *g, enum mosaic_split split);   /* sums */
/* Looks at the clock, rarely: after so many steps that some milliseconds have passed. False: leave the epoch. */
bool trainer_group_look(struct trainer_group *g);

/* ---- epoch.c: the steps of an epoch. False: asked to stop, or nobody is left; what was not finished is done again --------------- */
bool trainer_epoch_train(struct trainer_group *g);                    /* from g->step on */
bool trainer_epoch_evaluate(struct trainer_group *g);                 /* test, and validation where there is one */
void trainer_epoch_keys(struct trainer_group *g);                     /* into g->epoch_keys */
bool trainer_epoch_rates(struct trainer_group *g, int64_t step);      /* into g->hyper; true if those of the next step differ */

/* ---- epoch_device.c: the same on a device -------------------------------------------------------- */
bool trainer_epoch_train_on_device(struct trainer_group *g);
bool trainer_epoch_evaluate_on_device(struct trainer_group *g);
void trainer_group_to_device(struct trainer_group *g);                /* memory and samples */
bool trainer_group_mirror(struct trainer_group *g);                   /* memory back; false: the device failed, and with it all that were left */

/* ---- lane.c: one run of the group ---------------------------------------------------------------- */
void trainer_lane_load(struct trainer_group *g, int lane);            /* first values, or those of a checkpoint or of given weights */
void trainer_lane_epoch(struct trainer_group *g, int lane);           /* an epoch of all lanes is over */
void trainer_lane_done(struct trainer_group *g, int lane);
void trainer_lane_diverged(struct trainer_group *g, int lane, const char *column, double value);
void trainer_lane_ends(struct trainer_group *g, int lane);            /* whatever its status is now */
void trainer_lanes_checkpoint(struct trainer_group *g);
void trainer_lanes_interrupt(struct trainer_group *g);
#endif
