/* Derived fields, lists, enums, texts. */
#include <mosaic.h>

#include <string.h>

enum kind { plain, gated };

struct net {
	mosaic_ints widths MOSAIC_DEFAULT([3, 2]);
	enum kind kind MOSAIC_DEFAULT(gated);
	const char *name MOSAIC_DEFAULT("two words");
	double scale MOSAIC_DEFAULT(2.5);
	bool twice MOSAIC_DEFAULT(true);
	int input_size;
	int sum MOSAIC_DERIVED;
};

void net_init(struct net *self)
{
	for (int i = 0; i < self->widths.count; i++)
		self->sum += (int)self->widths.at[i];
	if (self->kind != gated || strcmp(self->name, "two words") != 0 || self->scale != 2.5 || !self->twice || self->input_size != 2)
		mosaic_fail("fields are not what the config says");
}

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	return nn_linear(x, self->sum);
}
