/* sweep.c: reads sweep.json (doc/design.md) and checks every field, so that the rest may trust the struct. The file is made
** by mosaicc, but it may be old, cut short or edited. */
#include "launcher.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL                                     /* header only: no library to link */
#include <xxhash.h>

enum { SWEEP_BYTES_MAX = 1 << 29, COUNT_MAX = 10000000, LANES_MAX = 1 << 16, LOOKS_LIMIT = 100 };

/* Where a field is read: `path` of the file, `where` for messages ("pipelines[3]"). */
struct reader { const char *path, *where; json_t *object; bool ok; };

static void wrong(struct reader *r, const char *name, const char *expected)
{
	if (r->ok) {
		complain("%s: %s%s%s: expected %s", r->path, r->where, *r->where && *name ? "." : "", name, expected);
		hint("generate the sweep again with mosaicc");
	}
	r->ok = false;
}

static const char *get_text(struct reader *r, const char *name, const char *otherwise)
{
	json_t *v = json_object_get(r->object, name);
	if ((!v || json_is_null(v)) && otherwise)
		return otherwise;
	if (!json_is_string(v)) {
		wrong(r, name, "a text");
		return "";
	}
	return json_string_value(v);
}

/* A text that goes on a line of a job, or names a file: no line breaks in it. */
static const char *get_line(struct reader *r, const char *name, const char *otherwise)
{
	const char *s = get_text(r, name, otherwise);
	if (strpbrk(s, "\n\r"))
		wrong(r, name, "a text on one line");
	return s;
}

static int64_t get_int(struct reader *r, const char *name, int64_t low, int64_t high, int64_t otherwise)
{
	json_t *v = json_object_get(r->object, name);
	if ((!v || json_is_null(v)) && otherwise >= low)
		return otherwise;
	int64_t n = json_integer_value(v);
	if (json_is_string(v) && parse_int(json_string_value(v), low, high, &n))
		return n;
	if (!json_is_integer(v) || n < low || n > high) {
		char expected[80];
		snprintf(expected, sizeof expected, "an integer from %lld to %lld", (long long)low, (long long)high);
		wrong(r, name, expected);
		return low;
	}
	return n;
}

static double get_seconds(struct reader *r, const char *name, double otherwise)
{
	json_t *v = json_object_get(r->object, name);
	if (!v || json_is_null(v))
		return otherwise;
	if (!json_is_number(v) || json_number_value(v) < 0 || json_number_value(v) > 1e9)
		wrong(r, name, "a number of seconds");
	return json_number_value(v);
}

static json_t *get_array(struct reader *r, const char *name)
{
	json_t *v = json_object_get(r->object, name);
	if (json_is_array(v) && json_array_size(v) <= COUNT_MAX)
		return v;
	wrong(r, name, "a list");
	return NULL;
}

/* [["lr", "1e-2"], ...]; `lines`: the values go on a line of a job. */
static struct pair *get_pairs(struct reader *r, const char *name, int *count)
{
	json_t *list = get_array(r, name), *one;
	size_t i;
	struct pair *out = need(calloc(json_array_size(list) + 1, sizeof *out));
	*count = 0;
	json_array_foreach(list, i, one) {
		const char *key = json_string_value(json_array_get(one, 0)), *value = json_string_value(json_array_get(one, 1));
		if (json_array_size(one) != 2 || !key || !value) {
			wrong(r, name, "a list of pairs of texts");
			break;
		}
		out[(*count)++] = (struct pair){key, value};
	}
	return out;
}

static struct pair *object_pairs(struct reader *r, const char *name, int *count)
{
	json_t *object = json_object_get(r->object, name), *v;
	const char *key;
	*count = 0;
	if (!json_is_object(object)) {
		wrong(r, name, "an object");
		return need(calloc(1, sizeof(struct pair)));
	}
	struct pair *out = need(calloc(json_object_size(object) + 1, sizeof *out));
	json_object_foreach(object, key, v) {
		if (!json_is_string(v)) {
			wrong(r, name, "texts as values");
			break;
		}
		out[(*count)++] = (struct pair){key, json_string_value(v)};
	}
	return out;
}

static void read_monitor(struct reader *r, struct sweep *s)
{
	r->where = "monitor";
	s->database = get_line(r, "database", "database.db");
	s->run_files_path = get_line(r, "run_files_path", "run_files");
	s->nb_processus = (int)get_int(r, "nb_processus", 1, 4096, 1);
	s->threads = (int)get_int(r, "threads", 1, 256, 1);
	s->checkpoint = get_seconds(r, "checkpoint", 60);
	s->timeout = get_seconds(r, "timeout", 0);
	json_t *gpus = json_object_get(r->object, "gpus"), *v;
	size_t i;
	s->gpus = need(calloc(json_array_size(gpus) + 1, sizeof *s->gpus));
	json_array_foreach(gpus, i, v)
		if (json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) < 4096)
			s->gpus[s->gpu_count++] = (int)json_integer_value(v);
		else
			wrong(r, "gpus", "numbers of GPUs");
	if (r->ok && (!*s->database || !*s->run_files_path))
		wrong(r, *s->database ? "run_files_path" : "database", "a path");
}

