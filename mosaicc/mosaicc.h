/* mosaicc.h: the one internal header of the compiler, grouped by file in the order of the passes.
** ini > expand > reflect > bind > trace > differentiate > simplify > fuse > plan > emit > ninja (main.c).
** Memory: one arena a unit of work (the whole sweep, one pipeline); nothing is freed one by one. */
#ifndef MOSAICC_H
#define MOSAICC_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MOSAICC_VERSION "0.1.0"

/* ---- util.c: arena, strings, vectors, files, hashes ---------------------------------------- */
struct arena { struct arena_block *last; size_t total; };
void *arena_alloc(struct arena *a, size_t size);          /* zeroed, aligned to 16; never NULL */
void arena_free(struct arena *a);                         /* frees all, leaves it usable */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap);

/* VEC(T) declares a growing array {T *at; int count, cap;}; VEC_PUSH appends, memory from `arena`. */
#define VEC(T) struct { T *at; int count, cap; }
#define VEC_PUSH(arena, v, item) \
	((v)->count == (v)->cap ? (void)vec_grow((arena), (void **)&(v)->at, &(v)->cap, (v)->count, sizeof *(v)->at) : (void)0, \
	 (v)->at[(v)->count++] = (item))
void vec_grow(struct arena *a, void **at, int *cap, int count, size_t size);

struct text { char *at; size_t len, cap; };               /* a growing malloc'ed string */
void text_add(struct text *t, const char *s);
void text_addn(struct text *t, const char *s, size_t n);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *t);

/* The shortest text that reads back as the same double, or as the same float. */
const char *number_text(struct arena *a, double v, bool float64);

struct hash128 { uint64_t hi, lo; };                      /* XXH3 128, for identities and caches */
struct hash128 hash_bytes(const void *bytes, size_t n);
void hash_hex(struct hash128 h, char out[33]);

/* Whole file into the arena, NUL-terminated. NULL with errno set when it cannot be read or exceeds `limit` bytes. */
char *file_read(struct arena *a, const char *path, size_t limit, size_t *size);
/* Writes through a temporary name and rename; an equal file is not touched. 0, or -1 with errno. */
int file_write_if_changed(const char *path, const char *bytes, size_t n);
int make_dirs(const char *path);                          /* mkdir -p; 0 or -1 with errno */
bool name_is_identifier(const char *s);
/* Nearest of `count` names by edit distance (at most a third of the length), or NULL. */
const char *nearest_name(const char *name, const char *const *names, int count);

/* ---- diag.c: messages with place, line and caret -------------------------------------------- */
struct place { const char *file; int line, col; };        /* 1-based; col 0: whole line; line 0: whole file */

