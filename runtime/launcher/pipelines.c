/* pipelines.c: files of pipelines in the original's form: a list with an entry a run, each a list of modules. rekey reads one,
** pause writes one, resume reads it again. Numbers and numeric texts are the same in them. */
#include "launcher.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIPELINES_BYTES_MAX = 1 << 29 };

static bool wrong(const char *path, size_t index)
{
	complain("%s: entry %zu is no pipeline", path, index + 1);
	hint("the file is a list of pipelines, each a list of modules with type and class: `mosaic generate` writes one");
	return false;
}

/* As few digits as give the same number again: 0.8 stays 0.8. */
static char *number_text(double v)
{
	for (int digits = 15; digits < 17; digits++) {
		char *text = format("%.*g", digits, v);
		if (strtod(text, NULL) == v)
			return text;
		free(text);
	}
	return format("%.17g", v);
}

/* Every value as a text, in place; false when there is something else in it. */
static bool make_texts(json_t *modules)
{
	size_t i;
	json_t *module, *v;
	const char *name;
	json_array_foreach(modules, i, module) {
		if (!json_is_string(json_object_get(module, "type")) || !json_is_string(json_object_get(module, "class")))
			return false;
		json_object_foreach(module, name, v) {
			if (json_is_string(v))
				continue;
			if (!json_is_number(v))
				return false;
			char *text = json_is_integer(v) ? format("%lld", (long long)json_integer_value(v)) : number_text(json_real_value(v));
			json_object_set_new(module, name, json_string(text));
			free(text);
		}
	}
	return json_array_size(modules) > 0;
}

json_t *pipelines_read(const char *path)
{
	size_t size, i;
	json_t *one;
	json_error_t e;
	char *text = file_read(path, PIPELINES_BYTES_MAX, &size);
	if (!text) {
		complain("%s: %s", path, strerror(errno));
		hint("name a file that `mosaic generate` or `mosaic pause` has written");
		return NULL;
	}
	json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &e);
	free(text);
	if (!root)
		complain("%s:%d:%d: %s", path, e.line, e.column, e.text);
	else if (!json_is_array(root))
		complain("%s: a list of pipelines is wanted", path);
	if (!json_is_array(root)) {
		hint("name a file that `mosaic generate` or `mosaic pause` has written");
		json_decref(root);
		return NULL;
	}
	json_array_foreach(root, i, one)
		if (!json_is_array(one) || !make_texts(one)) {
			wrong(path, i);
			json_decref(root);
			return NULL;
		}
	return root;
}

char *pipeline_line(json_t *modules)
{
	static const char *const apart[] = {"type", "class", "path_to_class", "key", "name"};
	struct text t = {0};
	size_t i;
	json_t *module, *v;
	const char *name;
	json_array_foreach(modules, i, module) {
		text_printf(&t, "%s%s(", i ? " | " : "", json_string_value(json_object_get(module, "class")));
		bool first = true;
		json_object_foreach(module, name, v) {
			bool left_out = false;
			for (size_t k = 0; k < sizeof apart / sizeof apart[0]; k++)
				left_out = left_out || !strcmp(name, apart[k]);
			if (!left_out)
				text_printf(&t, "%s%s", first ? "" : ",", json_string_value(v));
			first = first && left_out;
		}
		text_add(&t, ")");
	}
	return t.at;
}

char *pipeline_numbers(const char *line)
{
	struct text t = {0};
	for (const char *at = line; *at;) {
		size_t n = strcspn(at, "(,)| ");
		char *word = need(strndup(at, n)), *end;
		double v = strtod(word, &end);
		char *number = n && !*end && isfinite(v) ? number_text(v) : copy(word);
		text_add(&t, number);
		free(number);
		free(word);
		at += n;
		if (*at)
			text_addn(&t, at++, 1);
	}
	return t.at ? t.at : copy("");
}

char *pipeline_text(json_t *modules)
{
	return need(json_dumps(modules, 0));
}

bool pipelines_write(const char *path, const char *const *modules, int count)
{
	struct text t = {0};
	text_add(&t, "[");
	for (int i = 0; i < count; i++)
		text_printf(&t, "%s\n %s", i ? "," : "", modules[i]);
	text_add(&t, count ? "\n]\n" : "]\n");
	bool ok = file_write(path, t.at, t.len) == 0;
	if (!ok)
		complain("%s: %s", path, strerror(errno));
	text_free(&t);
	return ok;
}
