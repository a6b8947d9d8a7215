/* What the recurrent layers rnn, lstm and gru share: each is one op over all steps of a sequence, and its gradient one more. Their input is
** the product of all steps with the input's weight, made by linear in one go; only the recurrent product is left to the steps. What a step needs
** again on the way back stays in the result, H numbers of each kind (recurrent.h); layers, directions and dropout are made of ops (rnn.c). */
#ifdef OP_RULES

#define RECURRENT_LETTERS "T:steps I:in G:gates H:hidden S:state"

/* Numbers a unit: sums of the input, sums of the state, what a step keeps, and what its gradient gives. */
struct recurrent { const char *name; int in, sums, keeps, gives; };
static const struct recurrent recurrent_kinds[] = {{"rnn", 1, 1, 1, 1}, {"lstm", 4, 4, 6, 6}, {"gru", 3, 3, 5, 5}};

static const struct recurrent *recurrent_of(const struct node *n)
{
	const char *name = n->op->name;
	return &recurrent_kinds[*name == 'r' ? 0 : *name == 'l' ? 1 : 2];
}

/* "p [2,3,8], w [8,2] and h [2,3]": the shapes of all inputs, for messages. */
static bool recurrent_wrong(const struct node *n, const char *what, struct text *why)
{
	text_printf(why, "%s: ", what);
	for (int k = 0; k < n->in_count; k++) {
		text_add(why, k == 0 ? "" : k + 1 < n->in_count ? ", " : " and ");
		shape_text(&n->in[k]->shape, why);
	}
	return false;
}

/* Is it [size] or [samples,size], with the samples of the sequence x? */
static bool recurrent_state(const struct shape *s, const struct shape *x, int64_t size)
{
	return s->rank == 2 && s->batch == x->batch && s->dim[0] == x->dim[0] && s->dim[1] == size;
}

/* The first input [B,T,numbers of `first` kinds], the second w [sums H,H]; then a bias of the sums, states [B,H], and what has the shape of the first. */
static bool recurrent_shape(const struct node *n, int first, int result, int biases, int states, bool again, struct shape *out, struct text *why)
{
	const struct shape *x = &n->in[0]->shape, *w = &n->in[1]->shape;
	if (x->rank != 3 || x->batch > 0)
		return recurrent_wrong(n, "a sequence is [samples,steps,numbers]", why);
	int64_t h = w->rank == 2 ? w->dim[1] : 0;
	if (h < 1 || w->batch >= 0 || w->dim[0] != recurrent_of(n)->sums * h || x->dim[2] != first * h)
		return recurrent_wrong(n, "the weight of the states does not fit", why);
	for (int k = 2; k < 2 + biases; k++)
		if (n->in[k]->shape.rank != 1 || n->in[k]->shape.batch >= 0 || n->in[k]->shape.dim[0] != w->dim[0])
			return recurrent_wrong(n, "the bias does not fit", why);
	for (int k = 2 + biases; k < 2 + biases + states; k++)
		if (!recurrent_state(&n->in[k]->shape, x, h))
			return recurrent_wrong(n, "the first state does not fit", why);
	if (again && !shape_equal(&n->in[n->in_count - 1]->shape, x))
		return recurrent_wrong(n, "the gradient does not fit", why);
	*out = *x;
	out->dim[2] = result * h;
	return true;
}

/* One recurrent product of all samples is a matrix product from here on. */
static bool recurrent_large(const struct node *n)
{
	const struct shape *x = &n->in[0]->shape, *w = &n->in[1]->shape;
	return x->dim[0] * shape_count(w) >= LARGE_PRODUCTS;
}

/* Layers whose weight stays in the second cache have a product of their own, which makes gates of its sums in registers. Units are whole vectors of any
** machine there. */
enum { RECURRENT_CACHED = 1 << 18 };
static bool recurrent_units(const struct node *n)
{
	const struct shape *w = &n->in[1]->shape;
	return w->dim[1] % 16 == 0 && shape_count(w) <= RECURRENT_CACHED && recurrent_large(n);
}

/* Where there is room for the weight w of the input too, and it is not most of all, its product is part of that one: its sums are never in memory. */
static bool recurrent_joined(const struct shape *x, const struct shape *w, const struct shape *u)
{
	return u->dim[1] % 16 == 0 && w->dim[1] <= 4 * u->dim[1] && shape_count(w) + shape_count(u) <= RECURRENT_CACHED && x->dim[0] * shape_count(u) >= LARGE_PRODUCTS;
}

/* The same value for all samples, before the first step: nobody asks for its gradient. */
static bool recurrent_constant(const struct node *state)
{
	return state->kind == NODE_OP && strcmp(state->op->name, "expand") == 0 && state->in[0]->kind == NODE_CONST;
}

