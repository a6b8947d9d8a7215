/* classifier.c: a perceptron that gives one score a class, for CrossEntropyLoss. Scores are not squeezed: the loss takes
** their softmax itself, without its rounding. */
#include <mosaic.h>

enum activation { relu, tanh, gelu };

/* `length` hidden layers of `width` neurons, then a score for each class. */
struct classifier {
	int output_size;                    /* classes, from the dataset's info */
	int length MOSAIC_DEFAULT(1);       /* hidden layers */
	int width;                          /* neurons in each */
	enum activation activation MOSAIC_DEFAULT(relu); /* of the hidden layers */
};

void classifier_init(struct classifier *self)
{
	if (self->length < 0 || self->width < 1)
		mosaic_fail("classifier: length (%d) must be at least 0, width (%d) at least 1", self->length, self->width);
}

nn_tensor classifier_forward(const struct classifier *self, nn_tensor x)
{
	for (int i = 0; i < self->length; i++) {
		nn_tensor h = nn_linear(x, self->width);
		x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_gelu(h);
	}
	nn_tensor scores = nn_linear(x, self->output_size);
	return scores;
}
