/* Behind a line, the variable that each call of the line goes to, from left to right: `-` for none, `""` for a return.
** reflect_test.c reads this file as text. */
#include <mosaic.h>
#include "variables.h"

struct state { nn_tensor hidden; struct { nn_tensor inner; } deep; nn_tensor list[4]; };
struct net { int width; };

#define LAYER(x, n) nn_sigmoid(nn_linear(x, n))
#define ASSIGN(to, x) to = nn_relu(x)
#define DECLARE(name, x) nn_tensor name = nn_relu(x)

static nn_tensor block(nn_tensor x, int n)
{
	nn_tensor inside = nn_linear(x, n); /*= inside */
	return nn_relu(inside); /*= "" */
}

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_tensor h = nn_linear(x, self->width); /*= h */
	x = nn_sigmoid(nn_linear(x, self->width)); /*= x x */
	nn_tensor a = nn_relu(h), b = nn_tanh(nn_linear(a, 2)); /*= a b b */
	struct state s = {0}, *p = &s;
	s.hidden = nn_relu(x); /*= hidden */
	p->hidden = nn_relu(x); /*= hidden */
	p->deep.inner = nn_relu(x); /*= inner */
	s.list[self->width - 1] = nn_relu(x); /*= list */
	nn_tensor layers[8] = {nn_linear(x, 3), nn_linear(x, 4)}; /*= layers layers */
	for (int i = 0; i < self->width; i++)
		layers[i] = nn_linear(layers[i], i + 1); /*= layers */
	for (nn_tensor t = nn_relu(x); t; t = NULL) { /*= t */
		nn_tensor u = t;
		(u) = nn_relu(t); /*= u */
	}
	*layers = nn_relu(x); /*= layers */
	h = block(nn_linear(x, 2), 3); /*= h h */
	h = a = nn_relu(b); /*= a */
	x = self->width > 3 ? nn_relu(h) : nn_sigmoid(h); /*= x x */
	x = (nn_relu(h)); /*= x */
	x = nn_add(nn_mul(h, 2.0), nn_mul(nn_relu(a), 0.5)); /*= x x x x */
	nn_tensors both = nn_tensors_of(nn_relu(x), nn_tanh(x)); /*= both */
	both.at[0] = nn_relu(both.at[1]); /*= at */
	h = LAYER(x, 3); /*= h */
	ASSIGN(x, h); /*= x */
	DECLARE(made, x); /*= made */
	nn_relu(made); /*= - */
	nn_report("loss", nn_mean(made)); /*= - - */
	if (nn_size(nn_relu(x), 1) > 3) /*= - - */
		x = ({ nn_tensor w = nn_relu(x); nn_tanh(w); }); /*= w - */
	int64_t n = nn_size(nn_relu(x), -1); /*= n n */
	nn_tensor (*f)(nn_tensor) = n > 3 ? nn_relu : nn_tanh;
	nn_tensor g = f(nn_relu(x)); /*= g g */
	g = nn_add(g, (h = nn_relu(x), nn_tanh(h))); /*= g h g */
	nn_tensor é = nn_relu(g); /*= é */
	(void)é;
	return nn_sigmoid(nn_linear(x, 1)); /*= "" "" */
}
