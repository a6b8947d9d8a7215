/* emit.h: the parts of a trainer's text, in the order of the file; emit.c puts them together. */
#ifndef MOSAICC_EMIT_H
#define MOSAICC_EMIT_H

#include "program.h"

/* passes.c */
void graph_plan(struct emission *e, struct plan *p, struct graph *g, const char *prefix, const struct plan *after);

/* emit.c */
void emit_headers(const struct plan *p, const struct plan *known, struct text *out);
void emit_forward(struct emission *e, const struct plan *p, struct text *out);
void emit_training(struct emission *e, struct text *out);
void emit_c_trainer(struct emission *e, struct text *out);

/* emit_struct.c */
void emit_sizes(const struct plan *p, int from, struct text *out);   /* from: how many an earlier plan has given */
const char *param_dims(const struct plan *p, const struct node *n);
void emit_params(const struct plan *p, struct text *out);
bool plan_grouped(const struct plan *p);
void emit_trained(const struct plan *p, struct text *out);
void emit_acts(const struct plan *p, struct text *out);
void emit_work(const struct plan *p, struct text *out);

/* emit_phase.c. What forward(), losses() or backward() takes: samples, memory, and inputs and targets by their order in the graph. */
enum { IO_MAX = 1024 };                   /* inputs and targets that are told apart; of more, some arguments are passed for nothing */
struct needs { bool n, params, acts, work, grads; bool inputs[IO_MAX]; };
bool has_op(const struct plan *p, const char *op);
bool is_io(const struct node *n);
int io_index(const struct plan *p, const struct node *n);
struct needs phase_needs(const struct plan *p, enum phase phase);
bool phase_exists(const struct plan *p, enum phase phase);
void emit_functions(struct emission *e, const struct plan *p, enum phase phase, struct text *out);
void emit_phase(const struct plan *p, enum phase phase, const char *name, struct text *out);
void emit_phase_call(const struct plan *p, enum phase phase, const char *name, struct text *out);

/* emit_solver.c */
void emit_solver(const struct emission *e, struct text *out);
void emit_history_table(struct text *out);

/* emit_optimizer.c */
void emit_optimizer(const struct emission *e, struct text *out);
void emit_ranged(const char *name, struct text *out);
void emit_step_groups(const struct backend *backend, const struct optimizer *o, struct text *out);
void emit_update(const struct backend *backend, const struct optimizer *o, bool groups, const char *indent, struct text *out);   /* within train() */

/* emit_step.c */
void emit_memory(const struct emission *e, struct text *out);         /* struct training */
void emit_gradient(const struct plan *p, struct text *out);
void emit_steps(struct emission *e, struct text *out);
void emit_evaluate(const struct emission *e, struct text *out);
void emit_sums(const struct plan *p, struct text *out);
void emit_updates(const struct plan *p, struct text *out);
void emit_cu_optimizer(const struct emission *e, struct text *out);   /* emit_cu.c */
void emit_predict(const struct emission *e, struct text *out);

/* emit_head.c, emit_tables.c, emit_class.c */
void emit_about_string(struct emission *e, struct text *out);       /* what the header says, as a C string, for --info */
void emit_setting(struct text *out, const char *name, const char *value);
int emit_data_classes(const struct emission *e, struct text *out);  /* returns how many */
#endif