/* The fields of the object `name` within another one are told by both names. NULL: it is not there, or no object. */
static json_t *get_object(struct reader *r, const char *name)
{
	json_t *v = json_object_get(r->object, name);
	if (!v || json_is_null(v))
		return NULL;
	if (!json_is_object(v))
		wrong(r, name, "an object");
	return json_is_object(v) ? v : NULL;
}

/* Of a column, or of a parameter: it stands in messages and on the terminal. */
static const char *get_name(struct reader *r, const char *name, const char *otherwise, const char *expected)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-()";
	const char *s = get_text(r, name, otherwise);
	if (r->ok && ((!*s && !otherwise) || s[strspn(s, letters)]))
		wrong(r, name, expected);
	return s;
}

static void read_halving(struct reader *r, struct halving *h)
{
	r->where = "search.halving";
	*h = (struct halving){.on = true, .criterion = get_name(r, "criterion", NULL, "a column of the history"), .eta = (int)get_int(r, "eta", 2, 1000, 0),
		.min_epochs = (int)get_int(r, "min_epochs", 1, EPOCHS_MAX, 0), .asynchronous = json_is_true(json_object_get(r->object, "asynchronous"))};
}

static void read_repetition(struct reader *r, struct repetition *a)
{
	json_t *alpha = json_object_get(r->object, "alpha");
	r->where = "auto_multiplicity";
	*a = (struct repetition){.on = true, .start = (int)get_int(r, "start", 1, COUNT_MAX, 0), .by = get_name(r, "by", "", "a parameter"),
		.criterion = get_name(r, "criterion", NULL, "a column of the history"), .alpha = json_number_value(alpha)};
	a->maximum = (int)get_int(r, "maximum", a->start, COUNT_MAX, 0);
	a->looks = (int)get_int(r, "looks", 1, a->maximum - a->start < LOOKS_LIMIT ? a->maximum - a->start + 1 : LOOKS_LIMIT, 0);
	if (r->ok && !(a->alpha > 0 && a->alpha < 1))
		wrong(r, "alpha", "a number between 0 and 1");
}

/* What is decided while runs are trained; both are absent where nobody asked. */
static void read_search(struct reader *r, struct sweep *s)
{
	json_t *root = r->object, *search = get_object(r, "search"), *repetition = get_object(r, "auto_multiplicity");
	if (search) {
		r->where = "search";
		r->object = search;
		r->object = get_object(r, "halving");
		if (r->object)
			read_halving(r, &s->halving);
	}
	if (repetition) {
		r->object = repetition;
		read_repetition(r, &s->repetition);
	}
	r->object = root;
	r->where = "";
	if (!r->ok || !s->halving.on || !s->repetition.on)
		return;
	complain("%s: halving and multiplicity = auto exclude each other", s->config);
	hint("halving compares pipelines that stop at different epochs: search first, then repeat what is left");
	r->ok = false;
}

static void read_program(struct reader *r, struct program *p)
{
	p->name = get_text(r, "name", NULL);
	p->trainer = get_text(r, "trainer", NULL);
	p->source = get_text(r, "source", "");
	p->hash = get_text(r, "hash", "");
	p->lanes = (int)get_int(r, "lanes", 1, LANES_MAX, 1);
}

void hash_text(const char *s, size_t n, char out[33])
{
	XXH128_hash_t h = XXH3_128bits(s, n);
	snprintf(out, 33, "%016llx%016llx", (unsigned long long)h.high64, (unsigned long long)h.low64);
}

void run_identity(const char *pipeline_identity, uint64_t seed, char out[33])
{
	char s[64];
	int n = snprintf(s, sizeof s, "%.33s:%llu", pipeline_identity, (unsigned long long)seed);
	hash_text(s, (size_t)n, out);
}

/* What could not be traced has no identity: its text stands in, so that its error run keeps one id. */
static void read_identity(struct reader *r, struct pipeline *p)
{
	const char *id = get_text(r, "identity", "");
	if (strlen(id) == 32 && strspn(id, "0123456789abcdef") == 32)
		memcpy(p->identity, id, 33);
	else if (p->error && !*id) {
		char *s = format("error:%s", p->modules);
		hash_text(s, strlen(s), p->identity);
		free(s);
	} else
		wrong(r, "identity", "32 hexadecimal digits");
}

