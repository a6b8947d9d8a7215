/* page_load.c: reads the chosen runs with their results and parameters into columns, in one pass over each table. Parameters that several
** classes of one type share become one column, so that models stand side by side. */
#include "page.h"
#include "params.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Beyond these a page could not show them, and a hostile database would take all memory. */
enum { PARAMETERS_MAX = 120, CLASSES_MAX = 64, VALUE_MAX = 4000 };

const char *const page_results[PAGE_RESULTS] = {"train_loss", "test_loss", "train_acc", "test_acc", "nb_params", "duration(s)", "epochs", "overfit",
	"trainability", "slope"};

struct pair_of { int run, name, value, column; };          /* run: its index; name, value: numbers of texts */
struct pairs { struct pair_of *at; int count, cap; };
struct class_of { const char *name, *type; size_t length; };
struct found { struct interned keys; const char **types; int *rests; int cap; };   /* columns, while they are collected */

int page_run_at(const struct page *p, int64_t id)
{
	int low = 0, high = p->count;
	while (low < high) {
		int middle = low + (high - low) / 2;
		if (p->runs[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->count && p->runs[low].id == id ? low : -1;
}

static bool is_chosen(const struct selection *s, int64_t id, int *at)
{
	while (s && *at < s->count && s->ids[*at] < id)
		++*at;
	return !s || (*at < s->count && s->ids[*at] == id);
}

static bool load_runs(struct page *p)
{
	bool living = lock_held(p->database, NULL);
	int at = 0;
	struct rows *r = db_query(p->db, "SELECT r.run_id, coalesce(r.status, ''), coalesce(r.pipeline, ''), coalesce(r.return_status, ''),"
		" x.train_loss, x.test_loss, x.train_acc, x.test_acc, x.nb_params, x.\"duration(s)\", x.epochs, x.overfit, x.trainability, x.slope"
		" FROM runs r LEFT JOIN run_results x ON x.run_id = r.run_id ORDER BY r.run_id", "");
	if (!r)
		return false;
	while (row_next(r)) {
		struct page_run run = {.id = row_int(r, 0), .error = -1, .note = -1, .tags = -1, .program = -1};
		const char *status = row_text(r, 1);
		/* A database of the original may hold a run twice: the first counts. */
		if ((p->count && p->runs[p->count - 1].id == run.id) || !is_chosen(p->chosen, run.id, &at))
			continue;
		if (!p->chosen && !strcmp(status, "replaced")) {
			p->replaced++;
			continue;
		}
		run.status = intern(&p->texts, !living && !strcmp(status, "running") ? "interrupted" : status);
		run.line = intern(&p->texts, row_text(r, 2));
		if ((!strcmp(status, "error") || !strcmp(status, "stopped")) && *row_text(r, 3))
			run.error = intern(&p->texts, row_text(r, 3));
		for (int i = 0; i < PAGE_RESULTS; i++)
			run.results[i] = row_real(r, 4 + i);
		p->runs = grow(p->runs, &p->cap, p->count, sizeof run);
		p->runs[p->count++] = run;
	}
	row_end(r);
	return db_trouble(p->db) == DB_OK;
}

static bool load_details(struct page *p)
{
	struct rows *r = p->ours ? db_query(p->db, "SELECT run_id, coalesce(launch_id, 0), coalesce(program_hash, '') FROM run_details", "") : NULL;
	while (r && row_next(r)) {
		int at = page_run_at(p, row_int(r, 0));
		if (at < 0)
			continue;
		p->runs[at].launch = row_int(r, 1);
		if (*row_text(r, 2))
			p->runs[at].program = intern(&p->texts, row_text(r, 2));
	}
	if (r)
		row_end(r);
	return !p->ours || (r && db_trouble(p->db) == DB_OK);
}

/* Several tags of a run: "keep slow". */
static void add_tag(struct page *p, struct page_run *run, const char *tag)
{
	char *both = run->tags < 0 ? copy(tag) : format("%s %s", p->texts.at[run->tags], tag);
	run->tags = intern(&p->texts, both);
	free(both);
}

/* By run; the pairs of a run stay in their order. */
static bool load_pairs(struct page *p, struct pairs *pairs)
{
	struct param_scan s;
	if (!params_open(p->db, &s))
		return false;
	while (params_next(&s)) {
		int last = pairs->count ? pairs->at[pairs->count - 1].run : -1, run = last >= 0 && p->runs[last].id == s.run ? last : page_run_at(p, s.run);
		if (run < 0)
			continue;
		char *value = need(strndup(s.value, VALUE_MAX));
		if (!strcmp(s.name, "note"))
			p->runs[run].note = intern(&p->texts, value);
		else if (!strcmp(s.name, "tag"))
			add_tag(p, &p->runs[run], value);
		else {
			pairs->at = grow(pairs->at, &pairs->cap, pairs->count, sizeof *pairs->at);
			pairs->at[pairs->count++] = (struct pair_of){run, intern(&p->texts, s.name), intern(&p->texts, value), -1};
		}
		free(value);
	}
	params_close(&s);
	return db_trouble(p->db) == DB_OK;
}

/* ---- columns ------------------------------------------------------------------------------------------ */

static bool ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), e = strlen(end);
	return n > e && !strcmp(s + n - e, end);
}

/* The classes of a run, whose pairs are from..to: <class>_class is the class, <class>_type its type. */
static int find_classes(const struct page *p, const struct pair_of *from, const struct pair_of *to, struct class_of out[CLASSES_MAX])
{
	int n = 0;
	for (const struct pair_of *a = from; a < to && n < CLASSES_MAX; a++) {
		const char *name = p->texts.at[a->name], *value = p->texts.at[a->value];
		size_t length = strlen(value);
		if (ends_in(name, "_class") && strlen(name) == length + 6 && !strncmp(name, value, length))
			out[n++] = (struct class_of){value, "", length};
	}
	for (const struct pair_of *a = from; a < to; a++)
		for (int c = 0; c < n; c++) {
			const char *name = p->texts.at[a->name];
			if (!strncmp(name, out[c].name, out[c].length) && !strcmp(name + out[c].length, "_type"))
				out[c].type = p->texts.at[a->value];
		}
	return n;
}

/* The parameter without its class; *type: of the longest class that fits, or "". */
static const char *without_class(const struct class_of *classes, int n, const char *name, const char **type)
{
	size_t best = 0;
	*type = "";
	for (int c = 0; c < n; c++)
		if (classes[c].length > best && !strncmp(name, classes[c].name, classes[c].length) && name[classes[c].length] == '_') {
			best = classes[c].length;
			*type = *classes[c].type ? classes[c].type : classes[c].name;
		}
	return best ? name + best + 1 : name;
}

/* <type>_key; where a database tells no types, whatever ends so. */
static bool is_key(const struct class_of *classes, int n, const char *name)
{
	size_t length = strlen(name) - strlen("_key");
	if (!ends_in(name, "_key"))
		return false;
	for (int c = 0; c < n; c++)
		if (strlen(classes[c].type) == length && !strncmp(classes[c].type, name, length))
			return true;
	const char *type;
	without_class(classes, n, name, &type);
	return !*type;
}

/* The column of a parameter, or -1 for what only names classes. */
static int column_of(struct page *p, struct found *f, const struct class_of *classes, int n, const char *name)
{
	static const char *const naming[] = {"class", "type", "path_to_class", "name"};
	const char *type, *rest = without_class(classes, n, name, &type);
	if (is_key(classes, n, name)) {                        /* of a class that has the name of its type, too */
		type = "key";
		rest = name;
	}
	for (size_t i = 0; *type && i < sizeof naming / sizeof naming[0]; i++)
		if (!strcmp(rest, naming[i]))
			return -1;
	char *key = format("%s\x1f%s", type, rest);
	int before = f->keys.count, at = intern(&f->keys, key);
	free(key);
	if (f->keys.count > before) {
		int cap = f->cap;
		f->types = grow(f->types, &cap, at, sizeof *f->types);
		f->rests = grow(f->rests, &f->cap, at, sizeof *f->rests);
		int of_type = intern(&p->texts, type);         /* which may move the texts */
		f->types[at] = p->texts.at[of_type];
		f->rests[at] = intern(&p->texts, rest);
	}
	return at;
}

static void find_columns(struct page *p, struct pairs *pairs, struct found *f)
{
	struct class_of classes[CLASSES_MAX];
	for (int i = 0, end; i < pairs->count; i = end) {
		for (end = i; end < pairs->count && pairs->at[end].run == pairs->at[i].run; end++)
			;
		int n = find_classes(p, pairs->at + i, pairs->at + end, classes);
		for (int k = i; k < end; k++)
			pairs->at[k].column = column_of(p, f, classes, n, p->texts.at[pairs->at[k].name]);
	}
}

/* Keys first, then what modules have, then settings, and seeds. */
static int rank(const char *type, const char *rest)
{
	return !strcmp(type, "key") ? 0 : *type ? 1 : strcmp(rest, "seed") ? 2 : 3;
}

/* As short as it can be told apart. */
static char *column_name(const struct page *p, const struct found *f, int at)
{
	const char *rest = p->texts.at[f->rests[at]];
	for (int i = 0; i < f->keys.count; i++)
		if (i != at && f->rests[i] == f->rests[at] && rank(f->types[at], rest) == 1)
			return format("%s_%s", f->types[at], rest);
	for (int i = 0; i < PAGE_RESULTS; i++)
		if (!strcmp(rest, page_results[i]))
			return format("param_%s", rest);
	return copy(rest);
}

static bool is_setting(const struct page *p, const struct found *f, const char *name)
{
	for (int i = 0; i < f->keys.count; i++)
		if (!*f->types[i] && !strcmp(p->texts.at[f->rests[i]], name))
			return true;
	return false;
}

/* A swept setting stands in the database as lr, as process_lr, and in process_key. */
static bool is_double(const struct page *p, const struct found *f, int at)
{
	const char *rest = p->texts.at[f->rests[at]];
	if (!strcmp(f->types[at], "process"))
		return is_setting(p, f, rest);
	if (strcmp(f->types[at], "key"))
		return !*f->types[at] && !strncmp(rest, "process_", 8) && is_setting(p, f, rest + 8);
	bool any = false;
	for (int i = 0; i < f->keys.count && !strcmp(rest, "process_key"); i++)
		any = any || (strcmp(f->types[i], "key") && is_double(p, f, i));
	return any;
}

static void make_columns(struct page *p, const struct found *f, int *place)
{
	p->columns = need(calloc((size_t)f->keys.count + 1, sizeof *p->columns));
	for (int wanted = 0; wanted < 4; wanted++)
		for (int i = 0; i < f->keys.count; i++) {
			if (rank(f->types[i], p->texts.at[f->rests[i]]) != wanted)
				continue;
			place[i] = -1;
			if (is_double(p, f, i))
				continue;
			if (p->column_count == PARAMETERS_MAX) {
				p->left_out++;
				continue;
			}
			struct page_column *c = &p->columns[p->column_count];
			place[i] = p->column_count++;
			*c = (struct page_column){.name = column_name(p, f, i), .rest = p->texts.at[f->rests[i]], .type = f->types[i], .everywhere = true};
			c->at = need(malloc(((size_t)p->count + 1) * sizeof *c->at));
			memset(c->at, -1, (size_t)p->count * sizeof *c->at);
		}
}

struct value { double number; int text; };

static int by_number(const void *a, const void *b)
{
	const struct value *x = a, *y = b;
	return (x->number > y->number) - (x->number < y->number);
}

/* Numbers by size; anything else stays as it came. */
static void order_values(const struct page *p, struct page_column *c)
{
	struct value *all = need(malloc(((size_t)c->value_count + 1) * sizeof *all));
	bool numbers = true;
	for (int i = 0; i < c->value_count; i++) {
		const char *s = p->texts.at[c->values[i]];
		char *end;
		all[i] = (struct value){strtod(s, &end), c->values[i]};
		numbers = numbers && end != s && !*end && isfinite(all[i].number);
	}
	if (numbers)
		qsort(all, (size_t)c->value_count, sizeof *all, by_number);
	for (int i = 0; i < c->value_count; i++)
		c->values[i] = all[i].text;
	free(all);
}

static void find_values(const struct page *p, struct page_column *c)
{
	unsigned char *seen = need(calloc((size_t)p->texts.count + 1, 1));
	int cap = 0;
	for (int i = 0; i < p->count; i++) {
		c->everywhere = c->everywhere && c->at[i] >= 0;
		if (c->at[i] < 0 || seen[c->at[i]])
			continue;
		seen[c->at[i]] = 1;
		c->values = grow(c->values, &cap, c->value_count, sizeof *c->values);
		c->values[c->value_count++] = c->at[i];
	}
	free(seen);
	order_values(p, c);
}

static void load_columns(struct page *p, struct pairs *pairs)
{
	struct found f = {0};
	find_columns(p, pairs, &f);
	int *place = need(calloc((size_t)f.keys.count + 1, sizeof *place));
	make_columns(p, &f, place);
	for (int i = 0; i < pairs->count; i++)
		if (pairs->at[i].column >= 0 && place[pairs->at[i].column] >= 0)
			p->columns[place[pairs->at[i].column]].at[pairs->at[i].run] = pairs->at[i].value;
	for (int i = 0; i < p->column_count; i++)
		find_values(p, &p->columns[i]);
	free(place);
	interned_free(&f.keys);
	free(f.types);
	free(f.rests);
}

bool page_load(struct page *p)
{
	struct pairs pairs = {0};
	p->ours = db_number(p->db, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('run_details', 'history', 'programs', 'launches')", 0) == 4;
	bool ok = load_runs(p) && load_details(p) && load_pairs(p, &pairs);
	if (!ok)
		db_complain(p->db);
	else if (!p->count) {
		complain("%s: there are no runs in it", p->database);
		hint("`mosaic run CONFIG.ini %s` trains some", p->database);
		ok = false;
	} else
		load_columns(p, &pairs);
	free(pairs.at);
	return ok;
}

void page_free(struct page *p)
{
	for (int i = 0; i < p->column_count; i++) {
		free(p->columns[i].name);
		free(p->columns[i].at);
		free(p->columns[i].values);
	}
	free(p->columns);
	free(p->runs);
	interned_free(&p->texts);
}

const struct page_column *page_column(const struct page *p, const char *name)
{
	for (int i = 0; i < p->column_count; i++)
		if (!strcmp(p->columns[i].name, name))
			return &p->columns[i];
	return NULL;
}

int page_count(const struct page *p, const char *status)
{
	int n = 0;
	for (int i = 0; i < p->count; i++)
		n += !strcmp(p->texts.at[p->runs[i].status], status);
	return n;
}
