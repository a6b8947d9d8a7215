/* Layers that several sources include. */
#ifndef LAYERS_H
#define LAYERS_H
#include <mosaic.h>
#include "deeper.h"

/* A dense layer of its own. */
struct dense {
	int n;                  /* neurons */
};

static nn_tensor dense_forward(const struct dense *self, nn_tensor x)
{
	nn_tensor inside = nn_linear(x, self->n);
	return inside;
}
#endif
