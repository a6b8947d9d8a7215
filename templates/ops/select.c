/* Ops: embedding, embedding_back, gather, gather_back, argmax, logsumexp
** Elements chosen by indices, which are numbers that hold integers. An index out of range chooses zeros, and data that is used as an index is
** checked by the runtime, as labels are. What chooses has no gradient. */
#ifdef OP_RULES

static struct node *index_back(struct graph *g, struct node *n, const char *op, struct node *index, struct node *dy, int64_t size)
{
	struct attr a[ATTR_MAX] = {{.i = {size}, .count = 1}};
	return g_op(g, op, 2, (struct node *[]){index, dy}, a, n->at);
}

/* index [...], w [V,D] -> [...,D]. */
static bool embedding_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *t = &n->in[0]->shape, *w = &n->in[1]->shape;
	if (w->rank == 2 && w->batch < 0 && t->rank > 0 && t->rank < RANK_MAX && t->batch <= 0 && n->in[0] != n->in[1]) {
		*out = *t;
		out->dim[out->rank++] = w->dim[1];
		return true;
	}
	shape_text(t, why);
	text_add(why, t->batch > 0 ? ": the samples must stand in the first axis" : " are no indices of the rows of ");
	if (t->batch <= 0)
		shape_text(w, why);
	return false;
}

/* attr padding: a row that does not train, as torch's padding_idx. */
static void embedding_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	int64_t rows = n->in[1]->shape.dim[0];
	dx[1] = index_back(g, n, "embedding_back", n->in[0], dy, rows);
	if (!n->attr[0].count)
		return;
	struct attr places[ATTR_MAX] = {{.i = {rows, 1}, .count = 2}, {.i = {-1}, .count = 1}, {.count = 1}};
	struct node *row[] = {g_op(g, "arange", 0, NULL, places, n->at), graph_const(g, (double)n->attr[0].i[0])};
	dx[1] = g_op(g, "mul", 2, (struct node *[]){dx[1], g_op(g, "ne", 2, row, NULL, n->at)}, NULL, n->at);
}

static void embedding_back_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[1] = g_op(g, "embedding", 2, (struct node *[]){n->in[0], dy}, NULL, n->at);
}

/* index [...], dy [...,D], attr size: V -> [V,D]. */
static bool embedding_back_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *t = &n->in[0]->shape, *dy = &n->in[1]->shape;
	struct shape rows = *dy;
	rows.rank--;
	if (t->rank < 1 || dy->rank != t->rank + 1 || !shape_equal(&rows, t) || dy->batch > 0) {
		shape_text(t, why);
		text_add(why, " are no indices of the rows of ");
		shape_text(dy, why);
		return false;
	}
	*out = SHAPE(n->attr[0].i[0], dy->dim[dy->rank - 1]);
	return true;
}

static void gather_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	const struct shape *x = &n->in[0]->shape;
	dx[0] = index_back(g, n, "gather_back", n->in[1], dy, x->dim[x->rank - 1]);
}

static void gather_back_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[1] = g_op(g, "gather", 2, (struct node *[]){dy, n->in[0]}, NULL, n->at);
}

/* index [...,K], dy [...,K], attr size: C -> [...,C]. */
static bool gather_back_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *t = &n->in[0]->shape;
	if (t->rank < 1 || !shape_equal(t, &n->in[1]->shape) || t->batch > 0 || (t->batch == 0 && t->rank < 2)) {
		shape_text(t, why);
		text_add(why, " are no indices for ");
		shape_text(&n->in[1]->shape, why);
		return false;
	}
	*out = *t;
	out->dim[t->rank - 1] = n->attr[0].i[0];
	return true;
}

static void logsumexp_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct shape s = n->in[0]->shape;
	s.dim[s.rank - 1] = 1;
	struct node *column = reshape_like(g, dy, &s), *share = g_op(g, "softmax", 1, &n->in[0], NULL, n->at);
	dx[0] = g_op(g, "mul", 2, (struct node *[]){share, column}, NULL, n->at);
}

