/* closest.h: which of many values brings a measure closest to a target. */
#ifndef MOSAICC_CLOSEST_H
#define MOSAICC_CLOSEST_H

#include <stdbool.h>
#include <stdint.h>

struct closest {
	int64_t count;                         /* values, by position */
	bool rising;                           /* the measure does not fall from one to the next: few of many are tried */
	double target;
	double (*measure)(void *context, int64_t position);    /* below 0: this value is not possible */
	void *context;
};
/* The position whose measure is closest, the smaller measure when two are, the first position when those are equal; -1: none is
** possible. Its measure in *reached. */
int64_t closest_find(const struct closest *c, double *reached);

#endif
