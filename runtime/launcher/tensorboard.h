/* tensorboard.h: runs as TensorBoard event files (tensorboard.c). */
#ifndef MOSAIC_TENSORBOARD_H
#define MOSAIC_TENSORBOARD_H

#include "launcher.h"

struct board_value { const char *name; double value; };
struct board_run {
	int64_t id;
	const char *status;
	double started, seconds;                               /* seconds since 1970, and of training */
	const struct pair *params; int param_count;
	const struct run_curve *curves; int curve_count;
	const struct board_value *results; int result_count;   /* scalars at the last epoch */
};
bool board_write(const char *folder, const struct board_run *r);   /* FOLDER/run_ID/events...; false after a message */
void board_text(const struct board_run *r, struct text *file);     /* the bytes of that file */
double board_time(const char *date);                       /* of "2024-05-01T12:00:00Z"; 0 if it is no date */

#endif