/* What is dy of h alone, when no more than h is used; NULL: more is. */
static struct node *recurrent_only_h(struct node *dy, int64_t h, int64_t kinds)
{
	bool part = dy->kind == NODE_OP && strcmp(dy->op->name, "unslice") == 0 && dy->attr[0].i[0] == 2 && dy->attr[3].i[0] == 1;
	return part && dy->attr[1].i[0] == (kinds - 1) * h && dy->in[0]->shape.dim[2] == h ? dy->in[0] : NULL;
}

static double recurrent_flops(const struct node *n)
{
	const struct shape *x = &n->in[0]->shape, *w = &n->in[1]->shape;
	double steps = (double)(x->dim[0] * x->dim[1]);
	return steps * (2.0 * (double)shape_count(w) + 30.0 * (double)w->dim[1]);
}

/* ---- parts of sequences, in gradients ---- */

static struct node *recurrent_part(struct graph *g, struct node *x, int axis, int64_t start, int64_t stop)
{
	struct attr a[ATTR_MAX] = {{.i = {axis}, .count = 1}, {.i = {start}, .count = 1}, {.i = {stop}, .count = 1}, {.i = {1}, .count = 1}};
	return start == 0 && stop == x->shape.dim[axis] ? x : g_op(g, "slice", 1, &x, a, x->at);
}

/* Numbers `kind` to `kind` + `count` of every unit at step t: [B,count H]. */
static struct node *recurrent_step(struct graph *g, struct node *x, int64_t t, int64_t h, int kind, int count)
{
	struct node *part = recurrent_part(g, recurrent_part(g, x, 1, t, t + 1), 2, kind * h, (kind + count) * h);
	struct shape s = {.rank = 2, .batch = x->shape.batch, .dim = {x->shape.dim[0], count * h}};
	return reshape_like(g, part, &s);
}

/* The gradient of w: the gradients of the sums times the states before them. `d`: [B,T,sums H]. */
static struct node *recurrent_weight(struct graph *g, struct node *d, struct node *h0, struct node *states)
{
	struct shape s = states->shape;
	struct attr axis[ATTR_MAX] = {{.i = {1}, .count = 1}}, transposed[ATTR_MAX] = {{.i = {1}, .count = 1}, {.i = {0}, .count = 1}};
	s.dim[1] = 1;
	struct node *before = reshape_like(g, h0, &s);
	if (states->shape.dim[1] > 1)
		before = g_op(g, "concat", 2, (struct node *[]){before, recurrent_part(g, states, 1, 0, states->shape.dim[1] - 1)}, axis, d->at);
	return g_op(g, "matmul", 2, (struct node *[]){linear_rows(g, d), linear_rows(g, before)}, transposed, d->at);
}

/* What flows back to the state before a step: the gradients of its sums [B,sums H] through w. */
static struct node *recurrent_back(struct graph *g, struct node *d, struct node *w)
{
	return g_op(g, "matmul", 2, (struct node *[]){d, w}, NULL, d->at);
}

/* ---- second derivatives: the gradient written out step by step, of ordinary nodes, and differentiated ---- */

/* Views of the inputs, so that derivatives stop at them. */
static void recurrent_views(struct graph *g, struct node *n, struct node **views)
{
	for (int k = 0; k < n->in_count; k++)
		views[k] = reshape_like(g, n->in[k], &n->in[k]->shape);
}

/* sum + value times what stands in dy at step t. */
static struct node *recurrent_weighed(struct graph *g, struct node *sum, struct node *value, struct node *dy, int64_t t, int64_t h, int kind)
{
	struct node *dt = recurrent_step(g, dy, t, h, kind, 1);
	struct node *part = g_op(g, "mul", 2, (struct node *[]){value, dt}, NULL, dy->at);
	return sum ? g_op(g, "add", 2, (struct node *[]){sum, part}, NULL, dy->at) : part;
}

static struct node *recurrent_join(struct graph *g, struct node *const *parts, int count)
{
	struct attr axis[ATTR_MAX] = {{.i = {parts[0]->shape.rank - 1}, .count = 1}};
	return count == 1 ? parts[0] : g_op(g, "concat", count, parts, axis, parts[0]->at);
}

/* ---- shapes of the tests ---- */

/* Sequences of 2 samples and 2 steps of 2 units; of 1 step; of 3 steps of 1 unit. back: s in place of p, and ds at the end. */
static bool recurrent_test(const struct recurrent *r, int variant, bool back, int biases, int states, struct shape *in)
{
	static const int64_t sizes[][3] = {{2, 2, 2}, {4, 1, 3}, {2, 3, 1}};
	if (variant >= (back ? 2 : 3))
		return false;
	int64_t b = sizes[variant][0], t = sizes[variant][1], h = sizes[variant][2];
	int k = 0;
	in[k++] = SHAPE(b, t, (back ? r->keeps : r->in) * h);
	in[k++] = SHAPE(r->sums * h, h);
	for (int i = 0; i < biases; i++)
		in[k++] = SHAPE(r->sums * h);
	for (int i = 0; i < states; i++)
		in[k++] = SHAPE(b, h);
	if (back)
		in[k++] = SHAPE(b, t, r->keeps * h);
	return true;
}
#endif
