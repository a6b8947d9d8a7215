/* plot_group.h: one figure of several groups of runs against one abscissa. */
#ifndef MOSAIC_PLOT_GROUP_H
#define MOSAIC_PLOT_GROUP_H

#include "plot.h"
#include "plot_ini.h"
#include "plot_table.h"

enum { GROUPED_WIDTH = 842, GROUPED_HEIGHT = 540 };
struct grouped {
	const char *title, *x_name, *y_name;
	const struct interned *names; int count;               /* of the groups */
	enum plot_type type;
	enum violin_scale scale;
	bool band;
	double limit;                                          /* what y cannot exceed */
	const char *lost;                                      /* "2 failed", of all runs; or "" */
	/* grouped_fill: */
	const struct column *x;
	bool places;                                           /* x are places 0, 1, ... of levels, not numbers */
	struct series *series;
	int used, missing, shown;                              /* runs; missing: without x or y; shown: groups that have runs */
};
/* Of `runs` runs those with a group: x from the column, y. */
void grouped_fill(struct grouped *g, const struct column *x, const double *y, const int *group, int runs);
void grouped_draw(struct plot *p, struct grouped *g, enum log_mode mode);   /* a page */
void grouped_free(struct grouped *g);

#endif
