/* plot_column.c: one parameter over all runs: its levels in an order that can be drawn. */
#include "plot.h"
#include "plot_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool number(const char *s, double *out)
{
	char *end;
	*out = strtod(s, &end);
	return end != s && !*end && isfinite(*out);
}

static int by_number(const void *a, const void *b)
{
	const struct level *x = *(const struct level *const *)a, *y = *(const struct level *const *)b;
	return x->number != y->number ? (x->number > y->number) - (x->number < y->number) : strcmp(x->text, y->text);
}

static int by_text(const void *a, const void *b)
{
	const struct level *x = *(const struct level *const *)a, *y = *(const struct level *const *)b;
	return strcmp(x->text, y->text);
}

/* Sorts the levels, and joins those that are one number: 0.1 and 1e-1. */
static void order(struct column *c, int runs)
{
	struct level **sorted = need(malloc(((size_t)c->count + 1) * sizeof *sorted)), *levels = need(calloc((size_t)c->count + 1, sizeof *levels));
	int *place = need(malloc(((size_t)c->count + 1) * sizeof *place)), n = 0;
	for (int i = 0; i < c->count; i++)
		sorted[i] = &c->levels[i];
	qsort(sorted, (size_t)c->count, sizeof *sorted, c->numeric ? by_number : by_text);
	for (int i = 0; i < c->count; i++) {
		if (c->numeric && n && levels[n - 1].number == sorted[i]->number) {
			levels[n - 1].runs += sorted[i]->runs;
			free(sorted[i]->text);
		} else
			levels[n++] = *sorted[i];
		place[sorted[i] - c->levels] = n - 1;
	}
	for (int i = 0; i < runs; i++)
		c->of[i] = c->of[i] < 0 ? -1 : place[c->of[i]];
	free(c->levels);
	free(sorted);
	free(place);
	c->levels = levels;
	c->count = n;
}

/* `text` of each run, as a number of t->texts, or -1. */
static void fill(const struct table *t, const char *name, const int *text, struct column *out)
{
	int *known = need(malloc(((size_t)t->texts.count + 1) * sizeof *known)), cap = 0;
	*out = (struct column){.name = copy(name), .owner = copy(""), .numeric = true, .of = need(malloc(((size_t)t->count + 1) * sizeof(int)))};
	memset(known, -1, ((size_t)t->texts.count + 1) * sizeof *known);
	for (int i = 0; i < t->count; i++) {
		out->of[i] = -1;
		out->lacking += text[i] < 0;
		if (text[i] < 0)
			continue;
		if (known[text[i]] < 0) {
			struct level l = {.text = copy(t->texts.at[text[i]])};
			out->numeric = number(l.text, &l.number) && out->numeric;
			known[text[i]] = out->count;
			out->levels = grow(out->levels, &cap, out->count, sizeof l);
			out->levels[out->count++] = l;
		}
		out->of[i] = known[text[i]];
		out->levels[out->of[i]].runs++;
	}
	free(known);
	out->numeric = out->numeric && out->count;
	for (int i = 0; !out->numeric && i < out->count; i++)
		out->levels[i].number = NAN;
	order(out, t->count);
	out->numbers = out->numeric ? need(malloc(((size_t)t->count + 1) * sizeof(double))) : NULL;
	for (int i = 0; out->numeric && i < t->count; i++)
		out->numbers[i] = out->of[i] < 0 ? NAN : out->levels[out->of[i]].number;
}

/* A result in the role of a parameter, such as nb_params. */
static void fill_result(const struct table *t, int criterion, struct column *out)
{
	struct table with = *t;
	int *text = need(malloc(((size_t)t->count + 1) * sizeof *text));
	with.texts = (struct interned){0};
	for (int i = 0; i < t->count; i++) {
		char *s = isfinite(t->runs[i].values[criterion]) ? format("%.15g", t->runs[i].values[criterion]) : NULL;
		text[i] = s ? intern(&with.texts, s) : -1;
		free(s);
	}
	fill(&with, criteria[criterion].name, text, out);
	interned_free(&with.texts);
	free(text);
}

/* Of each run the value of the pair whose name, or whose label, is `which`. */
static int *texts_of(const struct table *t, int which, bool label)
{
	int *text = need(malloc(((size_t)t->count + 1) * sizeof *text));
	for (int i = 0; i < t->count; i++) {
		const struct table_pair *p = t->pairs + t->runs[i].first;
		text[i] = -1;
		for (int k = 0; text[i] < 0 && k < t->runs[i].count; k++)
			if ((label ? t->shown[p[k].name] : p[k].name) == which)
				text[i] = p[k].text;
	}
	return text;
}

/* A column of the label `which`. */
static void fill_label(const struct table *t, int which, const char *name, struct column *out)
{
	int *text = texts_of(t, which, true);
	fill(t, name, text, out);
	free(text);
	free(out->owner);
	out->owner = copy(t->owners[which]);
}

/* A column of the parameter with this full name; of a key (mlp_key) its type is the owner. */
static void fill_name(const struct table *t, int which, struct column *out)
{
	const char *name = t->names.at[which];
	size_t n = strlen(name);
	int *text = texts_of(t, which, false);
	fill(t, name, text, out);
	free(text);
	free(out->owner);
	out->owner = t->shown[which] >= 0 ? copy(t->owners[t->shown[which]]) : n > 4 && !strcmp(name + n - 4, "_key") ? need(strndup(name, n - 4)) : copy("");
}