static bool embedding_test(int variant, struct shape *in, struct attr *attr)
{
	static const struct { int rank; int64_t t[2], w[2]; } t[] = {{1, {4}, {4, 3}}, {2, {6, 2}, {5, 1}}, {1, {1}, {1, 1}}, {2, {4, 3}, {4, 2}}};
	(void)attr;                         /* with `padding` the gradient is not the slope: PyTorch's numbers are the test */
	if (variant >= (int)(sizeof t / sizeof *t))
		return false;
	in[0] = shape_of(t[variant].rank, t[variant].t);
	in[1] = shape_of(2, t[variant].w);
	return true;
}

static bool embedding_back_test(int variant, struct shape *in, struct attr *attr)
{
	if (variant > 1)
		return false;
	in[0] = variant ? SHAPE(2, 3) : SHAPE(4);
	in[1] = variant ? SHAPE(2, 3, 1) : SHAPE(4, 5);
	attr[0] = (struct attr){.i = {3}, .count = 1};
	return true;
}

static bool gather_test(int variant, struct shape *in, struct attr *attr)
{
	(void)attr;
	if (variant > 1)
		return false;
	in[0] = variant ? SHAPE(2, 3, 1) : SHAPE(4, 3);
	in[1] = variant ? SHAPE(2, 3, 2) : SHAPE(4, 5);
	return true;
}

static bool gather_back_test(int variant, struct shape *in, struct attr *attr)
{
	if (variant > 1)
		return false;
	in[0] = in[1] = variant ? SHAPE(2, 3, 2) : SHAPE(4, 5);
	attr[0] = (struct attr){.i = {3}, .count = 1};
	return true;
}

static const struct op op_embedding = {
	.name = "embedding", .class = OP_KERNEL, .inputs = 2, .sig = "t[B] w[V,D] -> y[B,D]", .attrs = {"padding:int?"}, .shape = embedding_shape, .test_inputs = embedding_test, .header = "index.h", .synopsis = "row t of w; zeros where there is no such row",
	.doc = "dw: embedding_back(t, dy), and 0 for row `padding`", .grad = embedding_grad, .integers = 1, .flops = 1, .low = -2, .high = 2,
};
static const struct op op_embedding_back = {
	.name = "embedding_back", .class = OP_KERNEL, .inputs = 2, .attrs = {"size:int"}, .header = "index.h", .shape = embedding_back_shape, .grad = embedding_back_grad,
	.synopsis = "each row of dy added to row t, in their order", .doc = "of dy: embedding", .integers = 1, .test_inputs = embedding_back_test, .flops = 1, .low = -2, .high = 2,
};
static const struct op op_gather = {
	.name = "gather", .class = OP_KERNEL, .inputs = 2, .sig = "x[B,C] t[B,K] -> y[B,K]", .header = "index.h", .synopsis = "elements t of the last axis, each row its own",
	.doc = "gather_back(t, dy)", .grad = gather_grad, .integers = 2, .test_inputs = gather_test, .flops = 1, .low = -2, .high = 2,
};
static const struct op op_gather_back = {
	.name = "gather_back", .class = OP_KERNEL, .inputs = 2, .attrs = {"size:int"}, .header = "index.h", .shape = gather_back_shape, .grad = gather_back_grad,
	.synopsis = "each element of dy added to element t of its row, in their order", .doc = "of dy: gather", .integers = 1, .test_inputs = gather_back_test, .flops = 1, .low = -2,
	.high = 2,
};
static const struct op op_argmax = {
	.name = "argmax", .class = OP_KERNEL, .inputs = 1, .sig = "x[B,C] -> y[B]", .synopsis = "the place of the first of the largest values of the last axis", .flops = 1, .low = -2,
	.high = 2,
};
static const struct op op_logsumexp = {
	.name = "logsumexp", .class = OP_KERNEL, .inputs = 1, .header = "rows.h", .sig = "x[B,C] -> y[B]", .synopsis = "log(sum(exp(x))) over the last axis", .doc = "softmax(x) dy", .grad = logsumexp_grad,
	.flops = 4, .low = -2, .high = 2,
};

