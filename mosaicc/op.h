/* op.h: what an op is to the compiler. Included by the passes and by the OP_RULES part of every
** file in templates/ops/. The registry and the prototypes in <mosaic_ops.h> are made from those files
** by templates/mkops.c; nothing else lists the ops. */
#ifndef MOSAICC_OP_H
#define MOSAICC_OP_H

#include "mosaicc.h"

typedef struct node *nn_tensor;        /* what users see as an opaque handle (mosaic.h) */
#define NN_API __attribute__((noinline)) /* starts the line of a user function; mkops copies its prototype. Its frame tells trace_api.c
                                         ** which call of the user's a node belongs to */

enum op_class {
	OP_ELEMENTWISE,                     /* one value out of the values at the same (broadcast) place */
	OP_REDUCE,                          /* sum or max over axes: attr axes, keepdim */
	OP_VIEW,                            /* same elements in the same order: reshape; costs nothing */
	OP_LAYOUT,                          /* elements moved: transpose, slice, pad, concat, expand */
	OP_KERNEL,                          /* bodies of C and CUDA text in the op's file */
	OP_GRAD                             /* nn_grad: replaced by differentiate */
};

struct op {
	const char *name;
	enum op_class class;
	int inputs;                         /* -1: one or more */
	const char *sig;                    /* KERNEL: "x[B,I] w[O,I] b[O] -> y[B,O]"; shape rule and prototype come from it */
	const char *synopsis, *doc;
	const char *attrs[ATTR_MAX];        /* names in the text form; "axes:ints", "keepdim:bool", "alpha:float"; "ceil:bool?" may be absent (count 0) */
	/* Shape of the result; false with a sentence in `why` ("last sizes differ: 3 and 4"). NULL: from sig, or broadcasting. */
	bool (*shape)(const struct node *n, struct shape *out, struct text *why);
	/* Appends nodes that compute the gradient of each input from `dy` into dx[]; NULL entries: no gradient. */
	void (*grad)(struct graph *g, struct node *n, struct node *dy, struct node **dx);
	const char *value;                  /* ELEMENTWISE: C text over a, b, c: "a * sigmoid_(a)" */
	const char *derivative[3];          /* ELEMENTWISE: d result / d a, b, c as text for graph_expr over a, b, c, r; NULL: none */
	double low, high;                   /* test range of the inputs */
	unsigned integers;                  /* bit k: input k holds indices; the tests draw them from 0 to 3 */
	bool (*test_inputs)(int variant, struct shape *in, struct attr *attr); /* shapes for the registry test; NULL: made from sig */
	/* LAYOUT, one of the two: where element out_index[] of the result comes from in input 0 (gather), or where element in_index[] of input k
	** goes in the result (scatter; with fill_zero the result is cleared first). C text an axis, from C text an axis. */
	void (*gather)(const struct node *n, const char *const *out_index, char (*in_index)[64]);
	void (*scatter)(const struct node *n, int k, const char *const *in_index, char (*out_index)[64]);
	bool fill_zero;
	const char *sizes;                  /* KERNEL: what letters of its arrays are called, "O:channels Y:kernel"; others after the layer */
	const char *header;                 /* of templates/, that its text needs beside real.h; NULL: none */
	int max_lanes;                      /* 0: any */
	/* KERNEL: which body computes this node ("linear", "linear_1" for one sample). NULL: the op's name. */
	const char *(*kernel)(const struct node *n);
	bool (*large)(const struct node *n);/* KERNEL: so large that its program trains one run a process. NULL: where the body is one of *_gemm and *_direct */
	double flops;                       /* a rough count per element of the result, for cost cards; KERNEL: see flop_count */
	double (*flop_count)(const struct node *n);
};

extern const struct op *const op_registry[];   /* ends with NULL */
extern const int op_count;
struct op_body { const char *name, *params, *text; bool cuda; };
extern const struct op_body op_bodies[];       /* ends with a NULL name */
const struct op_body *op_body_find(const char *name, bool cuda);

/* What users call: one entry a function of the files, elementwise rows aside. For doc/ops.md (op_doc.c). */
struct op_function { const char *file, *prototype, *comment; };
extern const struct op_function op_functions[];   /* ends with a NULL file */
void ops_document(struct text *out);

/* An optimizer is one file of templates/optimizers/: its numbers here, its body as those of ops. `when`: taken instead of the entry of
** the same name before it when [PROCESS] gives this key a value that is not 0. */
struct named_number { const char *name; double value; };
enum { HYPER_MAX = 12, STATE_MAX = 6, SCALARS_MAX = 6 };
struct optimizer {
	const char *name, *body, *when, *about;
	struct named_number hyper[HYPER_MAX]; /* settings of a run, a row each; ends with a NULL name */
	const char *per_param[STATE_MAX];   /* state in the layout of the parameters */
	struct named_number scalars[SCALARS_MAX]; /* state of one double a lane, and its start */
	int accumulate;                     /* batches a step, when there are more than one */
	bool solver;                        /* its body takes the whole step and looks at the batch again; one lane */
	int history;                        /* how many pairs it keeps, when it keeps some */
};
extern const struct optimizer *const optimizer_registry[];   /* ends with NULL */

/* ---- for NN_API functions, in the tracing child (trace_api.c) --------------------------------
** Each reports a mistake at the user's call and does not return after one. */
struct node *trace_arg(nn_tensor x, const char *argument, int min_rank, int max_rank);
struct node *trace_op(const struct op *op, int count, struct node *const *in, const struct attr *attrs);
struct node *trace_param(const char *name, struct shape shape, const char *init_fmt, ...) __attribute__((format(printf, 3, 4)));
struct node *trace_buffer(const char *name, struct shape shape, const char *init);
void trace_update(struct node *buffer, struct node *value);      /* when it trains; after the step */
struct node *trace_const(double value);
struct graph *trace_graph(void);
bool trace_training(void);
_Noreturn void trace_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

struct shape shape_of(int rank, const int64_t *dims);
#define SHAPE(...) shape_of((int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[]){__VA_ARGS__})
bool shape_broadcast(const struct shape *a, const struct shape *b, struct shape *out);
void shape_text(const struct shape *s, struct text *out);            /* "[B,3]" */

bool attr_absent(const struct node *n, int i);                       /* is attribute i one that may be absent, and is it? Then it is neither shown nor hashed */

/* Short ways to build nodes in gradients; places and labels are those of the node being differentiated. */
struct node *g_op(struct graph *g, const char *op, int count, struct node *const *in, const struct attr *attrs, struct place at);
struct node *g_sum_to(struct graph *g, struct node *n, const struct shape *s);   /* undoes broadcasting */
/* d sum(y) / d by[i] into out[i]; zeros where y does not depend on it (diff.c). */
void g_gradients(struct graph *g, struct node *y, struct node *const *by, int count, struct node **out);
#endif