static bool unknown(const struct table *t, const char *option, const char *wanted)
{
	int most = t->names.count + t->labels.count, n = 0;
	const char **names = need(malloc(((size_t)most + 1) * sizeof *names));
	for (int i = 0; i < t->labels.count; i++)
		names[n++] = t->labels.at[i];
	for (int i = 0; i < t->names.count; i++)
		names[n++] = t->names.at[i];
	const char *near = nearest(wanted, names, n);
	complain("%s %s: no finished run has this parameter", option, wanted);
	if (near)
		hint("did you mean '%s'?", near);
	else
		hint("give a parameter (width, or mlp_brick_width), a key (mlp_key), a setting (lr), or a criterion");
	free(names);
	return false;
}

bool column_named(const struct table *t, const char *option, const char *wanted, struct column *out)
{
	int name = interned_find(&t->names, wanted), label = interned_find(&t->labels, wanted), result = criterion_place(wanted);
	*out = (struct column){0};
	if (name < 0 && label < 0 && result < 0)
		return unknown(t, option, wanted);
	if (name < 0 && label < 0)
		fill_result(t, result, out);
	else if (label >= 0)
		fill_label(t, label, wanted, out);
	else
		fill_name(t, name, out);
	return true;
}

bool column_result(const struct table *t, int criterion, struct column *out)
{
	fill_result(t, criterion, out);
	return true;
}

void column_cut(struct column *c, int most)
{
	if (!c->numeric || c->count <= most)
		return;
	int runs = 0, n = 0, before = 0, *place = need(malloc((size_t)c->count * sizeof *place)), total = 0;
	struct level *levels = need(calloc((size_t)most + 1, sizeof *levels));
	for (int i = 0; i < c->count; i++)
		total += c->levels[i].runs;
	for (int i = 0, from = 0; i < c->count; i++) {
		runs += c->levels[i].runs;
		place[i] = n;
		/* A range ends where its share of the runs is reached. */
		if (i + 1 < c->count && (double)runs * most < (double)total * (n + 1))
			continue;
		levels[n] = (struct level){.number = c->levels[from].number, .runs = runs - before,
			.text = from == i ? copy(c->levels[i].text) : format("%.4g … %.4g", c->levels[from].number, c->levels[i].number)};
		before = runs;
		from = i + 1;
		n++;
	}
	for (int i = 0; c->of && i < c->count; i++)
		free(c->levels[i].text);
	free(c->levels);
	c->levels = levels;
	/* `of` still counts the old levels. */
	c->count = n;
	for (int i = 0, k = 0; k < total; i++)
		if (c->of[i] >= 0) {
			c->of[i] = place[c->of[i]];
			k++;
		}
	free(place);
}

void column_shorten(struct column *c, double room, double size)
{
	char **names = need(calloc((size_t)c->count + 1, sizeof *names));
	for (int i = 0; i < c->count; i++)
		names[i] = c->levels[i].text;
	names_shorten(names, c->count, room, size);
	for (int i = 0; i < c->count; i++)
		c->levels[i].text = names[i];
	free(names);
}

void column_free(struct column *c)
{
	for (int i = 0; i < c->count; i++)
		free(c->levels[i].text);
	free(c->levels);
	free(c->of);
	free(c->numbers);
	free(c->name);
	free(c->owner);
	*c = (struct column){0};
}

void columns_of_free(struct columns_of *c)
{
	for (int i = 0; i < c->count; i++)
		column_free(&c->at[i]);
	free(c->at);
	*c = (struct columns_of){0};
}

void columns_varying(const struct table *t, struct columns_of *out)
{
	/* A label varies where two runs have different values; or one has it and another has not, which the section says already. */
	int n = t->labels.count, cap = 0, *first = need(malloc(((size_t)n + 1) * sizeof *first));
	bool *varies = need(calloc((size_t)n + 1, sizeof *varies));
	memset(first, -1, ((size_t)n + 1) * sizeof *first);
	for (int i = 0; i < t->pair_count; i++) {
		int label = t->shown[t->pairs[i].name], text = t->pairs[i].text;
		if (label < 0)
			continue;
		varies[label] = varies[label] || (first[label] >= 0 && first[label] != text);
		first[label] = text;
	}
	*out = (struct columns_of){0};
	for (int i = 0; i < n; i++) {
		if (!varies[i])
			continue;
		struct column c;
		fill_label(t, i, t->labels.at[i], &c);
		if (c.count < 2) {                                 /* one number, written in two ways */
			column_free(&c);
			continue;
		}
		out->at = grow(out->at, &cap, out->count, sizeof c);
		out->at[out->count++] = c;
	}
	free(first);
	free(varies);
}

bool columns_listed(const struct table *t, const char *option, const char *list, struct columns_of *out)
{
	char *names = copy(list), *save = NULL;
	int cap = 0;
	bool ok = true;
	*out = (struct columns_of){0};
	for (char *name = strtok_r(names, ",", &save); ok && name; name = strtok_r(NULL, ",", &save)) {
		struct column c;
		ok = column_named(t, option, name, &c);
		if (!ok)
			break;
		out->at = grow(out->at, &cap, out->count, sizeof c);
		out->at[out->count++] = c;
	}
	free(names);
	if (ok && !out->count) {
		complain("%s: '%s' names no parameter", option, list);
		ok = false;
	}
	if (!ok)
		columns_of_free(out);
	return ok;
}

int columns_group(const struct columns_of *c, int runs, int without, int *group)
{
	struct interned seen = {0};
	struct text key = {0};
	for (int i = 0; i < runs; i++) {
		key.len = 0;
		text_add(&key, "");
		for (int k = 0; k < c->count; k++)
			if (k != without)
				text_printf(&key, "%d ", c->at[k].of[i]);
		group[i] = intern(&seen, key.at ? key.at : "");
	}
	int n = seen.count;
	interned_free(&seen);
	text_free(&key);
	return n;
}
