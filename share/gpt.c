/* gpt.c: a small transformer that reads characters and predicts the next one, for CrossEntropyLoss; the data are those of text.c. */
#include <mosaic.h>

/* Blocks of causal attention and two dense layers, each behind a layer normalisation and beside a way around it. */
struct gpt {
	int steps, characters;              /* of the text, from the dataset's info */
	int width MOSAIC_DEFAULT(64);       /* numbers a character */
	int heads MOSAIC_DEFAULT(4);        /* of attention; width is a multiple of them */
	int blocks MOSAIC_DEFAULT(2);       /* one behind the other */
	double dropout MOSAIC_DEFAULT(0.0); /* of what each part adds */
};

void gpt_init(struct gpt *self)
{
	if (self->width < 1 || self->heads < 1 || self->width % self->heads || self->blocks < 1)
		mosaic_fail("gpt: width (%d) must be a multiple of heads (%d), and there is at least one of blocks (%d)", self->width, self->heads, self->blocks);
}

static nn_tensor block(const struct gpt *self, nn_tensor x)
{
	nn_tensor seen = nn_layer_norm(x, 1);
	nn_tensor attention = nn_multi_head_attention(seen, seen, seen, self->heads, NULL, true);
	x = nn_add(x, nn_dropout(attention, self->dropout));
	nn_tensor inner = nn_gelu(nn_linear(nn_layer_norm(x, 1), 4 * self->width));
	nn_tensor outer = nn_linear(inner, self->width);
	return nn_add(x, nn_dropout(outer, self->dropout));
}

/* [B,steps] to [B,steps,characters]: the scores of what follows each character. */
nn_tensor gpt_forward(const struct gpt *self, nn_tensor text)
{
	nn_tensor letters = nn_embedding(text, self->characters, self->width);
	nn_tensor places = nn_parameter("places", nn_normal(0, 0.02), self->steps, self->width);
	nn_tensor x = nn_add(letters, places);
	for (int i = 0; i < self->blocks; i++)
		x = block(self, x);
	return nn_linear(nn_layer_norm(x, 1), self->characters);
}
