/* config.h: what ini.c, items.c, ranges.c, settings.c and expand.c share. The other passes need mosaicc.h only. */
#ifndef MOSAICC_CONFIG_H
#define MOSAICC_CONFIG_H

#include "mosaicc.h"

enum { RUN_LIMIT = 1000000, CONFIG_ERROR_LIMIT = 50, RANGE_COUNT_TOO_BIG = 2000000000 };

/* ---- ini.c ---- */
/* Place of byte `offset` of the pair's value, which may go on over several lines. */
struct place ini_place(const struct ini_pair *pair, size_t offset);
/* A user's text for a message: cut after some 60 bytes, between two characters. */
const char *ini_shown(struct arena *a, const char *s);

/* ---- ranges.c: exact decimal numbers, {a-b}, {a-b:step}, {a-b*factor}, {a-b lin n}, {a-b log n} ---- */
struct decimal { int64_t digits; int exp; };                /* digits * 10^exp */
struct range {
	enum range_kind { RANGE_STEP, RANGE_POWER, RANGE_LIN, RANGE_LOG } kind;
	struct decimal from, to, by;                            /* by: step, factor or count of points */
	int64_t count;                                          /* RANGE_COUNT_TOO_BIG: more than anyone can use */
	int64_t size;                                           /* the same without that limit */
	bool open, integers;                                    /* {a-b log} without a count, to be drawn from; {a-b log int}: its integers */
};
struct range_error { const char *message, *hint; size_t offset; };
/* Reads what stands between the braces. */
bool range_read(struct arena *a, const char *text, size_t n, struct range *out, struct range_error *error);
/* The `count` values as text, in order. False: two neighbours would be written alike. */
bool range_values(struct arena *a, const struct range *r, const char **out);
const char *range_value(struct arena *a, const struct range *r, int64_t i);
/* draw.c: the value of an open range at a fraction of 2^64: by integers alone, so that every machine draws the same. */
const char *range_draw(struct arena *a, const struct range *r, uint64_t fraction);
bool decimal_align(struct decimal *a, struct decimal *b);    /* the same exponent for both; false: they do not fit */
int decimal_compare(struct decimal a, struct decimal b);
size_t number_length(const char *s, size_t n);
const char *decimal_text(struct arena *a, struct decimal d);

/* ---- items.c: one value of the config as a list of items ---- */
struct value { const char *text; struct place at; };
struct item { struct value value; bool is_range; struct range range; };
struct values {
	VEC(struct item) items;
	int64_t count;                                          /* of values, ranges expanded; at most RANGE_COUNT_TOO_BIG */
	bool pure_range;                                        /* one range and nothing else: varies slower than lists */
	bool zipped;                                            /* paired with others: a repeated value is wanted */
	int64_t size, *starts;                                  /* to draw from (sample.c): how many, 0: endless; the position of each item's first */
	bool open;
	VEC(struct value) all;                                  /* after values_expand */
};
bool values_read(struct arena *a, const struct ini_pair *pair, struct values *out);
bool values_expand(struct arena *a, const struct ini_pair *pair, struct values *v);
/* Counts through several lists of values: pure ranges slowest, then the first slowest. `digit` starts at zeros. */
void values_order(const struct values *const *v, int n, int *order);
bool values_next(const struct values *const *v, int n, const int *order, int64_t *digit);

/* ---- settings.c, settings_check.c: the keys of [PROCESS], [MONITOR] and [SEARCH] ---- */
#define FLOAT_MOST 3.4028234e38
enum setting_kind {
	SETTING_INT, SETTING_FLOAT, SETTING_BOOL, SETTING_TEXT, SETTING_WORD, SETTING_NAME, SETTING_CHOICE,
	SETTING_PAIR, SETTING_NUMBERS, SETTING_TYPES, SETTING_SECONDS, SETTING_SIZE, SETTING_DEVICES, SETTING_ACCURACY,
	SETTING_REPEATS, SETTING_CRITERION, SETTING_RULE, SETTING_LIST, SETTING_COLUMN
};
/* Who reads a key: everybody, some optimisers, some losses; or who asked for what it belongs to. */
enum setting_reader { READ_ALWAYS, READ_BY_OPTIMIZER, READ_BY_LOSS, READ_BY_SCHEDULER, READ_BY_AUTO, READ_BY_SAMPLE, READ_BY_HALVING, READ_BY_EARLY };
struct setting {
	const char *section, *name;
	enum setting_kind kind;
	const char *fallback;                                   /* NULL: none, or the optimiser's or the loss's own */
	const char *choices;                                    /* CHOICE: names between spaces; CRITERION: those beside the columns */
	double low, high;                                       /* INT, FLOAT, SECONDS, SIZE and both of PAIR; ends in */
	enum setting_reader reader;
	const char *of;                                         /* names of those readers, between spaces; READ_ALWAYS: optimisers that heed it, NULL: all do */
	bool single, required;                                  /* single: cannot be swept */
	const char *doc;
};
extern const struct setting settings[];                     /* ends with a NULL name */
const struct setting *setting_find(const char *section, const char *name);
/* An error at the value when it is not of the setting's type or range. */
bool setting_check(struct arena *a, const struct setting *s, struct value v);
/* The error for a key that [section] does not have: the nearest one, or all of them. */
void setting_unknown(struct arena *a, const char *section, const struct ini_pair *pair);
bool word_in(const char *word, const char *words);          /* words between single spaces */
const char *words_joined(struct arena *a, const char *words);  /* with commas, for a message */
void settings_document(struct text *out);                   /* the tables of doc/config.md */
bool bool_read(const char *text, bool *out);
bool seconds_read(const char *text, double *out);           /* 60, 60 s, 5 min, 2 h, 1 d */
bool size_read(const char *text, int64_t *out);             /* 4096, 10K, 1M, 1G, 1T: powers of 1024 */