/* ---- what users call ---- */

/* `axis` as the last one; back[] puts the axes back. */
static struct node *index_last(const char *name, nn_tensor x, int axis, int64_t *which)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	*which = axis < 0 ? axis + in->shape.rank : axis;
	if (*which < 0 || *which >= in->shape.rank || *which == in->shape.batch)
		trace_fail("%s: axis %d of %d axes; it cannot be the batch", name, axis, in->shape.rank);
	return *which == in->shape.rank - 1 ? in : nn_transpose(in, (int)*which, in->shape.rank - 1);
}

/* A reduction of the last axis for any axis. */
static struct node *index_reduced(const struct op *op, const char *name, nn_tensor x, int axis, bool keepdim)
{
	int64_t which;
	struct node *in = index_last(name, x, axis, &which), *y = trace_op(op, 1, &in, NULL);
	struct shape s = in->shape;
	s.dim[s.rank - 1] = 1;
	int last = s.rank - 1;
	if (which != last || keepdim)
		y = layout_reshape(y, &s);
	if (which == last)
		return y;
	y = nn_transpose(y, (int)which, last);
	return keepdim ? y : nn_sum_axis(y, (int)which, false);
}

/* The place of the largest value of an axis, the first one at a tie; no gradient (torch.argmax). */
NN_API nn_tensor nn_argmax(nn_tensor x, int axis, bool keepdim)
{
	return index_reduced(&op_argmax, "nn_argmax", x, axis, keepdim);
}

/* The place of the smallest value of an axis, the first one at a tie; no gradient (torch.argmin). */
NN_API nn_tensor nn_argmin(nn_tensor x, int axis, bool keepdim)
{
	return index_reduced(&op_argmax, "nn_argmin", nn_neg(trace_arg(x, "x", 1, RANK_MAX)), axis, keepdim);
}

/* log(sum(exp(x))) over an axis, without overflow (torch.logsumexp). */
NN_API nn_tensor nn_logsumexp(nn_tensor x, int axis, bool keepdim)
{
	return index_reduced(&op_logsumexp, "nn_logsumexp", x, axis, keepdim);
}

/* Places of all elements, 0, 1, ..., and where x is not at its top one more than there are. */
static nn_tensor first_place(const char *name, struct node *x)
{
	struct attr a[ATTR_MAX] = {{.count = x->shape.rank}, {.i = {x->shape.batch}, .count = 1}, {.count = 1}};
	int64_t count = shape_count(&x->shape);
	for (int i = 0; i < x->shape.rank; i++)
		a[0].i[i] = x->shape.dim[i];
	if (!trace_graph()->float64 && count > 1 << 24)
		trace_fail("%s: x has %lld elements; float32 counts to %d\ngive an axis, or precision = float64", name, (long long)count, 1 << 24);
	return x->shape.rank ? nn_min(nn_where(nn_ge(x, nn_max(x)), trace_op(op_find("arange"), 0, NULL, a), (double)count)) : nn_constant(0);
}

/* The place of the largest of all values in their order, the first one at a tie; no gradient (torch.argmax without dim). */
NN_API nn_tensor nn_argmax_all(nn_tensor x)
{
	return first_place("nn_argmax_all", trace_arg(x, "x", 0, RANK_MAX));
}

/* The place of the smallest of all values (torch.argmin without dim). */
NN_API nn_tensor nn_argmin_all(nn_tensor x)
{
	return first_place("nn_argmin_all", nn_neg(trace_arg(x, "x", 0, RANK_MAX)));
}

/* log(sum(exp(x))) over all axes: one number. */
NN_API nn_tensor nn_logsumexp_all(nn_tensor x)
{
	struct node *in = trace_arg(x, "x", 0, RANK_MAX), *top = nn_max(in);
	return nn_add(nn_log(nn_sum(nn_exp(nn_sub(in, top)))), top);
}

