/* plan.h: how a simplified graph becomes functions of C. Filled in order by
**   names.c   how everything is called
**   fuse.c    which nodes form a function (a layer and direction) and, in it, which share a loop: kernels
**   plan.c    where each value lives
**   share.c   which arrays share memory
** and read by the backends (emit_*.c). */
#ifndef MOSAICC_PLAN_H
#define MOSAICC_PLAN_H

#include "op.h"

enum phase { PHASE_FORWARD, PHASE_LOSS, PHASE_BACKWARD, PHASE_COUNT };
enum home {
	HOME_NONE,                          /* no memory: written where it is used, or a variable of a loop */
	HOME_INPUT, HOME_TARGET, HOME_PARAM, HOME_GRAD,
	HOME_ACT,                           /* a member of struct acts */
	HOME_LOCAL                          /* an array of the function that makes and uses it */
};
struct node_plan {
	enum phase phase;
	int function, kernel;               /* -1: leaves, views and what is written in place */
	enum home home;
	struct node *root;                  /* whose memory it is: views share their source's, see plan.c */
	const char *c_name;
	const char *size[RANK_MAX];         /* text of the size of each axis: "HIDDEN", "BATCH" */
	const char *argument;               /* of a slope that is worked out ahead: a variable that holds what it is the slope at */
	int shared;                         /* the number of the place in memory that it shares, see share.c; 0: none */
	int uses;
	const struct node *user;            /* the last of them */
	bool inlined;                       /* a scalar that is written where it is used */
	enum { IN_PLACE_UNKNOWN, IN_PLACE_YES, IN_PLACE_NO } in_place; /* c_expr.c: what it found out, and how much text that is */
	int text_weight;
};
enum kernel_kind { KERNEL_LOOP, KERNEL_BODY, KERNEL_LAYOUT };
struct kernel { enum kernel_kind kind; struct shape space; VEC(struct node *) nodes; };
struct function {
	const char *name, *layer;
	enum phase phase;
	struct place at;
	VEC(struct node *) nodes;
	VEC(struct kernel) kernels;
	VEC(struct node *) args;            /* arrays from outside, in order of use; each once */
	bool alone;                         /* a body that sees its operands in another shape */
	bool uses_n;                        /* its text names n, the samples of this batch */
};
struct size_name { const char *name; int64_t value; bool shared; };  /* shared: of the plan before, not yet of this one */
struct plan {
	struct arena *arena;
	struct graph *graph;
	struct node_plan *of;               /* by node->id */
	VEC(struct function) functions;
	VEC(struct size_name) sizes;
	const char *prefix;                 /* "" or "eval_": before each function's name */
	bool large;                         /* bodies *_direct, and *_gemm that have no lanes, may be used */
	bool apart;                         /* every value has memory of its own: the tests compare the bits */
	bool tight;                         /* small arrays share memory, too: the tests */
	const struct backend *backend;      /* whose text it becomes; NULL: plans for their sizes alone */
};
#define PLAN(p, n) (&(p)->of[(n)->id])

void plan_print(const struct plan *p, const char *pass, struct text *out);   /* pass: "fuse" or "plan" */
void fuse(struct plan *p);
void plan_memory(struct plan *p);
void plan_share(struct plan *p);
int64_t plan_place_size(const struct plan *p, int shared);
void plan_names(struct plan *p);        /* names.c: C names and size constants, before fuse */
bool name_is_macro(const char *name);   /* macros.c */
bool name_is_cuda(const char *name);
bool plan_is_cheap(const struct plan *p, const struct node *n);
/* Axes of a tensor that its C array has: the batch axis goes when the batch is 1. Returns how many, axes into out[]. */
int plan_axes(const struct plan *p, const struct shape *s, int out[RANK_MAX]);
bool plan_same_array(const struct plan *p, const struct node *a, const struct node *b);
bool plan_axes_drop(const struct plan *p, const struct node *n, int count);
const char *plan_axes_text(const struct plan *p, const struct node *n, int first, int last, bool there);
bool plan_flattens(const struct plan *p, const struct node *n);    /* a body that needs an operand in another shape */

/* body.c. Letters of a body's sizes ("B", "I") and array parameters ("x[B][I]") bound to a node. */
struct body_array { char name[16]; int count; char letters[RANK_MAX]; const struct node *node; bool output; };
struct body_map { const struct op_body *body; int array_count; struct body_array arrays[INPUT_MAX + 1]; const char *text['Z' + 1]; };
bool node_is_large(const struct node *n);
bool node_is_gemm(const struct node *n);
bool graph_is_large(const struct graph *g);
bool graph_is_direct(const struct graph *g);                /* it has a body *_direct: sums that plain loops may add in another order */
bool plan_has_gemm(const struct plan *p);
void plan_body(const struct plan *p, const struct node *n, bool cuda, struct body_map *map);

/* emit_c.c and c_expr.c, for callers of the functions. */
const char *emit_dims(const struct plan *p, const struct node *n);
const char *emit_number(const struct plan *p, double v);
const char *emit_body_dims(const struct plan *p, const struct function *f, const struct node *n);
bool function_writes(const struct plan *p, const struct function *f, const struct node *arg);
bool function_uses_n(const struct plan *p, const struct function *f);
#endif
