/* plot_anova.h: how much of the variance of a number goes with a grouping of the runs. Numbers in, numbers out. */
#ifndef MOSAIC_PLOT_ANOVA_H
#define MOSAIC_PLOT_ANOVA_H

/* Of the n finite values y in groups 0 .. groups - 1: the share of their variance that lies between the groups, corrected for
** chance: 1 - (SSW / (n - k)) / (SST / (n - 1)) with k groups that have a value. NaN if n = k or all values are equal. */
double share_between(const double *y, const int *group, int n, int groups);

#endif
