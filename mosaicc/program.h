/* program.h: programs: what pipelines with equal graphs share, and the files made for them. */
#ifndef MOSAICC_PROGRAM_H
#define MOSAICC_PROGRAM_H

#include "backend.h"

struct program_cost;                     /* cost.h */
struct program {
	const char *name, *folder;           /* "mlp_brick_4_3", "generated/a/mlp_brick_4_3" */
	const char *train_text, *eval_text;  /* graphs in text form, as traced */
	char hash[33];                       /* of graphs, loss, optimizer, precision, data classes: what the trainer computes */
	int lanes, runs;                     /* runs of the sweep that share it */
	bool has_large, large;               /* has large layers; trains them by the library's kernels, in one lane */
	bool direct;                         /* must, as these add up in an order of their own */
	const char *tuned;                   /* how, where a file of --tune says it; NULL: by size */
	const struct backend *backend;
	struct pipeline *first;
	VEC(int) pipelines;
	const struct optimizer *optimizer;
	int64_t nb_params;
	struct program_cost *cost;           /* NULL until its text was made */
};
/* What emission needs beside the program itself. */
struct emission {
	struct arena *arena;                 /* of this program, freed after it */
	const struct sweep *sweep;
	const struct program *program;
	struct source *const *sources; int source_count;     /* parallel to the modules of program->first, then the loss */
	const struct data_shape *data;
	struct graph *train, *eval;
	struct plan plan, eval_plan;
	bool eval_differs;
	bool apart, tight;                   /* plans without shared memory, and those that share all they can, for tests */
};
/* emit.c: one graph alone, for tests of ops. A whole program is written by its backend. */
void emit_network(struct emission *e, struct graph *g, struct text *out);
/* emit_class.c */
const char *data_class_name(struct arena *a, const struct sweep *sweep, const struct module *m);
void emit_class(const struct class *c, const char *as, const char *include_path, struct text *out);
void emit_header(struct emission *e, struct text *out);              /* emit_head.c: the comment at the top, and the same as text for --info */
void emit_tables(struct emission *e, struct text *out);              /* emit_tables.c: struct mosaic_program and what it points to */
/* ---- optimizer.c ---- How many numbers of a run, tensors like the parameters, and numbers that count, an optimizer has. */
int optimizer_hypers(const struct optimizer *o);
int optimizer_states(const struct optimizer *o);
int optimizer_scalars(const struct optimizer *o);
int optimizer_row(const struct optimizer *o, const char *name);          /* of a number, "lr"; after the last one: it has none of that name */
/* With clipping, the average of the weights and accumulation, where [PROCESS] asks for them; NULL: there is none of that name. */
const struct optimizer *optimizer_of(struct arena *a, const struct module *process);
/* Rows of clip_grad_value and clip_grad_norm among the numbers; returns a bit each. */
int optimizer_clip(const struct optimizer *o, int *row);
/* Row of ema_decay among the numbers, and the scalar that counts the averaged steps; -1: no average is kept. */
int optimizer_average(const struct optimizer *o, int *scalar);
/* What a program computes with it besides its body: clipping, averages, accumulation; nothing where it does nothing of these. */
void optimizer_hash(const struct optimizer *o, struct text *out);
/* A number of [PROCESS] for one of its numbers; its default where none is given. */
double optimizer_setting(const struct optimizer *o, const struct module *process, const char *name);
/* schedule.c: scheduler, warm-up and their numbers, as far as they are given; returns how many. */
enum { SCHEDULE_SETTINGS_MAX = 16 };
struct named_text { const char *name, *value; };
int schedule_settings(const struct module *process, struct named_text *out);
/* early.c: early_stopping, keep_best and their numbers, as far as they are given; returns how many. */
enum { EARLY_SETTINGS_MAX = 4 };
int early_settings(const struct module *process, struct named_text *out);
bool early_swept(const struct pipeline *p);                            /* one of them has several values in this sweep */
bool early_check(struct arena *a, const struct sweep *sweep, const struct pipeline *p, const struct graph *g, bool validation);   /* its columns exist */
const char *data_setting(const struct pipeline *p, const struct module *m, const struct field *f, const struct infos *infos);
void emit_c_string(struct text *out, const char *s);
#endif
