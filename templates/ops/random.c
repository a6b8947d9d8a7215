/* Ops: random, arange
** Random numbers of a training step, for dropout and noise. They depend on the run's seed, the epoch, the step and the place of the number
** alone: a resumed run, another lane or another neighbour see the same. */
#ifdef OP_RULES

/* attr shape, batch: as those of reshape; offset: how many numbers the step gave away before these. PLACE in the value: offset and the
** element's place, which the backend writes. */
static bool random_shape(const struct node *n, struct shape *out, struct text *why)
{
	struct shape r = {.rank = n->attr[0].count, .batch = (int)n->attr[1].i[0]};
	for (int i = 0; i < r.rank; i++)
		r.dim[i] = n->attr[0].i[i];
	if (r.rank < 1 || n->attr[2].i[0] < 0 || n->attr[2].i[0] > UINT32_MAX) {
		text_add(why, r.rank ? "the offset does not fit into 32 bits" : "random numbers need an axis");
		return false;
	}
	*out = r;
	return true;
}

static bool random_test(int variant, struct shape *in, struct attr *attr)
{
	(void)in;
	if (variant > 1)
		return false;
	attr[0] = variant ? (struct attr){.i = {2, 3, 2}, .count = 3} : (struct attr){.i = {5}, .count = 1};
	attr[1] = (struct attr){.i = {-1}, .count = 1};
	attr[2] = (struct attr){.i = {variant * 7}, .count = 1};
	return true;
}

static const struct op op_random = {
	.name = "random", .class = OP_ELEMENTWISE, .inputs = 0, .value = "random_(PLACE)", .header = "real_random.h", .synopsis = "uniform in [0, 1), new in each step", .attrs = {"shape:ints", "batch:int", "offset:int"},
	.shape = random_shape, .test_inputs = random_test, .flops = 8,
};

/* The same for the place itself. */
static const struct op op_arange = {
	.name = "arange", .class = OP_ELEMENTWISE, .inputs = 0, .value = "splat_((scalar)(PLACE))", .synopsis = "offset, offset + 1, ... in the order of the elements",
	.attrs = {"shape:ints", "batch:int", "offset:int"}, .shape = random_shape, .test_inputs = random_test,
};

/* start, start + 1, ... of `count` numbers, a tensor of one axis. */
NN_API nn_tensor nn_arange(int start, int count)
{
	if (start < 0 || count < 1)
		trace_fail("nn_arange: %d numbers from %d on; at least 1 from at least 0 on", count, start);
	struct attr a[ATTR_MAX] = {{.i = {count}, .count = 1}, {.i = {-1}, .count = 1}, {.i = {start}, .count = 1}};
	return trace_op(&op_arange, 0, NULL, a);
}

/* As many new numbers as x has. */
static struct node *random_like(struct node *x)
{
	struct attr a[ATTR_MAX] = {{.count = x->shape.rank}, {.i = {x->shape.batch}, .count = 1}, {.count = 1}};
	const struct graph *g = trace_graph();
	for (int i = 0; i < x->shape.rank; i++)
		a[0].i[i] = x->shape.dim[i];
	for (int i = 0; i < g->nodes.count; i++)
		if (g->nodes.at[i]->kind == NODE_OP && g->nodes.at[i]->op == &op_random)
			a[2].i[0] += shape_count(&g->nodes.at[i]->shape);
	if (!x->shape.rank) {
		a[0] = (struct attr){.i = {1}, .count = 1};
		return layout_reshape(trace_op(&op_random, 0, NULL, a), &x->shape);
	}
	return trace_op(&op_random, 0, NULL, a);
}

static struct node *dropped(struct node *x, struct node *chance, double p)
{
	const struct op *where = op_find("where");
	struct node *keep = trace_op(op_find("ge"), 2, (struct node *[]){chance, trace_const(p)}, NULL);
	struct node *mask = trace_op(where, 3, (struct node *[]){keep, trace_const(1 / (1 - p)), trace_const(0)}, NULL);
	return trace_op(op_find("mul"), 2, (struct node *[]){x, mask}, NULL);
}

static struct node *dropout_arg(const char *name, nn_tensor x, double p, int min_rank)
{
	struct node *in = trace_arg(x, "x", min_rank, RANK_MAX);
	if (!(p >= 0 && p <= 1))
		trace_fail("%s: p is %g; it is a probability, 0 to 1%s", name, p, p > 1 && p <= 100 ? "\nwrite 50 % as 0.5" : "");
	return in;
}

/* While it trains: each value is 0 with probability p, the others are divided by 1 - p. Without training: x. */
NN_API nn_tensor nn_dropout(nn_tensor x, double p)
{
	struct node *in = dropout_arg("nn_dropout", x, p, 0);
	if (!trace_training() || p == 0)
		return in;
	return p == 1 ? trace_op(op_find("mul"), 2, (struct node *[]){in, trace_const(0)}, NULL) : dropped(in, random_like(in), p);
}

/* The same for whole channels: all of x[n][c] is dropped or none. x: [B,C,...]. */
NN_API nn_tensor nn_dropout2d(nn_tensor x, double p)
{
	struct node *in = dropout_arg("nn_dropout2d", x, p, 3), channels = *in;
	if (!trace_training() || p == 0)
		return in;
	for (int i = 2; i < channels.shape.rank; i++)
		channels.shape.dim[i] = 1;
	return p == 1 ? trace_op(op_find("mul"), 2, (struct node *[]){in, trace_const(0)}, NULL) : dropped(in, random_like(&channels), p);
}

/* While it trains: x plus normal noise of this deviation (Box and Muller). Without training: x. */
NN_API nn_tensor nn_noise(nn_tensor x, double deviation)
{
	struct node *in = trace_arg(x, "x", 0, RANK_MAX);
	if (!(deviation >= 0) || deviation > 1e30)
		trace_fail("nn_noise: a deviation of %g; it cannot be negative", deviation);
	if (!trace_training() || deviation == 0)
		return in;
	struct node *length = nn_sqrt(nn_mul(-2, nn_log(nn_sub(1, random_like(in)))));
	return nn_add(in, nn_mul(deviation, nn_mul(length, nn_cos(nn_mul(6.283185307179586477, random_like(in))))));
}
#endif
