/* settings_check.c: what a key of settings.c may be: values as text read into numbers, and errors at those that are not of its kind or range. */
#include "config.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- reading -------------------------------------------------------------------------------- */

bool word_in(const char *word, const char *words)
{
	size_t n = strlen(word);
	for (const char *w = words; n && *w; w += strcspn(w, " "), w += *w == ' ')
		if (strcspn(w, " ") == n && memcmp(w, word, n) == 0)
			return true;
	return false;
}

bool bool_read(const char *text, bool *out)
{
	static const char *const names[] = {"false", "true", "no", "yes", "0", "1"};
	for (int i = 0; i < 6; i++) {
		if (strcasecmp(text, names[i]) != 0)
			continue;
		*out = i % 2;
		return true;
	}
	return false;
}

static bool number_read(const char *text, double *out)
{
	size_t n = strlen(text);
	if (n == 0 || number_length(text, n) != n)
		return false;
	*out = strtod(text, NULL);
	return isfinite(*out);
}

static bool integer_read(const char *text, double *out)
{
	const char *c = text + (*text == '-' || *text == '+');
	return *c && strspn(c, "0123456789") == strlen(c) && number_read(text, out);
}

bool seconds_read(const char *text, double *out)
{
	static const struct { const char *unit; double seconds; } units[] = {{"", 1}, {"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
	size_t n = number_length(text, strlen(text));
	const char *unit = text + n;
	while (*unit == ' ')
		unit++;
	for (size_t i = 0; n && i < sizeof units / sizeof *units; i++) {
		if (strcmp(unit, units[i].unit) != 0)
			continue;
		*out = strtod(text, NULL) * units[i].seconds;
		return isfinite(*out);
	}
	return false;
}

bool size_read(const char *text, int64_t *out)
{
	size_t n = strspn(text, "0123456789");
	const char *units = "KMGT", *unit = text[n] ? strchr(units, toupper((unsigned char)text[n])) : NULL;
	if (n == 0 || n > 18 || (text[n] && (!unit || text[n + 1])))
		return false;
	long long size = strtoll(text, NULL, 10);
	for (long i = 0; unit && i <= unit - units; i++)
		if (__builtin_mul_overflow(size, 1024, &size))
			return false;
	*out = size;
	return true;
}

/* A column of the history, or one of `others`. */
static bool criterion_read(const char *text, const char *others)
{
	static const char *const parts[] = {"train_", "test_", "validation_"};
	for (int i = 0; i < 3; i++)
		if (strncmp(text, parts[i], strlen(parts[i])) == 0 && name_is_identifier(text) && text[strlen(parts[i])])
			return true;
	return others && word_in(text, others);
}

/* ---- checks --------------------------------------------------------------------------------- */

static bool wrong(struct arena *a, const struct setting *s, struct value v, const char *wanted)
{
	err(v.at, "'%s' takes %s, not '%s'", s->name, wanted, ini_shown(a, v.text));
	return false;
}

static bool check_bounds(struct arena *a, const struct setting *s, struct value v, double number)
{
	if (number >= s->low && number <= s->high)
		return true;
	err(v.at, "'%s' is out of range: '%s'", s->name, ini_shown(a, v.text));
	if (s->low == 0 && s->high < 1)
		hint("from 0 to less than 1");
	else if (s->high >= FLOAT_MOST)
		hint("%s", s->low == 0 ? "at least 0" : s->low > 0 ? "greater than 0" : "a number that a float can hold");
	else
		hint("from %.16g to %.16g", s->low, s->high);
	return false;
}

/* The words of a list, for nearest_name(); their count. */
static int split_words(struct arena *a, const char *words, const char **out, int most)
{
	int count = 0;
	for (const char *w = words; *w && count < most; w += strcspn(w, " "), w += *w == ' ')
		out[count++] = arena_strndup(a, w, strcspn(w, " "));
	return count;
}

const char *words_joined(struct arena *a, const char *words)
{
	const char *out = "", *names[64];
	int count = split_words(a, words, names, 64);
	for (int i = 0; i < count; i++)
		out = arena_printf(a, "%s%s%s", out, i ? ", " : "", names[i]);
	return out;
}

/* "adam" means Adam and "crossentropy" CrossEntropyLoss: more than an edit distance sees. */
static const char *meant(const char *text, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (strcasecmp(names[i], text) == 0)
			return names[i];
	for (int i = 0; i < count && strlen(text) >= 3; i++)
		if (strcasestr(names[i], text))
			return names[i];
	return nearest_name(text, names, count);
}

static bool check_choice(struct arena *a, const struct setting *s, struct value v)
{
	if (word_in(v.text, s->choices))
		return true;
	const char *names[64];
	const char *near = meant(v.text, names, split_words(a, s->choices, names, 64));
	err(v.at, "'%s' cannot be '%s'", s->name, ini_shown(a, v.text));
	if (near)
		hint("did you mean %s?", near);
	else
		hint("one of: %s", words_joined(a, s->choices));
	return false;
}

/* [0.9, 0.999]; or any count of numbers. */
static bool check_pair(struct arena *a, const struct setting *s, struct value v)
{
	const char *c = v.text + (v.text[0] == '[');
	int count = 0;
	for (;; c++) {
		c += strspn(c, " ");
		size_t n = number_length(c, strlen(c));
		if (n == 0)
			break;
		if (!check_bounds(a, s, v, strtod(c, NULL)))
			return false;
		count++;
		c += n + strspn(c + n, " ");
		if (*c != ',')
			break;
	}
	if (s->kind == SETTING_NUMBERS)
		return (v.text[0] == '[' && count > 0 && strcmp(c, "]") == 0) || wrong(a, s, v, "numbers in brackets such as [1, 2, 0.5]");
	return (v.text[0] == '[' && count == 2 && strcmp(c, "]") == 0) || wrong(a, s, v, "two numbers in brackets such as [0.9, 0.999]");
}

/* It becomes an option of the compiler: no spaces, and it cannot be another option. */
static bool is_word(const char *text)
{
	return text[0] != '-' && text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-")] == 0;
}

static bool check_criterion(struct arena *a, const struct setting *s, struct value v)
{
	if (criterion_read(v.text, s->choices))
		return true;
	static const char *const names[] = {"train_loss", "test_loss", "validation_loss", "train_acc", "test_acc", "validation_acc"};
	const char *near = meant(v.text, names, 6);
	err(v.at, "'%s' cannot be '%s'", s->name, ini_shown(a, v.text));
	if (near)
		hint("did you mean %s?", near);
	else
		hint("train_, test_ or validation_ and then loss, acc or a metric%s%s", s->choices ? "; or " : "", s->choices ? words_joined(a, s->choices) : "");
	return false;
}

/* A column, with "min " or "max " before it; none; or one of the choices. */
static bool check_column(struct arena *a, const struct setting *s, struct value v)
{
	bool yes, says = strncmp(v.text, "min ", 4) == 0 || strncmp(v.text, "max ", 4) == 0;
	struct value column = {v.text + (says ? 4 + strspn(v.text + 4, " ") : 0), v.at};
	struct setting plain = *s;
	if (strcasecmp(v.text, "none") == 0 || (s->choices && bool_read(v.text, &yes)))
		return true;
	plain.choices = NULL;
	return check_criterion(a, &plain, column);
}

static bool check_text(struct arena *a, const struct setting *s, struct value v)
{
	if (s->kind == SETTING_NAME && !name_is_identifier(v.text))
		return wrong(a, s, v, "the name of a C struct");
	if (s->kind == SETTING_WORD && !is_word(v.text))
		return wrong(a, s, v, "a name of letters, digits and _ . + -");
	if (v.text[0])
		return true;
	err(v.at, "'%s' cannot be empty", s->name);
	return false;
}

/* "[30, 80]": numbers that rise. */
static bool check_list(struct arena *a, const struct setting *s, struct value v)
{
	const char *c = v.text + strspn(v.text, " [");
	double last = s->low, number;
	bool ok = v.text[0] == '[';
	for (; ok && *c && *c != ']'; c += strspn(c, " ,")) {
		char *end;
		number = strtod(c, &end);
		ok = end > c && number >= last && number <= s->high;
		last = number;
		c = end;
	}
	return (ok && *c == ']') || wrong(a, s, v, "numbers that rise, in brackets, such as [30, 80]");
}

static bool check_device(struct arena *a, const struct setting *s, struct value v)
{
	size_t n = strncmp(v.text, "cuda:", 5) == 0 ? strspn(v.text + 5, "0123456789") : 0;
	if (strcasecmp(v.text, "None") == 0 || (n > 0 && n < 5 && v.text[5 + n] == 0))
		return true;
	return wrong(a, s, v, "GPUs such as cuda:0, cuda:1, or None");
}

bool setting_check(struct arena *a, const struct setting *s, struct value v)
{
	double number = 0;
	int64_t size;
	bool yes;
	switch (s->kind) {
	case SETTING_INT:
		return integer_read(v.text, &number) ? check_bounds(a, s, v, number) : wrong(a, s, v, "an integer");
	case SETTING_REPEATS:
		if (strcmp(v.text, "auto") == 0)
			return true;
		return integer_read(v.text, &number) ? check_bounds(a, s, v, number) : wrong(a, s, v, "an integer or auto");
	case SETTING_CRITERION:
		return check_criterion(a, s, v);
	case SETTING_COLUMN:
		return check_column(a, s, v);
	case SETTING_FLOAT:
		return number_read(v.text, &number) ? check_bounds(a, s, v, number) : wrong(a, s, v, "a number");
	case SETTING_SECONDS:
		return seconds_read(v.text, &number) ? check_bounds(a, s, v, number) : wrong(a, s, v, "a time such as 60 s, 5 min or 2 h");
	case SETTING_SIZE:
		return size_read(v.text, &size) || wrong(a, s, v, "a size such as 10K, 1M, 1G or 1T");
	case SETTING_BOOL:
		return bool_read(v.text, &yes) || wrong(a, s, v, "True or False");
	case SETTING_ACCURACY:
		if (strncmp(v.text, "threshold", 9) == 0 && number_read(v.text + 9 + strspn(v.text + 9, " "), &number))
			return true;
		return check_choice(a, s, v);
	case SETTING_CHOICE:
		return check_choice(a, s, v);
	case SETTING_PAIR:
	case SETTING_NUMBERS:
		return check_pair(a, s, v);
	case SETTING_LIST:
		return check_list(a, s, v);
	case SETTING_DEVICES:
		return check_device(a, s, v);
	case SETTING_RULE:                     /* condition.c */
		return true;
	case SETTING_TYPES:
	case SETTING_TEXT:
	case SETTING_WORD:
	case SETTING_NAME:
		return check_text(a, s, v);
	}
	return false;
}
