/* mlp.c: the two networks of the tutorial, a brick and a funnel with as many neurons. They are compared to see what the
** shape alone changes. */
#include <mosaic.h>

enum activation { sigmoid, relu, tanh };

static void check_shape(const char *class, int length, int width)
{
	if (length < 1 || width < 1)
		mosaic_fail("%s: length (%d) and width (%d) must be at least 1", class, length, width);
}

/* A brick: `length` hidden layers of `width` neurons. */
struct mlp_brick {
	int input_size, output_size;        /* from the dataset's info */
	int length;                         /* hidden layers */
	int width;                          /* neurons in each */
	enum activation activation MOSAIC_DEFAULT(sigmoid); /* of the hidden layers */
};

void mlp_brick_init(struct mlp_brick *self)
{
	check_shape("mlp_brick", self->length, self->width);
}

nn_tensor mlp_brick_forward(const struct mlp_brick *self, nn_tensor x)
{
	for (int i = 0; i < self->length; i++) {
		nn_tensor h = nn_linear(x, self->width);
		x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h);
	}
	return nn_sigmoid(nn_linear(x, self->output_size));
}

/* A funnel: the neurons of a brick of this `length` and `width`, many in the first hidden layer, fewer in each that follows. */
struct mlp_funnel {
	int input_size, output_size;        /* from the dataset's info */
	int length;                         /* hidden layers */
	int width;                          /* mean neurons a hidden layer */
	enum activation activation MOSAIC_DEFAULT(sigmoid); /* of the hidden layers */
};

void mlp_funnel_init(struct mlp_funnel *self)
{
	check_shape("mlp_funnel", self->length, self->width);
}

/* Starts from the brick and moves `width` neurons, one at a time, to the first layer. They are taken from the last layer,
** then from the last two, the last three, ..., so that the later a layer stands, the more it gives and the layers after the
** first fall in a line. No layer gives its last neuron.
** Length 4: 4 2 1 1 for width 2, 6 3 2 1 for width 3, 8 3 3 2 for width 4. */
static void funnel_sizes(int length, int width, int size[])
{
	int moved = 0, before = -1;
	for (int i = 0; i < length; i++)
		size[i] = width;
	while (moved < width && moved > before) {
		before = moved;
		for (int from = length - 1; from > 0; from--)
			for (int i = from; i < length && moved < width; i++)
				if (size[i] > 1) {
					size[i]--;
					moved++;
				}
	}
	size[0] += moved;
}

nn_tensor mlp_funnel_forward(const struct mlp_funnel *self, nn_tensor x)
{
	int size[self->length];
	funnel_sizes(self->length, self->width, size);
	for (int i = 0; i < self->length; i++) {
		nn_tensor h = nn_linear(x, size[i]);
		x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h);
	}
	return nn_sigmoid(nn_linear(x, self->output_size));
}
