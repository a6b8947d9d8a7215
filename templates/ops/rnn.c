/* Recurrent layers as users call them: nn_rnn, nn_lstm, nn_gru, made of the ops of recurrent.c, one for each layer and direction. Names, order and
** initial values of the parameters are those of torch.nn.RNN, LSTM and GRU with batch_first: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0,
** the same with _reverse, then _l1; all uniform in +-1/sqrt(hidden). */
#ifdef OP_RULES

struct rnn_call { const char *function; const struct recurrent *kind; nn_recurrent options; int64_t hidden, seen; int runs; struct node *h0, *c0; };

/* h0 or c0 as [B,runs,hidden], or [runs,hidden] for all samples alike. One run may leave out its axis when the samples are there. */
static struct node *rnn_state_arg(const struct rnn_call *c, nn_tensor state, const char *name, int64_t size, const struct node *x)
{
	if (!state)
		return NULL;
	struct node *in = trace_arg(state, name, 2, 3);
	const struct shape *s = &in->shape;
	bool samples = s->batch == 0 && s->dim[0] == x->shape.dim[0];
	bool fits = s->dim[s->rank - 1] == size && (s->rank == 3 ? samples && s->dim[1] == c->runs : (samples && c->runs == 1) || (s->batch < 0 && s->dim[0] == c->runs));
	if (fits)
		return in;
	struct text is = {0};
	shape_text(s, &is);
	trace_fail("%s: %s has shape %s; a state before the first step is [samples,%d,%lld], layers times directions in the middle, or [%d,%lld] for all samples alike", c->function,
		name, is.at, c->runs, (long long)size, c->runs, (long long)size);
}

static struct node *rnn_call_begin(struct rnn_call *c, const char *function, int kind, nn_tensor x, int hidden, const nn_recurrent *options)
{
	struct node *in = trace_arg(x, "x", 3, 3);
	*c = (struct rnn_call){.function = function, .kind = &recurrent_kinds[kind], .options = *options, .hidden = hidden};
	if (in->shape.batch != 0) {
		struct text is = {0};
		shape_text(&in->shape, &is);
		trace_fail("%s: x has shape %s; it must be [samples,steps,numbers], the samples first", function, is.at);
	}
	c->options.layers = options->layers ? options->layers : 1;
	if (hidden < 1 || c->options.layers < 1 || c->options.layers > 1000)
		trace_fail("%s: %d layers of %d units; at least 1 of each", function, c->options.layers, hidden);
	if (!(options->dropout >= 0 && options->dropout <= 1))
		trace_fail("%s: dropout is %g; it is a probability, 0 to 1", function, options->dropout);
	if (options->dropout > 0 && c->options.layers == 1)
		trace_fail("%s: dropout stands between layers, and there is one layer\ngive .layers = 2 or more, or use nn_dropout behind it", function);
	if (options->relu && kind != 0)
		trace_fail("%s: .relu is for nn_rnn; its gates have functions of their own", function);
	if (options->c0 && kind != 1)
		trace_fail("%s: .c0 is for nn_lstm; this layer has the state .h0 alone", function);
	if (options->proj_size && (kind != 1 || options->proj_size < 1 || options->proj_size >= hidden))
		trace_fail(kind == 1 ? "%s: .proj_size is %d; it is smaller than the %d units, and 0 for none" : "%s: .proj_size (%d) is for nn_lstm; this layer has %d units as they are", function,
			options->proj_size, hidden);
	c->seen = options->proj_size ? options->proj_size : hidden;
	c->runs = c->options.layers * (options->bidirectional ? 2 : 1);
	c->h0 = rnn_state_arg(c, options->h0, "h0", c->seen, in);
	c->c0 = rnn_state_arg(c, options->c0, "c0", hidden, in);
	return in;
}

static struct node *rnn_part(struct node *x, int64_t axis, int64_t start, int64_t stop)
{
	struct attr a[ATTR_MAX] = {{.i = {axis}, .count = 1}, {.i = {start}, .count = 1}, {.i = {stop}, .count = 1}, {.i = {1}, .count = 1}};
	return start == 0 && stop == x->shape.dim[axis] ? x : trace_op(&op_slice, 1, &x, a);
}

static struct node *rnn_stretched(struct node *x, struct shape s)
{
	struct attr a[ATTR_MAX] = {{.count = s.rank}, {.i = {s.batch}, .count = 1}};
	memcpy(a[0].i, s.dim, sizeof s.dim);
	return trace_op(op_find("expand"), 1, &x, a);
}

