/* result.c: what a child hands over, as lines of words with tabs between: written in the child, read with checks in the parent. */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void add_escaped(struct text *out, const char *s)
{
	for (; *s; s++) {
		const char *code = *s == '\\' ? "\\\\" : *s == '\n' ? "\\n" : *s == '\t' ? "\\t" : NULL;
		if (code)
			text_add(out, code);
		else
			text_addn(out, s, 1);
	}
}

void result_line(struct text *out, const char *word, int count, const char *const *fields)
{
	text_add(out, word);
	for (int i = 0; i < count; i++) {
		text_add(out, "\t");
		add_escaped(out, fields[i]);
	}
	text_add(out, "\n");
}

static void unescape(char *s)
{
	char *to = s;
	for (; *s; s++) {
		if (*s == '\\' && s[1]) {
			s++;
			*to++ = *s == 'n' ? '\n' : *s == 't' ? '\t' : *s;
		} else {
			*to++ = *s;
		}
	}
	*to = 0;
}

int result_read(struct result_reader *r, const char *fields[RESULT_FIELDS])
{
	size_t n = strcspn(r->at, "\n");
	int count = 0;
	if (r->failed || !r->at[n] || n > 1 << 20) {
		r->failed = r->failed || *r->at;
		return 0;
	}
	char *line = arena_strndup(r->arena, r->at, n);
	r->at += n + 1;
	while (line && count < RESULT_FIELDS) {
		char *tab = strchr(line, '\t');
		if (tab)
			*tab = 0;
		unescape(line);
		fields[count++] = line;
		line = tab ? tab + 1 : NULL;
	}
	r->failed = line != NULL;
	return r->failed ? 0 : count;
}

bool result_int(const char *text, int64_t low, int64_t high, int64_t *out)
{
	char *end;
	errno = 0;
	long long v = strtoll(text, &end, 10);
	if (end == text || *end || errno || v < low || v > high)
		return false;
	*out = v;
	return true;
}

static const char *const kinds[] = {[INFO_INT] = "int", [INFO_FLOAT] = "float", [INFO_STRING] = "string", [INFO_BOOL] = "bool"};

/* A later value of a name replaces the earlier. */
void infos_put(struct arena *a, struct infos *infos, struct info_value v)
{
	for (int i = 0; i < infos->values.count; i++)
		if (strcmp(infos->values.at[i].name, v.name) == 0) {
			infos->values.at[i] = v;
			return;
		}
	VEC_PUSH(a, &infos->values, v);
}

void result_infos(struct text *out, const struct infos *infos, int first)
{
	for (int i = first; i < infos->values.count; i++) {
		const struct info_value *v = &infos->values.at[i];
		result_line(out, "info", 3, (const char *const[]){kinds[v->kind], v->name, v->value});
	}
}

bool result_info(struct arena *a, int count, const char *const *fields, struct infos *infos)
{
	if (count != 4 || strcmp(fields[0], "info") != 0 || !*fields[2] || infos->values.count > 10000)
		return false;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		if (strcmp(fields[1], kinds[k]) == 0) {
			infos_put(a, infos, (struct info_value){fields[2], fields[3], k});
			return true;
		}
	return false;
}
