/* trace_init.c: initial values, as torch.nn.init has them. Those that depend on a tensor's shape become numbers when the shape is known, so that
** graphs and trainers know few kinds. What draws them is runtime/trainer/state.c. */
#include "trace.h"

#include <mosaic.h>

#include <math.h>
#include <string.h>

static nn_init init_of(const char *name, int count, double a, double b)
{
	nn_init init;
	if (count == 0)
		snprintf(init.text, sizeof init.text, "%s", name);
	else if (count == 1)
		snprintf(init.text, sizeof init.text, "%s(%.17g)", name, a);
	else
		snprintf(init.text, sizeof init.text, "%s(%.17g,%.17g)", name, a, b);
	if (!isfinite(a) || !isfinite(b))
		trace_fail("nn_%s: the numbers must be finite, got %g and %g", name, a, b);
	return init;
}

nn_init nn_zeros(void)
{
	return init_of("zeros", 0, 0, 0);
}

nn_init nn_ones(void)
{
	return init_of("ones", 0, 0, 0);
}

nn_init nn_fill(double value)
{
	return init_of("fill", 1, value, 0);
}

nn_init nn_uniform(double low, double high)
{
	if (low > high)
		trace_fail("nn_uniform: from %g to %g; the first is to be the smaller", low, high);
	return init_of("uniform", 2, low, high);
}

nn_init nn_normal(double mean, double deviation)
{
	if (deviation < 0)
		trace_fail("nn_normal: a deviation of %g; it cannot be negative", deviation);
	return init_of("normal", 2, mean, deviation);
}

static nn_init by_gain(const char *name, double gain, int fan)
{
	if (!(gain > 0))
		trace_fail("nn_%s: a gain of %g; it is to be above 0", name, gain);
	if (fan != NN_FAN_IN && fan != NN_FAN_OUT)
		trace_fail("nn_%s: the second argument is NN_FAN_IN or NN_FAN_OUT", name);
	if (!isfinite(gain))
		trace_fail("nn_%s: the gain must be finite", name);
	nn_init init;
	snprintf(init.text, sizeof init.text, "%.20s(%.17g,%d)", name, gain, fan == NN_FAN_OUT);
	return init;
}

nn_init nn_xavier_uniform(double gain)
{
	return by_gain("xavier_uniform", gain, NN_FAN_IN);
}

nn_init nn_xavier_normal(double gain)
{
	return by_gain("xavier_normal", gain, NN_FAN_IN);
}

nn_init nn_kaiming_uniform(double gain, enum nn_fan fan)
{
	return by_gain("kaiming_uniform", gain, (int)fan);
}

nn_init nn_kaiming_normal(double gain, enum nn_fan fan)
{
	return by_gain("kaiming_normal", gain, (int)fan);
}

nn_init nn_orthogonal(double gain)
{
	return by_gain("orthogonal", gain, NN_FAN_IN);
}

/* torch.nn.init.calculate_gain. */
double nn_gain(const char *function)
{
	static const struct { const char *name; double gain; } gains[] = {{"linear", 1}, {"conv", 1}, {"sigmoid", 1}, {"tanh", 5.0 / 3}, {"relu", 1.4142135623730951},
		{"leaky_relu", 1.4141428569978354}, {"selu", 0.75}};
	for (size_t i = 0; function && i < sizeof gains / sizeof *gains; i++)
		if (strcmp(gains[i].name, function) == 0)
			return gains[i].gain;
	trace_fail("nn_gain: there is no gain for '%s'\nthere is one for linear, conv, sigmoid, tanh, relu, leaky_relu and selu; others are numbers of yours", function ? function : "NULL");
}

/* ---- for a tensor --------------------------------------------------------------------------- */

/* An nn_init that was not made by one of the functions above is whatever the stack held. */
bool trace_init_valid(const nn_init *init)
{
	static const char *const names[] = {"zeros", "ones", "fill(", "uniform(", "normal(", "xavier_", "kaiming_", "orthogonal("};
	bool known = memchr(init->text, 0, sizeof init->text);
	for (size_t i = 0; known && i < sizeof names / sizeof *names; i++)
		if (strncmp(init->text, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* Axis 0 is what comes out, axis 1 what goes in, further ones are the kernel's. */
static void fans(const struct shape *s, double *in, double *out)
{
	double kernel = 1;
	for (int i = 2; i < s->rank; i++)
		kernel *= (double)s->dim[i];
	*in = (double)s->dim[1] * kernel;
	*out = (double)s->dim[0] * kernel;
}

const char *trace_init_text(struct arena *a, const char *function, const char *name, const struct shape *shape, const nn_init *init)
{
	bool xavier = strncmp(init->text, "xavier_", 7) == 0, kaiming = strncmp(init->text, "kaiming_", 8) == 0, orthogonal = strncmp(init->text, "orthogonal", 10) == 0;
	double gain = 1, mode = 0, in, out;
	if (!xavier && !kaiming && !orthogonal)
		return arena_strdup(a, init->text);
	if (shape->rank < 2)
		trace_fail("%s: '%s' has %d ax%s; nn_%.*s needs at least 2\nit looks at how many values go in and come out: a bias or a scale gets nn_zeros(), nn_ones() or "
			"nn_uniform(low, high)", function, name, shape->rank, shape->rank == 1 ? "is" : "es", (int)strcspn(init->text, "("), init->text);
	sscanf(strchr(init->text, '('), "(%lf,%lf", &gain, &mode);
	if (orthogonal)
		return arena_printf(a, "orthogonal(%.17g)", gain);
	fans(shape, &in, &out);
	double deviation = gain * (xavier ? sqrt(2 / (in + out)) : sqrt(1 / ((int)mode == NN_FAN_OUT ? out : in))), bound = sqrt(3) * deviation;
	return strstr(init->text, "uniform") ? arena_printf(a, "uniform(%.17g,%.17g)", -bound, bound) : arena_printf(a, "normal(0,%.17g)", deviation);
}

/* "weight" is weight, and weight_ih_l0. */
static bool is_called(const char *have, const char *want)
{
	size_t n = strlen(want);
	return strncmp(have, want, n) == 0 && (have[n] == 0 || have[n] == '_');
}

void nn_initialize(nn_tensor layer, const char *name, nn_init init)
{
	struct node *n = trace_arg(layer, "layer", 0, RANK_MAX);
	const struct graph *g = trace_graph();
	struct text has = {0};
	int found = 0, parameters = 0;
	if (!name || !trace_init_valid(&init))
		trace_fail("nn_initialize: %s", name ? "the third argument is no initial value\ngive nn_zeros(), nn_xavier_uniform(1), nn_kaiming_normal(nn_gain(\"relu\"), NN_FAN_IN), ..."
			: "the name is NULL\nof nn_linear it is \"weight\" or \"bias\"");
	for (int i = 0; i < g->nodes.count; i++) {
		struct node *p = g->nodes.at[i];
		if (p->kind != NODE_PARAM || p->buffer || (p != n && (n->kind == NODE_PARAM || p->mark != n->mark)))
			continue;
		text_printf(&has, "%s%s", parameters++ ? ", " : "", p->name);
		if (!is_called(p->name, name))
			continue;
		p->init = trace_init_text(g->arena, "nn_initialize", p->name, &p->shape, &init);
		found++;
	}
	if (!parameters)
		trace_fail("nn_initialize: this tensor comes from no layer with parameters of its own\ngive the result of nn_linear, nn_conv2d, ..., before any other function");
	if (!found)
		trace_fail("nn_initialize: this layer has no parameter '%.63s'\nit has %s", name, has.at);
	text_free(&has);
}
