/* build.h: a checked sweep: every pipeline traced, the programs that they share, and where things go. */
#ifndef MOSAICC_BUILD_H
#define MOSAICC_BUILD_H

#include "program.h"

#include "cli/cli.h"

enum { DEFAULT_TIME_LIMIT = 10 };        /* seconds */
enum action { ACTION_COMPILE, ACTION_DESCRIBE, ACTION_PIPELINES, ACTION_OPS, ACTION_COMPLETION, ACTION_MAN, ACTION_VERSION, ACTION_HELP };
struct options {
	enum action action;
	const char *config, *out, *database, *bundle, *dump;          /* dump: name of a pass, for -d */
	const char *second;                                  /* the file that --pipelines writes, the shell of --completion */
	bool build, no_root, keep_going, quiet, check, explain, json, with_data, tune;
	int jobs;
	double time_limit;
};
extern const struct program_table mosaicc_program;         /* options.c */
bool options_read(struct arena *a, int argc, char **argv, struct options *out);   /* false after a message: wrong usage */
struct why;
struct build;
bool why_file(struct build *b, const char *path, const char *text, size_t size);   /* why.c: what write.c would write */
void why_stale(struct build *b, const char *folder);
bool why_print(struct build *b);                          /* --explain, after build_write(); false after a message */
struct scratch { const char *path; int end, pid; };
bool scratch_open(struct arena *a, struct scratch *out);  /* scratch.c: a folder that goes with this process; false after a message */
void scratch_close(struct scratch *s);
struct data_entry { struct hash128 key; struct data_shape shape; bool ok; };
struct pipeline_state { int program, data; bool ok; char identity[33]; };
struct build {
	double slower;                       /* than cost cards expect: [MONITOR] tune; 0: not measured */
	struct arena arena;                  /* what lasts for the whole sweep */
	struct options options;
	struct sweep sweep;
	VEC(struct source *) sources;
	VEC(struct program *) programs;
	VEC(struct data_entry) data;
	struct pipeline_state *state;        /* by pipeline index */
	struct tracer *tracer, *trying;      /* trying: for networks that need not work */
	struct memo *memo;                   /* match.c: sizes of networks that were tried */
	struct why *why;                     /* of --explain */
	bool told_accuracy;                  /* that a pipeline has none */
	bool root;                           /* build.ninja of this folder is ours: plain `ninja run` works */
	const char *cache;                   /* folder of compiled modules */
	struct scratch scratch;              /* of --check and --explain */
	const char *include_dir, *library, *mosaicc, *mosaic, *start;   /* where this installation lies */
};
bool build_check(struct build *b);                        /* check.c: reflects, binds, traces; groups into programs */
struct source **build_sources(struct build *b, struct arena *a, const struct pipeline *p);
/* passes.c: the visible list. emission_begin: a program's graphs as they were traced; program_plan: the same, and all passes up to the plans. dump: name of
** a pass, or NULL. */
void build_passes(struct graph *g, const char *dump);
void emission_begin(struct build *b, struct arena *a, struct program *pr, struct emission *e);
void program_plan(struct build *b, struct arena *a, struct program *pr, const char *dump, struct emission *e);
bool program_fits(struct build *b, struct program *pr);   /* memory.c: an error when its memory is more than a program may have */
double planned_values(const struct plan *p);              /* that a plan keeps in memory, of one lane; gradients and parameters aside */
double training_run_bytes(struct build *b, struct program *pr);   /* memory.c: parameters, gradients, optimizer's state, activations of one run */
/* check.c: one pipeline's graphs. `quiet`: mistakes are neither printed nor counted. */
struct traced { struct arena arena; struct trace_request request; struct graph *train, *eval; int data; bool ok; };
void trace_pipeline(struct build *b, struct pipeline *p, bool quiet, struct traced *out);
void pipeline_hashes(struct build *b, struct pipeline *p, const struct traced *t, char identity[33], char program[33]);   /* identity.c */
/* programs.c. Index of the program with this hash, made if it is new; settle: lanes and backends, when all pipelines are known. False after a message. */
int program_add(struct build *b, struct pipeline *p, const char hash[33], const struct graph *train, const struct graph *eval);
bool programs_settle(struct build *b);
double traced_measure(struct build *b, struct pipeline *p, struct traced *t, bool bytes);   /* nb_params, or bytes */
struct source *build_source(const struct build *b, const char *path);
/* match.c: gives a pipeline the value that `match` chooses; false after an error, or when no value fulfils `where`. */
bool match_choose(struct build *b, struct pipeline *p);
bool match_check(struct build *b);                        /* after all: a name that no pipeline has */
void rules_tell(const struct build *b, FILE *out);        /* told.c: what where, match and sampling did */
void rules_index(const struct build *b, struct text *out);   /* the same for index.md */
struct json_t *rules_json(const struct build *b);           /* and for `--check --json` */
bool rules_without_modules(const struct build *b);        /* says what cannot be known when no module is opened; false: nothing can */
const char *choice_text(struct arena *a, const struct pipeline *p);   /* "width = 3", or "" */
bool build_write(struct build *b);                        /* write.c: all files below options.out */
void build_ninja(struct build *b, struct text *out);      /* ninja.c */
void ninja_c_rules(struct build *b, struct text *out);
void ninja_c_edges(struct build *b, const struct program *pr, struct text *out);
void ninja_cu_rules(struct build *b, struct text *out);   /* ninja_cu.c */
void ninja_cu_edges(struct build *b, const struct program *pr, struct text *out);
void ninja_cu_variables(struct build *b, struct text *out);
const char *cuda_compiler(struct arena *a);               /* path of nvcc, or NULL */
void ninja_compile(struct build *b, const struct program *pr, const char *rule, const char *source, const char *object, struct text *out);
void ninja_link(struct build *b, const struct program *pr, const char *const *objects, const char *needs, const char *more, struct text *out);
void build_machine_ninja(struct build *b, struct text *out);
bool build_root_ninja(struct build *b);
bool bundle_check(struct build *b);                        /* bundle.c: may --bundle write there? False after a message */
bool bundle_write(struct build *b);
int build_lock(struct build *b);                          /* run_ninja.c: to be closed; who builds or copies trainers holds it */
bool run_ninja(struct build *b);                          /* run_ninja.c: builds the trainers; false: not all of them */
bool run_ninja_for(struct build *b, const char *const *targets, int count);
void ninja_path(struct text *out, const char *path);
bool depfile_can_hold(const char *path);
void depfile_path(struct text *out, const char *path);
void shell_word(struct text *out, const char *word);
void sweep_json(struct build *b, struct text *out);       /* sweep_json.c */
struct json_t;
struct json_t *pipeline_settings(struct build *b, const struct module *process, const struct pipeline *p, struct arena *a);   /* pairs of texts: what a job sets */
struct json_t *text_json(const char *s);                  /* bytes that are no UTF-8 become '?' */
void sweep_index(struct build *b, struct text *out);      /* index.md */
#endif