/* The state of one run before the first step: [B,size]. */
static struct node *rnn_first_state(struct node *state, int64_t size, const struct node *x, int run)
{
	struct shape s = {.rank = 2, .batch = 0, .dim = {x->shape.dim[0], size}};
	if (!state)
		return rnn_stretched(trace_const(0), s);
	if (state->shape.rank == 3)
		return layout_reshape(rnn_part(state, 1, run, run + 1), &s);
	if (state->shape.batch == 0)
		return state;
	return rnn_stretched(rnn_part(state, 0, run, run + 1), s);
}

static struct node *rnn_param(const struct rnn_call *c, const char *name, int run, struct shape s)
{
	char full[64];
	int directions = c->options.bidirectional ? 2 : 1;
	double bound = 1 / sqrt((double)c->hidden);
	snprintf(full, sizeof full, "%s_l%d%s", name, run / directions, run % directions ? "_reverse" : "");
	return trace_param(full, s, "uniform(%.17g,%.17g)", -bound, bound);
}

/* h = W o tanh(c): the sums U h of a step are those of U W and o tanh(c), so that the steps need not know W; before the first one h is given. */
static struct node *rnn_projected(const struct rnn_call *c, struct node *sums, struct node *u, struct node *w, struct node *x, int run)
{
	int64_t steps = sums->shape.dim[1];
	struct node *zeros = rnn_first_state(NULL, c->hidden, x, run), *c0 = rnn_first_state(c->c0, c->hidden, x, run);
	if (c->h0) {
		struct node *first = nn_unsqueeze(nn_matmul(rnn_first_state(c->h0, c->seen, x, run), nn_transpose(u, 0, 1)), 1);
		first = nn_add(rnn_part(sums, 1, 0, 1), first);
		sums = steps > 1 ? nn_concat(first, rnn_part(sums, 1, 1, steps), 1) : first;
	}
	return trace_op(&op_lstm, 4, (struct node *[]){sums, nn_matmul(u, w), zeros, c0}, NULL);
}

/* One layer in one direction over all steps of x, from the first to the last: what its steps keep, [B,T,keeps hidden]. projection: what h is made with, or NULL. */
static struct node *rnn_run(const struct rnn_call *c, struct node *x, int run, struct node **projection)
{
	int64_t gates = c->kind->sums * c->hidden;
	struct node *w = rnn_param(c, "weight_ih", run, SHAPE(gates, x->shape.dim[2])), *u = rnn_param(c, "weight_hh", run, SHAPE(gates, c->seen)), *b, *state_b;
	if (c->options.no_bias) {
		b = state_b = rnn_stretched(trace_const(0), SHAPE(gates));
	} else {
		b = rnn_param(c, "bias_ih", run, SHAPE(gates));
		state_b = rnn_param(c, "bias_hh", run, SHAPE(gates));
	}
	bool gru = c->kind == &recurrent_kinds[2], lstm = c->kind == &recurrent_kinds[1];
	struct node *bias = gru || b == state_b ? b : nn_add(b, state_b);
	if (lstm && c->seen == c->hidden && recurrent_joined(&x->shape, &w->shape, &u->shape)) {
		*projection = NULL;
		return trace_op(&op_lstm_layer, 6, (struct node *[]){x, w, bias, u, rnn_first_state(c->h0, c->hidden, x, run), rnn_first_state(c->c0, c->hidden, x, run)}, NULL);
	}
	struct node *sums = nn_linear_with(x, w, bias);
	*projection = c->seen < c->hidden ? rnn_param(c, "weight_hr", run, SHAPE(c->seen, c->hidden)) : NULL;
	if (*projection)
		return rnn_projected(c, sums, u, *projection, x, run);
	struct node *h0 = rnn_first_state(c->h0, c->hidden, x, run);
	if (gru)
		return trace_op(&op_gru, 4, (struct node *[]){sums, u, state_b, h0}, NULL);
	if (lstm)
		return trace_op(&op_lstm, 4, (struct node *[]){sums, u, h0, rnn_first_state(c->c0, c->hidden, x, run)}, NULL);
	return trace_op(&op_rnn, 3, (struct node *[]){sums, u, h0}, (struct attr[ATTR_MAX]){{.i = {c->options.relu}, .count = 1}});
}

/* Number `kind` of every unit, in all steps or in the last one alone. */
static struct node *rnn_kept(const struct rnn_call *c, struct node *s, int kind, bool last)
{
	int64_t h = c->hidden, steps = s->shape.dim[1];
	return rnn_part(rnn_part(s, 2, kind * h, (kind + 1) * h), 1, last ? steps - 1 : 0, steps);
}

