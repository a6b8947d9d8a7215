/* plot_colour.c: colours that the colour-blind can tell apart, and that stand out from white. */
#include "plot.h"

#include <math.h>

const char *const plot_colours[PLOT_COLOURS] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"};
const char *const plot_dashes[PLOT_DASHES] = {"solid", "(11,6)", "(3,4)", "(11,4,3,4)", "(18,6)"};
const int plot_shapes[PLOT_COLOURS] = {7, 5, 9, 13, 11, 4, 6};

/* viridis (van der Walt and Smith 2015, CC0) at nine places: its lightness rises evenly, so that it survives a black and white print. */
static const int viridis[] = {0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725};
/* From blue (good) over grey to vermilion (bad): lines on white, where viridis' yellow would be lost. */
static const int diverging[] = {0x0072b2, 0x4c93bf, 0xa3b7c2, 0xbbbbbb, 0xd2a78c, 0xd98049, 0xd55e00};

static int between(const int *anchors, int count, double u)
{
	u = fmin(fmax(isfinite(u) ? u : 0, 0), 1) * (count - 1);
	int i = (int)fmin(floor(u), count - 2), colour = 0;
	for (int shift = 16; shift >= 0; shift -= 8) {
		double from = anchors[i] >> shift & 255, to = anchors[i + 1] >> shift & 255;
		colour = colour << 8 | (int)(from + (u - i) * (to - from) + 0.5);
	}
	return colour;
}

int plot_sequential(double u)
{
	return between(viridis, sizeof viridis / sizeof *viridis, u);
}

int plot_diverging(double u)
{
	return between(diverging, sizeof diverging / sizeof *diverging, u);
}