/* Row t of the weight [V,D] for each index t: [...] to [...,D] (torch.nn.functional.embedding). */
NN_API nn_tensor nn_embedding_with(nn_tensor index, nn_tensor weight)
{
	return trace_op(&op_embedding, 2, (struct node *[]){trace_arg(index, "index", 1, RANK_MAX - 1), trace_arg(weight, "weight", 2, 2)}, NULL);
}

/* `count` trained rows of `width` numbers, drawn from the normal distribution, and of these the rows `index` (torch.nn.Embedding): [...] to [...,width]. */
NN_API nn_tensor nn_embedding(nn_tensor index, int count, int width)
{
	struct node *in = trace_arg(index, "index", 1, RANK_MAX - 1);
	if (count < 1 || width < 1)
		trace_fail("nn_embedding: %d rows of %d numbers; at least 1 of each", count, width);
	return nn_embedding_with(in, trace_param("weight", SHAPE(count, width), "normal(0,1)"));
}

/* The same with a row, counted from the end where it is negative, that gets no gradient: it stands for places without a value (torch's padding_idx). */
NN_API nn_tensor nn_embedding_with_padding(nn_tensor index, nn_tensor weight, int padding_idx)
{
	struct node *in[] = {trace_arg(index, "index", 1, RANK_MAX - 1), trace_arg(weight, "weight", 2, 2)};
	int64_t rows = in[1]->shape.dim[0], row = padding_idx < 0 ? padding_idx + rows : padding_idx;
	if (row < 0 || row >= rows)
		trace_fail("nn_embedding_with_padding: padding_idx is %d, and there are %lld rows\ngive a row, 0 to %lld", padding_idx, (long long)rows, (long long)rows - 1);
	return trace_op(&op_embedding, 2, in, (struct attr[ATTR_MAX]){{.i = {row}, .count = 1}});
}

/* nn_embedding with such a row, which starts as zeros and stays so. */
NN_API nn_tensor nn_embedding_padding(nn_tensor index, int count, int width, int padding_idx)
{
	struct node *in = trace_arg(index, "index", 1, RANK_MAX - 1);
	if (count < 1 || width < 1)
		trace_fail("nn_embedding_padding: %d rows of %d numbers; at least 1 of each", count, width);
	if (padding_idx < -count || padding_idx >= count)
		trace_fail("nn_embedding_padding: padding_idx is %d, and there are %d rows\ngive a row, 0 to %d", padding_idx, count, count - 1);
	struct node *w = trace_param("weight", SHAPE(count, width), "padded(1,%d)", padding_idx < 0 ? padding_idx + count : padding_idx);
	return nn_embedding_with_padding(in, w, padding_idx);
}

/* y[..., k, ...] = x[..., index[..., k, ...], ...] along an axis; index has the sizes of x beside that axis (torch.gather). */
NN_API nn_tensor nn_gather(nn_tensor x, int axis, nn_tensor index)
{
	int64_t which;
	struct node *t = trace_arg(index, "index", 1, RANK_MAX), *in = trace_arg(x, "x", 1, RANK_MAX);
	if (t->shape.rank != in->shape.rank)
		trace_fail("nn_gather: x has %d axes, index %d; they must be as many\nnn_expand stretches an index over the axes of x", in->shape.rank, t->shape.rank);
	in = index_last("nn_gather", in, axis, &which);
	int last = in->shape.rank - 1;
	nn_tensor y = which == last ? t : nn_transpose(t, (int)which, last);
	y = trace_op(&op_gather, 2, (struct node *[]){in, y}, NULL);
	return which == last ? y : nn_transpose(y, (int)which, last);
}