static void read_pipeline(struct reader *r, const struct sweep *s, struct pipeline *p)
{
	p->line = get_line(r, "line", NULL);
	json_t *error = json_object_get(r->object, "error"), *modules = get_array(r, "modules");
	p->error = json_string_value(error);
	if (error && !json_is_null(error) && !p->error)
		wrong(r, "error", "a text or null");
	p->modules = modules ? need(json_dumps(modules, 0)) : NULL;
	p->program = (int)get_int(r, "program", -1, COUNT_MAX, -2);
	if (p->error)
		p->program = -1;
	else if (p->program < 0 || p->program >= s->program_count)
		wrong(r, "program", "the index of a program");
	p->params = get_pairs(r, "params", &p->param_count);
	p->settings = get_pairs(r, "settings", &p->setting_count);
	for (int i = 0; i < p->setting_count; i++)
		if (strpbrk(p->settings[i].name, "\n\r") || strpbrk(p->settings[i].value, "\n\r"))
			wrong(r, "settings", "values on one line");
	p->seed = (uint64_t)get_int(r, "seed", 0, INT64_MAX / 2, -1);
	p->epochs = (int)get_int(r, "epochs", p->error ? 0 : 1, EPOCHS_MAX, p->error ? 0 : -1);
	p->multiplicity = (int)get_int(r, "multiplicity", 1, COUNT_MAX, 0);
	json_t *seconds = json_object_get(r->object, "seconds_per_epoch");
	p->seconds_per_epoch = json_is_number(seconds) && json_number_value(seconds) > 0 ? json_number_value(seconds) : 0;
	if (r->ok)
		read_identity(r, p);
}

static void read_list(struct reader *r, struct sweep *s, const char *name)
{
	bool programs = !strcmp(name, "programs");
	json_t *root = r->object, *list = get_array(r, name), *one;
	size_t i, n = json_array_size(list);
	char where[64];
	if (programs)
		s->programs = need(calloc(n + 1, sizeof *s->programs));
	else
		s->pipelines = need(calloc(n + 1, sizeof *s->pipelines));
	json_array_foreach(list, i, one) {
		snprintf(where, sizeof where, "%s[%zu]", name, i);
		r->where = where;
		r->object = one;
		if (!json_is_object(one))
			wrong(r, "", "an object");
		else if (programs)
			read_program(r, &s->programs[s->program_count++]);
		else
			read_pipeline(r, s, &s->pipelines[s->pipeline_count++]);
		if (!r->ok)
			break;
	}
	r->where = "";
	r->object = root;
}

/* Every command goes through all of them. */
static void check_total(struct reader *r, const struct sweep *s)
{
	int64_t total = 0;
	for (int i = 0; i < s->pipeline_count; i++)
		total += s->pipelines[i].multiplicity;
	if (total <= COUNT_MAX)
		return;
	complain("%s: %lld runs are too many", r->path, (long long)total);
	hint("the most is 10 million: lower multiplicity");
	r->ok = false;
}

static void read_fields(struct reader *r, struct sweep *s)
{
	json_t *root = r->object;
	get_int(r, "version", 1, 1, 0);
	s->version = get_text(r, "mosaicc", "");
	s->config = get_text(r, "config", "");
	s->config_text = get_text(r, "config_text", "");
	s->process = object_pairs(r, "process", &s->process_count);
	r->object = json_object_get(root, "monitor");
	if (!json_is_object(r->object))
		wrong(r, "monitor", "an object");
	else
		read_monitor(r, s);
	r->object = root;
	r->where = "";
	if (r->ok)
		read_search(r, s);
	if (r->ok)
		read_list(r, s, "programs");
	if (r->ok)
		read_list(r, s, "pipelines");
	if (r->ok)
		check_total(r, s);
}

static char *text_beside(const char *path, const char *name, size_t limit)
{
	const char *slash = strrchr(path, '/');
	char *beside = slash ? format("%.*s/%s", (int)(slash - path), path, name) : copy(name);
	char *text = file_read(beside, limit, NULL);
	free(beside);
	return text;
}

bool sweep_read(const char *path, struct sweep *out)
{
	*out = (struct sweep){.path = path};
	size_t size;
	char *text = file_read(path, SWEEP_BYTES_MAX, &size);
	if (!text) {
		complain("%s: %s", path, strerror(errno));
		hint("mosaicc writes sweep.json into the folder of the generated sources: run mosaicc on the configuration first");
		return false;
	}
	json_error_t e;
	json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &e);
	free(text);
	out->json = root;
	if (!root) {
		complain("%s:%d:%d: %s", path, e.line, e.column, e.text);
		hint("generate the sweep again with mosaicc");
		return false;
	}
	struct reader r = {.path = path, .where = "", .object = root, .ok = true};
	if (json_is_object(root))
		read_fields(&r, out);
	else
		wrong(&r, "", "an object");
	if (!r.ok) {
		sweep_free(out);
		return false;
	}
	out->machine = text_beside(path, "machine.ninja", 1 << 20);
	out->ninja = text_beside(path, "build.ninja", 1 << 28);
	return true;
}

void sweep_free(struct sweep *s)
{
	for (int i = 0; i < s->pipeline_count; i++) {
		free(s->pipelines[i].modules);
		free(s->pipelines[i].params);
		free(s->pipelines[i].settings);
	}
	free(s->pipelines);
	free(s->programs);
	free(s->process);
	free(s->gpus);
	free(s->machine);
	free(s->ninja);
	json_decref(s->json);
	*s = (struct sweep){0};
}

const char *pipeline_setting(const struct pipeline *p, const char *name)
{
	for (int i = 0; i < p->setting_count; i++)
		if (!strcmp(p->settings[i].name, name))
			return p->settings[i].value;
	return NULL;
}

const char *pipeline_process(const struct pipeline *p, const struct pair *pair)
{
	const char *own = pipeline_setting(p, pair->name);
	return own ? own : pair->value;
}