/* Where messages go and how many there were; one per process (child processes of trace have their own). */
struct diag {
	FILE *out;
	int errors, warnings;
	bool color;
	VEC(struct hash128) seen;                              /* of err_once(), in `arena` */
	struct arena arena;
};
extern struct diag diag;
/* A user's mistake: `file:line:col: error: ...`, the source line, a caret; counted, returns.
** After it, hint() may add a line `  hint: ...` that says what to do next. */
void err(struct place at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void warn(struct place at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void note(struct place at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* As err(), but a message that was already given at that place is neither printed nor counted again; false then,
** and notes and hints are to be left out. For mistakes that many pipelines share. */
bool err_once(struct place at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool said_first(const char *what);                        /* the first time that this is asked for `what`? */
/* Our own bug: prints file and line of ours and how to report it; exits 70. */
#define die(...) die_at(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void die_at(const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* ---- ini.c: the configuration as written, every value with its place ------------------------ */
struct ini_pair { const char *key, *value; struct place key_at, value_at; };
struct ini_section { const char *name; struct place at; VEC(struct ini_pair) pairs; };
struct ini { const char *path; VEC(struct ini_section) sections; };
bool ini_read(struct arena *a, const char *path, struct ini *out);
/* The same from memory: `text` may be written to; `path` is for messages and outlives `out`. */
bool ini_parse(struct arena *a, const char *path, char *text, size_t size, struct ini *out);

/* ---- expand.c: sections, values and ranges become pipelines --------------------------------- */
enum { PARAM_MAX = 256 };
/* One expanded value. Of a key of [PROCESS] beside a loss of one's own: `reader` is the optimizer or the scheduler, if it reads the key; else `others` would. */
struct param { const char *name, *value; struct place at; bool used; const char *reader, *others; };
struct module {                                            /* one module of one pipeline */
	const char *section, *type, *class, *path, *key;
	struct place at, class_at, path_at;
	VEC(struct param) params;                              /* all pairs in file order, `type`...`key` included */
	bool data;                                             /* of the data scheme, not of the pipeline scheme */
	const struct class *bound;                             /* set by bind(), for bind_unused() */
};
struct pipeline {
	/* Data modules first, in scheme order; at the end `process` (path NULL) when keys of [PROCESS] have several values. */
	VEC(struct module) modules;
	const char *line;                                      /* "dataset_OR(1,200,0.8) | mlp_brick(4,3)" */
	int index;
	struct choice *choice;                                 /* a value that `match` chooses once the modules are open (rules.h), or NULL */
};
struct rules;
/* [SEARCH]: which pipelines of all are made, and which are stopped early. Without the section: all of them, none early. */
enum search_method { SEARCH_GRID, SEARCH_RANDOM, SEARCH_SOBOL };
struct search {
	enum search_method method;
	int budget;                                            /* pipelines that random and sobol make */
	uint64_t seed; bool seeded;
	const char *halving;                                   /* criterion of successive halving, or NULL */
	int eta, min_epochs; bool asynchronous;
};
/* `multiplicity = auto`: from `start` repetitions up to `maximum`, in `looks` steps; maximum 0: not asked for. */
struct auto_multiplicity { int start, maximum, looks; const char *criterion, *by; double alpha; };
struct sweep {
	struct ini ini;
	struct module process, monitor, loss;                  /* [PROCESS], [MONITOR]; loss.class NULL: a built-in one */
	VEC(struct module) more_losses;                        /* the other classes of a list */
	struct module search_keys;                             /* [SEARCH] as written */
	struct search search;
	struct rules *rules;                                   /* where, zip, match: rules.h */
	struct auto_multiplicity auto_multiplicity;
	VEC(struct pipeline) pipelines;                        /* multiplicity not included */
	VEC(const char *) ignored;                             /* sections whose type is in no scheme */
	int multiplicity, nb_processus, threads, epochs;
	uint64_t seed;
	const char *loss_function, *optimizer, *precision, *run_files_path, *database;
	/* Above, a swept key of [PROCESS] has its first value; process_get() knows the one of a pipeline. */
	const char *accuracy, *target, *target_gpu, *cc, *cache_database_path;
	double checkpoint, timeout;                            /* seconds */
	int64_t cache_size;                                    /* bytes */
	bool need_gpu;
	VEC(const char *) gpus;                                /* "cuda:0", ...; empty: none */
	int64_t run_limit;                                     /* set before expand(); 0: a million runs */
};
bool expand(struct arena *a, struct sweep *sweep);         /* reads sweep->ini; false after errors */
const struct param *param_of(const struct module *m, const char *name);   /* NULL: it has none of that name */
const char *param_get(const struct module *m, const char *name);
/* A value of [PROCESS] for one pipeline: the swept one, the one written, the default, or NULL. */
const char *process_get(const struct sweep *sweep, const struct pipeline *p, const char *name);
const char *products_of(const struct sweep *sweep, const struct pipeline *p);   /* how a GPU multiplies other than the CPU: "cublas", "tf32", "bf16"; NULL: it does not */
struct module *sweep_loss(const struct sweep *sweep, const struct pipeline *p);   /* the loss class of a pipeline; .class NULL: a built-in one */
/* [PROCESS] as `p` sees it: the written keys, each swept one with its value of this pipeline. */
struct module process_of(struct arena *a, const struct sweep *sweep, const struct pipeline *p);
/* The original's pipelines JSON: an array of runs, multiplicity included. Text to be freed with text_free. */
void pipelines_json(const struct sweep *sweep, struct text *out);

/* ---- reflect.c: classes of a user source (the one file that includes clang-c) --------------- */
enum field_kind {
	FIELD_INT, FIELD_UINT, FIELD_FLOAT, FIELD_DOUBLE, FIELD_BOOL, FIELD_STRING, FIELD_ENUM,
	FIELD_INTS, FIELD_FLOATS, FIELD_DERIVED               /* DERIVED: filled by init, not by the config */
};
struct enumerator { const char *name; int64_t value; };
struct field {
	const char *name, *type, *comment, *fallback;          /* type as in C; fallback: MOSAIC_DEFAULT's text or NULL */
	enum field_kind kind;
	int size;                                              /* bytes of one integer or float */
	long offset;                                           /* bytes in the struct */
	VEC(struct enumerator) enumerators;
	struct place at;
};
enum method_kind { METHOD_INIT, METHOD_INFO, METHOD_FORWARD, METHOD_PREPARE, METHOD_TRANSFORM, METHOD_PARAMETERS,
	METHOD_METRIC, METHOD_SAVE_MODEL, METHOD_LOAD_MODEL, METHOD_LOSS, METHOD_COUNT };
extern const char *const method_names[METHOD_COUNT];       /* "init", "info", ... */
struct method {
	bool present, returns_tensors, returns_void;           /* returns_tensors: nn_tensors rather than nn_tensor */
	bool returns_group;                                    /* nn_group rather than bool */
	const char *comment;
	int tensors;                                           /* nn_tensor parameters; -1: one nn_tensors */
	bool run_info, module_info;                            /* trailing arguments that it declares */
	struct place at;
};
struct class {
	const char *name, *file, *comment;
	long size;                                             /* sizeof the struct */
	struct place at;
	VEC(struct field) fields;
	struct method methods[METHOD_COUNT];
};
struct source {                                            /* one user file, parsed once a sweep */
	const char *path;
	VEC(struct class) classes;
	VEC(const char *) packages;                            /* MOSAIC_PKG */
	VEC(const char *) includes;                            /* files it includes with "", for depfiles and hashes */
	struct hash128 hash;                                   /* of the text without comments, includes of "" counted */
	bool ok;                                               /* false: errors were printed */
	const char *library;                                   /* built by module.c: path of the .so, or NULL */
	struct unit *unit;                                     /* what libclang holds open until reflect_close() */
};
/* Where mosaic.h and mosaic_ops.h are; a list that ends with NULL and outlives all calls of reflect(). */
void reflect_include_dirs(const char *const *dirs);
const char *const *reflect_include_list(void);
bool reflect(struct arena *a, const char *path, struct source *out);
/* Name of the variable that the call at file:line:col is assigned to ("h", "" for a return), or NULL. */
const char *reflect_variable(const struct source *s, int line, int col);
/* The same for a call in `file`: the source or a header that it includes; by name or by real path. */
const char *reflect_variable_at(const struct source *s, const char *file, int line, int col);
/* A number of the statement that the call stands in, to tell which calls share one; 0: no such call. */
int reflect_statement_at(const struct source *s, const char *file, int line, int col);
void reflect_close(struct source *s);
const struct class *source_class(const struct source *s, const char *name);
/* Errors at `at` (the config's `class = ...`): the class is not there; it has no such method. Once a sweep. */
void err_no_class(const struct source *s, const char *name, struct place at);
void err_no_method(const struct class *c, enum method_kind method, struct place at);
const char *method_prototype(struct arena *a, const char *class, enum method_kind method);
void describe(FILE *out, const struct source *s);          /* describe.c: mosaicc --describe */
void describe_json(FILE *out, const struct source *s);     /* describe_json.c */
/* package.c: flags of a library from pkg-config, split into words; an error at `at` when it is not there. */
struct words { VEC(const char *) list; };
bool package_flags(struct arena *a, const char *package, bool libs, struct place at, struct words *out);
/* Whether its archives are all here, so that trainers stay static; then what they need besides is added to its `libs`. */
bool package_static(struct arena *a, const char *package, struct words *libs);

/* ---- bind.c: config text into struct fields ------------------------------------------------- */
struct info_value { const char *name, *value; enum { INFO_INT, INFO_FLOAT, INFO_STRING, INFO_BOOL } kind; };
struct infos { VEC(struct info_value) values; };
/* The value of one field: as a trainer's settings write it (field_plain), and as C text that a designated initialiser takes ("4",
** "sigmoid", "\"a b\""). given: from the config or an info(), not the default. */
struct bound_field { const struct field *field; const char *text, *c_text; struct place at; bool given; };
struct bound { const struct class *class; VEC(struct bound_field) fields; };
/* Looks up each field of `class`: the module's own section, `infos`, then the other modules of the pipeline, then the default. */
bool bind(struct arena *a, const struct class *class, struct module *m, struct pipeline *p, const struct infos *infos, struct bound *out);
/* value.c: one value as C text; an error at `at` when it is not of the field's type. False: *c_text is not set. */
bool field_value(struct arena *a, const struct field *f, const char *value, struct place at, const char **c_text);
/* The same value as a setting of a trainer, which has a simpler reader: "1000" of "1e3", "true" of "on". */
const char *field_plain(struct arena *a, const struct field *f, const char *value, const char *c_text);
const char *quoted_c(struct arena *a, const char *s);     /* a C string literal of the same bytes */
const char *shown(struct arena *a, const char *s);        /* short and without control characters, for messages */
/* The part of bind() that needs no values: marks the parameters that fields take by name and sets m->bound. For who lets
** bind() run in a child. `m` may be a loss outside of the pipeline. */
void bind_names(const struct class *class, struct module *m, struct pipeline *p);
/* Errors for parameters of a pipeline that nobody used, once a sweep; after bind() or bind_names() of all its modules and the loss.
** True without a look when a module is not bound: its class was an error already. */
bool bind_unused(struct pipeline *p);
bool bind_unused_loss(const struct module *loss);          /* the same for what [PROCESS] gives to a loss class */

/* ---- module.c, trace.c, place.c: user C compiled, run in a child, watched ------------------- */
/* What the data pipeline yields, learnt by running its `prepare`s once. */
struct data_array { const char *name; bool target; int rank; int64_t shape[8]; };
struct data_shape {
	VEC(struct data_array) arrays;                         /* of one sample */
	int64_t train_samples, test_samples, validation_samples;
	int train_batch, test_batch; bool shuffle, drop_last;
	VEC(const char *) files;                               /* opened through the runtime: "path hash" */
	struct infos infos;
	VEC(int) info_ends;                                    /* count of infos after each data module */
};
/* Sets source->library: what is not in the cache is compiled, `jobs` at a time (0: one a core). False if one failed. */
bool module_build_all(struct arena *a, const char *cache_dir, struct source *const *sources, int count, int jobs);
struct graph;
/* What the traces of a sweep share: memory, debug info, messages. One mistake that many pipelines meet is printed once. */
struct tracer;
struct tracer *tracer_open(void);
void tracer_flush(struct tracer *t);                       /* prints the messages so far, each with how many pipelines met it */
void tracer_discard(struct tracer *t);                     /* forgets them: what was tried need not have worked */
void tracer_close(struct tracer *t);                       /* flushes first */
struct trace_request {
	struct pipeline *pipeline; const struct sweep *sweep;
	struct source *const *sources; int source_count;       /* parallel to pipeline->modules, then the loss */
	double time_limit;                                     /* seconds of CPU for one pipeline */
	size_t memory_limit;                                   /* bytes that user code may take; 0: 4 GB in forward, most of the machine's in prepare */
	struct tracer *tracer;                                 /* NULL: one for this call alone */
};
bool trace_data(struct arena *a, struct trace_request *r, struct data_shape *out);
/* Equal for pipelines whose trace_data gives the same: data classes, their parameters, the seed. */
struct hash128 trace_data_key(const struct trace_request *r);
/* Two graphs: train and eval. False after errors were printed at the user's lines. */
bool trace_forward(struct arena *a, struct trace_request *r, const struct data_shape *data, struct graph **train, struct graph **eval);

/* ---- graph.c: the typed graph --------------------------------------------------------------- */
enum { RANK_MAX = 8, INPUT_MAX = 8, ATTR_MAX = 8 };
/* `batch`: the axis whose extent scales with the samples in the batch (dim = k * BATCH), or -1. */
struct shape { int rank, batch; int64_t dim[RANK_MAX]; };
struct attr { int64_t i[RANK_MAX]; int count; double f; };  /* an integer list, or f */
enum node_kind { NODE_INPUT, NODE_TARGET, NODE_PARAM, NODE_CONST, NODE_OP };
struct node {
	enum node_kind kind;
	const struct op *op;                                   /* NODE_OP */
	struct node *in[INPUT_MAX]; int in_count;
	struct attr attr[ATTR_MAX];                            /* in the order of op->attrs */
	struct shape shape;
	double value;                                          /* NODE_CONST: a scalar */
	const char *init;                                      /* NODE_PARAM: "uniform(-0.5,0.5)", "zeros", ... */
	bool trains;                                           /* NODE_PARAM */
	double lr, weight_decay;                               /* NODE_PARAM, of its own: a factor; 0: none. A decay below 0: it has none */
	bool buffer;                                           /* NODE_PARAM that no optimizer touches: nn_buffer; known while it is traced */
	const char *name;                                      /* the user's variable, unique in the graph; NULL: made up later */
	const char *label;                                     /* group of nodes that one user call became, e.g. "h1" */
	struct place at;                                       /* the user's call */
	const char *module;                                    /* class of the module that it belongs to */
	bool backward;                                         /* made by differentiate */
	struct node *ahead;                                    /* a slope at this value, worked out on the way there: ahead.c */
	struct node *adjoint_of;                               /* it is the gradient with respect to this node */
	int id, mark;                                          /* id: position in graph->nodes after graph_number() */
};
/* role: "prediction", "loss", "accuracy", "metric", "grad", "update"; name: of the parameter, for the last two */
struct output { const char *role, *name; struct node *node, *of; };  /* of: whose update it is, until parameters have their names */
struct graph {
	struct arena *arena;
	const char *name;                                      /* "train", "eval" */
	bool float64; int batch;
	bool maximize;                                         /* the training climbs: gradients are those of -loss */
	VEC(struct node *) nodes;                              /* topological order */
	VEC(struct output) outputs;
};
struct graph *graph_new(struct arena *a, const char *name);
struct node *graph_add(struct graph *g, const struct op *op, int in_count, struct node *const *in, const struct attr *attrs, struct place at);
struct node *graph_leaf(struct graph *g, enum node_kind kind, const char *name, struct shape shape);
struct node *graph_const(struct graph *g, double value);
void graph_output(struct graph *g, const char *role, const char *name, struct node *n);
bool graph_is_buffer(const struct graph *g, const struct node *param);   /* has it an update? Then it is no parameter of the model */
int64_t graph_parameters(const struct graph *g);                        /* numbers of the model, without buffers */
struct node *graph_find_output(const struct graph *g, const char *role);
void graph_count_uses(struct graph *g);                    /* uses by nodes and outputs, into node->mark */
void graph_number(struct graph *g);
void graph_sweep_dead(struct graph *g);                    /* keeps what outputs need, order kept */
int64_t shape_count(const struct shape *s);
bool shape_equal(const struct shape *a, const struct shape *b);
bool shape_infer(const struct node *n, struct shape *out, struct text *why);  /* from n->op and n->in; a sentence in why */
/* text.c: the form that is printed by -d and read back by tests. graph_read reports errors at `path`. */
void graph_print(const struct graph *g, struct text *out);
struct graph *graph_read(struct arena *a, const char *path, const char *text);
bool graph_verify(const struct graph *g, const char *after_pass, struct text *why);  /* verify.c */
/* expr.c: builds nodes from "r * (1 - r)"; names are bound to nodes. */
struct binding { const char *name; struct node *node; };
struct node *graph_expr(struct graph *g, const char *expr, const struct binding *b, int count, struct place at);

/* ---- diff.c, simplify.c: passes on the graph ------------------------------------------------- */
void differentiate(struct graph *g);                       /* replaces nn_grad; adds an output "grad" for each trained parameter */
void work_ahead(struct graph *g, int64_t from);            /* slopes of at least so many numbers, that the way there works out beside its values */
void recompute(struct graph *g);                           /* cheap values that several loops of the way back use: each works them out */
void simplify(struct graph *g);                            /* folds constants, removes what does nothing, merges equal nodes */

/* ---- op.h has struct op; the registry is made from templates/ops ---------------------------- */
struct op;
const struct op *op_find(const char *name);

#endif