/* ---- process.c: [PROCESS] and [MONITOR] into struct sweep ---- */
struct swept { const char *name; const struct ini_pair *pair; const struct setting *setting; struct values values; int zip; };
struct process {                                            /* what expand.c goes on with */
	VEC(struct swept) swept;                                /* keys with several values; not expanded yet */
	VEC(const struct ini_pair *) rules;                     /* where, zip and match of [SEARCH] */
	struct values data_scheme, pipeline_scheme;
};
bool process_read(struct arena *a, struct sweep *sweep, struct process *out);
/* Expands and checks the values of the swept keys, once their number is known to be bearable. */
bool process_expand(struct arena *a, struct process *p);
const struct ini_section *section_find(const struct ini *ini, const char *name);
/* ---- early.c: early_stopping and keep_best ---- */
bool early_reads(const struct sweep *sweep, const char *name);          /* a key that belongs to a scheduler, too */
bool early_read(const struct sweep *sweep, const struct process *p);     /* false after errors about keys that do not go together */
/* ---- search.c: [SEARCH] and `multiplicity = auto` ---- */
const struct ini_section *search_section(const struct ini *ini);
/* Fills sweep->search and sweep->auto_multiplicity; false after errors. Needs [MONITOR], [SEARCH] and epochs. */
bool search_read(struct sweep *sweep, const struct process *p);
/* ---- repeats.c ---- */
bool repeats_check(const struct sweep *sweep);             /* of `multiplicity = auto`, once the pipelines are known; false after an error */
/* ---- sections.c: the schemes, and the sections of their types ---- */
enum { KEY_TYPE, KEY_CLASS, KEY_PATH, KEY_KEY, KEY_COUNT };
extern const char *const module_keys[KEY_COUNT];            /* "type", "class", "path_to_class", "key" */
int module_key(const char *name);                           /* KEY_...; -1: a parameter */
/* A section whose type is in a scheme, not expanded yet. */
struct candidate {
	const struct ini_section *ini;
	const char *type;
	bool data;
	VEC(const struct ini_pair *) pairs;                    /* without the empty ones, which count as absent */
	struct values *values;                                 /* one a pair */
	int *zip;                                              /* one a pair: number of the zip that it belongs to, or -1 */
	int choice;                                            /* the pair that `match` chooses, or -1 */
	int64_t count;
};
/* zip: its position in each zip, or -1. */
struct variant { struct module module; const struct candidate *candidate; const int64_t *zip; };
struct slot {                                              /* one type of a scheme, and its competing sections */
	struct value type;
	bool data;
	int64_t count;
	VEC(struct candidate) candidates;
	VEC(struct variant) variants;                          /* of all candidates, in the order of the file */
};
struct expansion {
	struct arena *arena;
	struct sweep *sweep;
	struct rules *rules;                                    /* of [SEARCH]; never NULL once they are read */
	struct process process;
	VEC(struct slot) slots;
};
/* expand.c: a module of a candidate with a value for each pair; the swept keys with a value each. */
struct module make_module(struct arena *a, const struct candidate *c, const struct value *values);
struct module make_process(struct arena *a, const struct sweep *sweep, const struct process *p, const struct value *values);
void add_pipeline(struct expansion *x, const struct module *modules, int count, const struct candidate *const *candidates);
/* Fills slots and their candidates, and sweep->ignored; false after errors. */
bool sections_read(struct expansion *x);
/* A key with its {name}s replaced by the values of `m`, whose params are in the order of the candidate's pairs. */
const char *key_fill(struct arena *a, const struct candidate *c, const struct module *m, const char *key);

#endif
