/* plot_rank.h: Friedman's test and Nemenyi's critical difference (Demšar 2006). Numbers in, numbers out. */
#ifndef MOSAIC_PLOT_RANK_H
#define MOSAIC_PLOT_RANK_H

#include <stdbool.h>

/* values[block][k]: ranks[j] gets the mean rank of treatment j over `blocks` blocks, 1 for the smallest (or largest); ties share theirs.
** Friedman's statistic, corrected for ties, which is NaN when all tie. */
double friedman(const double *values, int blocks, int k, bool larger, double *ranks);
double chi_square_tail(double x, int freedom);             /* P(X > x) */
double range_cdf(double q, int k);                         /* of the range of k standard normal numbers */
double range_quantile(double p, int k);
/* Mean ranks that differ by at least this differ at the level 0.05, all pairs together. */
double critical_difference(int blocks, int k);

#endif
