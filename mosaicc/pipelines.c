/* pipelines.c: the pipelines as JSON, in the form that the original writes and reads. */
#include "config.h"

#include <string.h>

static void add_string(struct text *out, const char *s)
{
	text_add(out, "\"");
	for (; *s; s++) {
		size_t plain = strcspn(s, "\"\\\n\t\r\b\f\x01\x02\x03\x04\x05\x06\x07\x0b\x0e\x0f");
		text_addn(out, s, plain);
		s += plain;
		if (!*s)
			break;
		if (*s == '"' || *s == '\\')
			text_printf(out, "\\%c", *s);
		else
			text_printf(out, "\\u%04x", (unsigned)(unsigned char)*s);
	}
	text_add(out, "\"");
}

static void add_pair(struct text *out, const char *key, const char *value, const char *end)
{
	add_string(out, key);
	text_add(out, ": ");
	add_string(out, value);
	text_add(out, end);
}

static void add_module(struct text *out, const struct module *m)
{
	bool process = strcmp(m->type, "process") == 0;
	text_add(out, "{");
	if (process) {
		add_pair(out, "type", m->type, ", ");
		add_pair(out, "class", m->class, ", ");
	}
	for (int i = 0; i < m->params.count; i++)
		add_pair(out, m->params.at[i].name, m->params.at[i].value, ", ");
	if (process)
		add_pair(out, "key", m->key, ", ");
	add_pair(out, "name", m->section, "}");
}

void pipelines_json(const struct sweep *sweep, struct text *out)
{
	struct text one = {0};
	text_add(out, "[");
	for (int i = 0; i < sweep->pipelines.count; i++) {
		const struct pipeline *p = &sweep->pipelines.at[i];
		one.len = 0;
		text_add(&one, "[");
		for (int k = 0; k < p->modules.count; k++) {
			text_add(&one, k ? ", " : "");
			add_module(&one, &p->modules.at[k]);
		}
		text_add(&one, "]");
		for (int k = 0; k < sweep->multiplicity; k++) {
			text_add(out, i + k ? ",\n " : "\n ");
			text_addn(out, one.at, one.len);
		}
	}
	text_add(out, "\n]\n");
	text_free(&one);
}
