/* no_trace.c: the functions that user calls of ops stand on, for a program that reads graphs and traces none. */
#include "op.h"

#include <mosaic.h>

struct node *trace_arg(nn_tensor x, const char *argument, int min_rank, int max_rank)
{
	(void)x, (void)min_rank, (void)max_rank;
	die("traced: %s", argument);
}

struct node *trace_op(const struct op *op, int count, struct node *const *in, const struct attr *attrs)
{
	(void)count, (void)in, (void)attrs;
	die("traced: %s", op->name);
}

struct node *trace_param(const char *name, struct shape shape, const char *init_fmt, ...)
{
	(void)shape, (void)init_fmt;
	die("traced: %s", name);
}

struct node *trace_const(double value)
{
	die("traced: %g", value);
}

struct graph *trace_graph(void)
{
	die("traced");
}

bool trace_training(void)
{
	die("traced");
}

void trace_fail(const char *fmt, ...)
{
	die("traced: %s", fmt);
}

struct node *trace_buffer(const char *name, struct shape shape, const char *init)
{
	(void)shape, (void)init;
	die("traced: %s", name);
}

void trace_update(struct node *buffer, struct node *value)
{
	(void)value;
	die("traced: %s", buffer->name);
}

nn_tensor nn_constant(double value)
{
	die("traced: %g", value);
}
