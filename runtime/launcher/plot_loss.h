/* plot_loss.h: what the two kinds of loss figures share: a run each, or a pipeline each with a band over its runs. */
#ifndef MOSAIC_PLOT_LOSS_H
#define MOSAIC_PLOT_LOSS_H

#include "plot.h"

enum { LOSS_WIDTH = 842, LOSS_HEIGHT = 595, LOSS_CURVES = 2 };   /* A4, landscape; train and test */
extern const char *const loss_names[LOSS_CURVES], *const loss_styles[LOSS_CURVES], *const loss_points[LOSS_CURVES];
struct loss_grid { int size; double cell_width, cell_height, title, small; };  /* title, small: sizes of text */
/* "dataset_OR(1,200,0.8) | mlp_funnel(4,2)": `scheme` lists the types of the data's modules. */
void loss_split(const char *line, const char *scheme, char **data, char **model);
/* Two lines above the frame; of the second one `number` stays whole when the name is too long. */
void loss_title(struct plot *p, const struct loss_grid *g, const char *first, const char *second, const char *number, double left, double bottom);
/* plot_bands.c: a figure a pipeline. */
bool bands_draw(struct plot *p, struct db *db, const struct loss_grid *g, const struct selection *runs, enum log_mode mode, int *figures);

#endif
