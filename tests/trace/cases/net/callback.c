/* A crash in a function that libc calls. */
#include <stdlib.h>
#include <mosaic.h>

static int compare(const void *a, const void *b)
{
	return *(const int *)a / (*(const int *)b - *(const int *)b);
}

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	int widths[] = {1, 2, 3};
	qsort(widths, 3, sizeof *widths, compare);
	return nn_linear(x, self->width);
}