/* The elements `index` [K] of an axis, the same for every sample (torch.index_select). */
NN_API nn_tensor nn_index_select(nn_tensor x, int axis, nn_tensor index)
{
	int64_t which;
	struct node *t = trace_arg(index, "index", 1, 1), *in = index_last("nn_index_select", x, axis, &which);
	int last = in->shape.rank - 1;
	if (t->shape.batch == 0)
		trace_fail("nn_index_select: index differs between samples; nn_gather takes such a one");
	struct shape s = in->shape;
	s.dim[last] = t->shape.dim[0];
	struct attr a[ATTR_MAX] = {{.count = s.rank}, {.i = {s.batch}, .count = 1}};
	for (int i = 0; i < s.rank; i++)
		a[0].i[i] = s.dim[i];
	struct node *all = trace_op(op_find("expand"), 1, &t, a);
	nn_tensor y = trace_op(&op_gather, 2, (struct node *[]){in, all}, NULL);
	return which == last ? y : nn_transpose(y, (int)which, last);
}
#endif

#ifdef OP_C
#include "real.h"
#include "index.h"
#include "rows.h"

void embedding(int B, int V, int D, const real t[B], const real w[V][D], real y[B][D])
{	/* @body embedding */
	for (int r = 0; r < B; r++)
		for (int l = 0; l < LANES; l++) {
			const int row = index_(&t[r], l, V);
			for (int d = 0; d < D; d++)
				set_lane_(&y[r][d], l, row < 0 ? 0 : lane_(&w[row][d], l));
		}
}	/* @end */

void embedding_back(int B, int V, int D, const real t[B], const real y[B][D], real w[V][D])
{	/* @body embedding_back */
	for (int v = 0; v < V; v++)
		for (int d = 0; d < D; d++)
			w[v][d] = splat_(0);
	for (int r = 0; r < B; r++)
		for (int l = 0; l < LANES; l++) {
			const int row = index_(&t[r], l, V);
			for (int d = 0; d < D && row >= 0; d++)
				set_lane_(&w[row][d], l, lane_(&w[row][d], l) + lane_(&y[r][d], l));
		}
}	/* @end */

void gather(int B, int C, int K, const real x[B][C], const real t[B][K], real y[B][K])
{	/* @body gather */
	for (int r = 0; r < B; r++)
		for (int k = 0; k < K; k++)
			for (int l = 0; l < LANES; l++) {
				const int at = index_(&t[r][k], l, C);
				set_lane_(&y[r][k], l, at < 0 ? 0 : lane_(&x[r][at], l));
			}
}	/* @end */

void gather_back(int B, int C, int K, const real t[B][K], const real y[B][K], real x[B][C])
{	/* @body gather_back */
	for (int r = 0; r < B; r++) {
		for (int c = 0; c < C; c++)
			x[r][c] = splat_(0);
		for (int k = 0; k < K; k++)
			for (int l = 0; l < LANES; l++) {
				const int at = index_(&t[r][k], l, C);
				if (at >= 0)
					set_lane_(&x[r][at], l, lane_(&x[r][at], l) + lane_(&y[r][k], l));
			}
	}
}	/* @end */

void argmax(int B, int C, const real x[B][C], real y[B])
{	/* @body argmax */
	for (int r = 0; r < B; r++) {
		real top = x[r][0], place = splat_(0);
		for (int c = 1; c < C; c++) {
			place = sel_(gt_(x[r][c], top), splat_((scalar)c), place);
			top = max_(x[r][c], top);
		}
		y[r] = place;
	}
}	/* @end */

void logsumexp(int B, int C, const real x[B][C], real y[B])
{	/* @body logsumexp */
	for (int r = 0; r < B; r++) {
		const real top = top_row_(C, x[r]);
		y[r] = top + log_(exp_sum_row_(C, x[r], top));
	}
}	/* @end */
#endif

#ifdef OP_CUDA
/* The same, number by number of a row: threads that take a number each never meet. */
void embedding_back(int B, int V, int D, const real t[B], const real y[B][D], real w[V][D])
{	/* @body embedding_back */
	for (int d = 0; d < D; d++) {
		for (int v = 0; v < V; v++)
			w[v][d] = splat_(0);
		for (int r = 0; r < B; r++) {
			const int row = index_(&t[r], 0, V);
			if (row >= 0)
				w[row][d] += y[r][d];
		}
	}
}	/* @end */
#endif
