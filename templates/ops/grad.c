/* Op: grad
** The derivative of the sum of y with respect to x, as nn_grad gives it. The pass differentiate replaces it by the nodes that
** compute it, so that it has no kernel and may be differentiated again. */
#ifdef OP_RULES
static bool grad_shape(const struct node *n, struct shape *out, struct text *why)
{
	(void)why;
	*out = n->in[1]->shape;
	return true;
}

static const struct op op_grad = {
	.name = "grad", .class = OP_GRAD, .inputs = 2, .synopsis = "d sum(y) / d x, replaced by what computes it", .doc = "that of what computes it", .shape = grad_shape,
};
#endif