/* All layers: the result of the last one; where asked for, the last h (and c) of every run. */
static struct node *rnn_layers(const struct rnn_call *c, struct node *x, nn_tensors *states)
{
	int directions = c->options.bidirectional ? 2 : 1, h = c->kind->keeps - 1;
	struct node *last_h = NULL, *last_c = NULL;
	for (int layer = 0; layer < c->options.layers; layer++) {
		struct node *way[2];
		for (int d = 0; d < directions; d++) {
			struct node *w, *s = rnn_run(c, d ? nn_flip(x, 1) : x, layer * directions + d, &w), *all = rnn_kept(c, s, h, false);
			all = w ? nn_linear_with(all, w, NULL) : all;
			way[d] = d ? nn_flip(all, 1) : all;
			if (states) {
				struct node *last = w ? nn_linear_with(rnn_kept(c, s, h, true), w, NULL) : rnn_kept(c, s, h, true);
				last_h = last_h ? nn_concat(last_h, last, 1) : last;
			}
			if (states && c->kind == &recurrent_kinds[1])
				last_c = last_c ? nn_concat(last_c, rnn_kept(c, s, 4, true), 1) : rnn_kept(c, s, 4, true);
		}
		x = directions == 2 ? nn_concat(way[0], way[1], 2) : way[0];
		if (layer + 1 < c->options.layers)
			x = nn_dropout(x, c->options.dropout);
	}
	if (states)
		*states = last_c ? nn_tensors_of(x, last_h, last_c) : nn_tensors_of(x, last_h);
	return x;
}

static nn_tensor rnn_layer(const char *function, int kind, nn_tensor x, int hidden, const nn_recurrent *options, nn_tensors *states)
{
	struct rnn_call c;
	struct node *in = rnn_call_begin(&c, function, kind, x, hidden, options);
	return rnn_layers(&c, in, states);
}

/* Recurrent layers of hidden units with tanh, with weights of their own. x: [B,T,I], result: [B,T,hidden], both directions side by side if there are two. Further: .layers,
** .bidirectional, .dropout (between layers), .relu, .no_bias, .h0. */
NN_API nn_tensor nn_rnn_of(nn_tensor x, int hidden, nn_recurrent options)
{
	return rnn_layer("nn_rnn", 0, x, hidden, &options, NULL);
}

/* The same and the state behind the last step: at[0] the result, at[1] h of every layer and direction, [B,layers * directions,hidden]. */
NN_API nn_tensors nn_rnn_states_of(nn_tensor x, int hidden, nn_recurrent options)
{
	nn_tensors all;
	rnn_layer("nn_rnn_states", 0, x, hidden, &options, &all);
	return all;
}

/* Long short-term memory of hidden units, with weights of its own. x: [B,T,I], result: [B,T,hidden], both directions side by side if there are two. Further: .layers,
** .bidirectional, .dropout (between layers), .no_bias, .h0, .c0, .proj_size. */
NN_API nn_tensor nn_lstm_of(nn_tensor x, int hidden, nn_recurrent options)
{
	return rnn_layer("nn_lstm", 1, x, hidden, &options, NULL);
}

/* The same and the states behind the last step: at[0] the result, at[1] h and at[2] c of every layer and direction, [B,layers * directions,hidden]. */
NN_API nn_tensors nn_lstm_states_of(nn_tensor x, int hidden, nn_recurrent options)
{
	nn_tensors all;
	rnn_layer("nn_lstm_states", 1, x, hidden, &options, &all);
	return all;
}

/* Gated recurrent units, with weights of their own. x: [B,T,I], result: [B,T,hidden], both directions side by side if there are two. Further: .layers, .bidirectional,
** .dropout (between layers), .no_bias, .h0. */
NN_API nn_tensor nn_gru_of(nn_tensor x, int hidden, nn_recurrent options)
{
	return rnn_layer("nn_gru", 2, x, hidden, &options, NULL);
}

/* The same and the state behind the last step: at[0] the result, at[1] h of every layer and direction, [B,layers * directions,hidden]. */
NN_API nn_tensors nn_gru_states_of(nn_tensor x, int hidden, nn_recurrent options)
{
	nn_tensors all;
	rnn_layer("nn_gru_states", 2, x, hidden, &options, &all);
	return all;
}

/* The last step of a sequence: [B,T,...] to [B,...]. Of two directions the second has seen one step only there: its state behind all steps is in at[1] of
** nn_lstm_states and its like. */
NN_API nn_tensor nn_last_step(nn_tensor x)
{
	struct node *in = trace_arg(x, "x", 2, RANK_MAX);
	if (in->shape.batch != 0) {
		struct text is = {0};
		shape_text(&in->shape, &is);
		trace_fail("nn_last_step: x has shape %s; the samples must stand in the first axis, the steps in the second", is.at);
	}
	int64_t steps = in->shape.dim[1];
	return nn_squeeze(rnn_part(in, 1, steps - 1, steps), 1);
}
#endif
