/* plot.h: the internal header of the plotting commands. Text goes to gnuplot through a pipe while it is made; all lengths are
** points (1/72 inch) from the lower left corner of a page, so that a picture is the same in PDF, SVG and PNG. */
#ifndef MOSAIC_PLOT_H
#define MOSAIC_PLOT_H

#include "criterion.h"
#include "interned.h"
#include "launcher.h"
#include "lost.h"

/* ---- plot.c: gnuplot, its text, its files -------------------------------------------------------- */
struct plot;
/* `out` ends in .pdf, .svg or .png; `script`: where the text is kept, or NULL. NULL after a message. */
struct plot *plot_open(const char *out, const char *script, double width, double height);
void plot_page(struct plot *p);                            /* a new page, empty */
void plot_printf(struct plot *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* `s` as a gnuplot string, quotes included: no character of it means anything to gnuplot, and `room` points of text of `size`
** points are not exceeded (the middle is left out). room 0: any length. */
void plot_text(struct plot *p, const char *s, double room, double size);
double text_width(const char *s, double size);             /* roughly: fonts differ */
/* `place`: what gnuplot writes after the position, such as "center". `id` of one figure; colour "#rrggbb". */
void plot_label(struct plot *p, double x, double y, const char *place, double size, const char *colour, const char *s, double room);
void plot_line(struct plot *p, double x, double y, double to_x, const char *style);
void plot_box(struct plot *p, double x, double y, double width, double height);  /* where the next figure's frame stands */
double plot_x(const struct plot *p, double x);             /* of the page's width, as gnuplot's "screen" wants it */
double plot_y(const struct plot *p, double y);
void plot_nothing(struct plot *p);                         /* the figure has labels only; no frame, no ticks */
void plot_quiet(struct plot *p, bool quiet);               /* standard output is for something else */
int plot_pages(const struct plot *p);
/* Waits for gnuplot and puts its files in place: `out`, or for SVG and PNG of several pages out-1, out-2 and so on. Prints
** "out.pdf: WHAT". With `ok` false nothing is kept. */
enum exit_code plot_close(struct plot *p, const char *what, bool ok);

/* ---- plot_colour.c -------------------------------------------------------------------------------- */
/* Okabe and Ito's colours, without the yellow that is lost on white; lines beyond the seventh differ in their dashes. */
enum { PLOT_COLOURS = 7, PLOT_DASHES = 5 };
extern const char *const plot_colours[PLOT_COLOURS], *const plot_dashes[PLOT_DASHES];
extern const int plot_shapes[PLOT_COLOURS];                /* gnuplot's point types */
int plot_sequential(double u);                             /* 0xrrggbb for 0..1: dark to light, for areas */
int plot_diverging(double u);                              /* blue, grey, vermilion, for lines */

/* ---- plot_names.c ---------------------------------------------------------------------------------- */
/* Where one of the names is longer than `room` points, all lose their common start and end: they are replaced in the array. */
void names_shorten(char **names, int n, double room, double size);
const char *name_of_file(const char *path);                /* without its folders */

/* ---- plot_axis.c: ranges, logarithms, ticks ------------------------------------------------------- */
enum log_mode { LOG_AUTO, LOG_YES, LOG_NO };
struct spread { double low, high, least; int positive, zero, negative; };  /* of finite values; least: the least above 0 */
struct axis { double low, high; bool log; };               /* low < high, always */
bool log_option(const struct args *args, enum log_mode *out);  /* of --log; false after a message */
void spread_add(struct spread *s, double v);
bool spread_empty(const struct spread *s);
/* LOG_AUTO takes logarithms of values that span two decades, when none is negative and few are 0. */
struct axis axis_of(const struct spread *s, enum log_mode mode, double margin);
bool axis_has(const struct axis *a, double v);             /* can it be drawn? */
double axis_to(const struct axis *a, double v);            /* value to 0..1 on the axis */
double axis_from(const struct axis *a, double u);
enum { TICKS_MAX = 100 };
struct ticks { struct { double at; char label[48]; } at[TICKS_MAX]; int count; };   /* a minor one has no label */
/* About `count` of them; `whole`: integers only. */
void axis_ticks(const struct axis *a, int count, bool whole, struct ticks *out);
/* Writes range, scale and ticks of the axis "x", "y", "cb"... */
void axis_write(struct plot *p, const char *name, const struct axis *a, int count, bool whole);

/* ---- plot_stats.c: numbers that are drawn ------------------------------------------------------------ */
struct moments { int n; double mean, sd, low, high; };     /* sd: of a sample (n - 1), 0 for one value */
struct moments moments_of(const double *v, int n);
double quantile(const double *sorted, int n, double q);    /* linear between order statistics */
/* A box plot: quartiles, median, and the last values within 1.5 interquartile ranges of the quartiles. */
struct box { double low, first, median, third, high; };
struct box box_of(const double *sorted, int n);
void sort_reals(double *v, int n);
/* First quartile, median and third quartile of the finite ones; of fewer than 5 the lowest, the median and the highest. Sorts v. */
void band_of(double *v, int n, double out[3]);
/* Gaussian kernel density of `sorted` at `points` places from `from` to `to`; its bandwidth is Silverman's, or 0 when all are equal. */
double bandwidth(const double *sorted, int n);
void density(const double *sorted, int n, double width, double from, double to, double *out, int points);

/* Of n points those that no other one beats: none has a smaller x and at least as good a y, or as small an x and a better y. Of equal
** ones the first. By x ascending in `out`, room for n; how many. */
int pareto_front(const double *x, const double *y, int n, bool larger, int *out);

/* ---- plot_data.c: what is read from the database ------------------------------------------------------ */
struct sample { int64_t id; int data, model, line; double values[CRITERIA]; };  /* numbers of names; data, model: -1 unknown */
struct samples {
	struct sample *at; int count, cap;                     /* by data, by model, by id */
	struct interned data;                                  /* keys of the modules of data_scheme, joined by " | " */
	struct interned model;                                 /* of pipeline_scheme */
	struct interned lines;                                 /* pipelines on one line, the data's modules included */
	struct lost lost;                                      /* those without results, with the same keys */
};
/* Finished runs: those that a selector names, or all. False after a message. */
bool samples_read(struct db *db, const struct args *args, struct samples *out);
void samples_free(struct samples *s);

/* ---- plot_series.c: one criterion against nb_params ------------------------------------------------------- */
struct cell { double x; double *v; int n; struct moments m; };  /* the runs with one nb_params; v is sorted */
struct series { struct cell *cells; int count, most; double *values; int runs, missing; };  /* most: runs of the largest cell */
/* Of `n` runs; missing: those that lack one of both numbers. */
void series_make(const struct sample *at, int n, int criterion, struct series *out);
void series_of(const double *x, const double *y, int n, struct series *out);
void series_free(struct series *s);
/* Writes data blocks: $mean<id> (x, mean), $bars<id> (x, mean, low, high: one standard deviation, but not beyond the values),
** $points<id> (x, value). What the axes cannot show is left out; true if there is something. */
bool series_mean(struct plot *p, int id, const struct series *s, const struct axis *x, const struct axis *y);
bool series_bars(struct plot *p, int id, const struct series *s, const struct axis *x, const struct axis *y);
/* $band<id> (x, low, high): the bars' ends, to be filled between; false if that would be one bar. */
bool series_band(struct plot *p, int id, const struct series *s, const struct axis *x, const struct axis *y);
bool series_points(struct plot *p, int id, const struct series *s, const struct axis *x, const struct axis *y, int most);
/* $violins<id>: closed outlines of the cells of at least `least` runs; density in the axis' own scale, so that it is right on a
** logarithmic one. $quartiles<id> (x, median, first, third) for the same cells. */
bool series_violins(struct plot *p, int id, const struct series *s, const struct axis *x, const struct axis *y, const struct criterion *c, int least);
void series_spread(const struct series *s, bool values, struct spread *x, struct spread *y);  /* values: or only means and bars */

/* ---- plot_violin.c: a density as a shape ---------------------------------------------------------------------- */
/* Writes a closed outline around `at` (0..1 on x), `half` wide where the density is largest. The density is that of the axis' own scale,
** and ends two bandwidths beyond the values, at 0 where none is negative, and at `limit`. False: the values are all the same. */
bool violin_outline(struct plot *p, const double *sorted, int n, const struct axis *x, double at, double half, const struct axis *y, double limit);
double violin_peak(const double *sorted, int n, const struct axis *y, double limit);  /* its largest density; 0: all the same */

/* ---- the commands, each in a file of its own -------------------------------------------------------------- */
enum exit_code cmd_plotloss(const struct args *args);
enum exit_code cmd_metaplot(const struct args *args);
enum exit_code cmd_perfanalysis(const struct args *args);
enum exit_code cmd_perfanalysis_by_config(const struct args *args);
enum exit_code cmd_parallel(const struct args *args);
enum exit_code cmd_importance(const struct args *args);
enum exit_code cmd_pareto(const struct args *args);
enum exit_code cmd_heatmap(const struct args *args);
enum exit_code cmd_surface(const struct args *args);
enum exit_code cmd_critical(const struct args *args);

#endif
