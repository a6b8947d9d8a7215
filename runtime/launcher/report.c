/* report.c: the lines that a trainer writes on its report pipe or into a spool file (doc/design.md, "A job").
** The launcher and `mosaic import` read them with the same functions. Whatever does not fit is garbage and changes nothing. */
#include "launcher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct { const char *name; enum report_kind kind; int least, most; } kinds[] = {
	{"columns", REPORT_COLUMNS, 1, COLUMNS_MAX},
	{"start", REPORT_START, 2, 3},
	{"epoch", REPORT_EPOCH, 3, COLUMNS_MAX + 2},
	{"checkpoint", REPORT_CHECKPOINT, 2, 2},
	{"stopped", REPORT_STOPPED, 4, 4},
	{"best", REPORT_BEST, 4, 4},
	{"done", REPORT_END, 3, 3},
	{"failed", REPORT_END, 2, 3},
	{"interrupted", REPORT_END, 2, 2},
};

/* fields[0] is the verb, fields[1] the id where there is one. */
void report_parse(char *line, struct report *out)
{
	*out = (struct report){.kind = REPORT_GARBAGE};
	if (*line == '#') {
		out->kind = REPORT_COMMENT;
		out->fields[out->count++] = line;
		return;
	}
	for (char *next = line; next; out->count++) {
		if (out->count == (int)(sizeof out->fields / sizeof out->fields[0]))
			return;
		out->fields[out->count] = strsep(&next, "\t");
	}
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strcmp(kinds[i].name, out->fields[0]) || out->count - 1 < kinds[i].least || out->count - 1 > kinds[i].most)
			continue;
		if (kinds[i].kind == REPORT_COLUMNS || parse_int(out->fields[1], 0, INT64_MAX, &out->id))
			out->kind = kinds[i].kind;
		return;
	}
}

void report_columns(const struct report *r, struct columns *c)
{
	int version = c->version + 1;
	columns_free(c);
	c->version = version;
	for (int i = 1; i < r->count; i++)
		c->names[c->count++] = copy(r->fields[i]);
}

static bool same_columns(const struct columns *a, const struct columns *b)
{
	bool same = a->count == b->count;
	for (int i = 0; same && i < a->count; i++)
		same = !strcmp(a->names[i], b->names[i]);
	return same;
}

/* The columns of a run are those of its first epoch: other ones later would give its values other names. */
static bool take_columns(const struct columns *c, int64_t epoch, struct measure *m)
{
	if (m->columns.version == c->version)
		return true;
	if (m->epochs && !same_columns(c, &m->columns)) {
		if (epoch != 1)
			return false;
		m->epochs = 0;
	}
	if (m->columns.count != c->count)
		m->cap = 0;
	columns_free(&m->columns);
	for (int i = 0; i < c->count; i++)
		m->columns.names[m->columns.count++] = copy(c->names[i]);
	m->columns.version = c->version;
	return true;
}

static bool apply_epoch(const struct report *r, const struct columns *c, struct measure *m)
{
	int64_t epoch;
	double values[COLUMNS_MAX];
	/* On resume the epochs before come again, from 1. A gap cannot be: the history would have a hole. */
	if (!c->count || r->count != c->count + 3 || !parse_int(r->fields[2], 1, m->epochs + 1, &epoch) || epoch > EPOCHS_MAX)
		return false;
	for (int i = 0; i < c->count; i++) {
		char *end;
		values[i] = strtod(r->fields[i + 3], &end);
		if (end == r->fields[i + 3] || *end)
			return false;
	}
	if (!take_columns(c, epoch, m))
		return false;
	m->values = grow(m->values, &m->cap, (int)epoch - 1, (size_t)c->count * sizeof *values);
	memcpy(m->values + (size_t)(epoch - 1) * (size_t)c->count, values, (size_t)c->count * sizeof *values);
	if (epoch > m->epochs)
		m->epochs = (int)epoch;
	return true;
}

static bool apply_end(const struct report *r, struct measure *m)
{
	int64_t epoch;
	char *end;
	if (m->end != END_NONE || !parse_int(r->fields[2], 0, EPOCHS_MAX, &epoch))
		return false;
	switch (r->fields[0][0]) {
	case 'd':
		errno = 0;
		m->seconds = strtod(r->fields[3], &end);
		if (errno || end == r->fields[3] || *end || !(m->seconds >= 0 && m->seconds < 1e12))
			return false;
		m->end = END_DONE;
		m->checkpoint = (int)epoch;
		break;
	case 'f':
		m->end = END_FAILED;
		m->message = copy(r->count > 3 ? r->fields[3] : "failed without a message");
		text_unescape(m->message);
		break;
	default:
		m->end = END_INTERRUPTED;
		m->checkpoint = (int)epoch;
	}
	m->end_epoch = (int)epoch;
	return true;
}

bool report_apply(const struct report *r, const struct columns *c, struct measure *m)
{
	int64_t n;
	switch (r->kind) {
	case REPORT_START:
		if (!parse_int(r->fields[2], 0, INT64_MAX, &n))
			return false;
		m->nb_params = n;
		free(m->data_hash);
		m->data_hash = r->count > 3 ? copy(r->fields[3]) : NULL;
		return true;
	case REPORT_EPOCH:
		return m->end == END_NONE && apply_epoch(r, c, m);
	case REPORT_CHECKPOINT:
		if (!parse_int(r->fields[2], 0, EPOCHS_MAX, &n))
			return false;
		m->checkpoint = (int)n;
		return true;
	case REPORT_STOPPED:
		free(m->stop_rule);
		free(m->stop_reason);
		m->stop_rule = copy(r->fields[3]);
		m->stop_reason = copy(r->fields[4]);
		text_unescape(m->stop_rule);
		text_unescape(m->stop_reason);
		return true;
	case REPORT_BEST:
		if (!parse_int(r->fields[2], 1, EPOCHS_MAX, &n))
			return false;
		m->best_epoch = (int)n;
		free(m->best_column);
		m->best_column = copy(r->fields[3]);
		return true;
	case REPORT_END:
		return apply_end(r, m);
	default:
		return false;
	}
}

void columns_free(struct columns *c)
{
	for (int i = 0; i < c->count; i++)
		free(c->names[i]);
	*c = (struct columns){0};
}

void measure_free(struct measure *m)
{
	free(m->data_hash);
	free(m->message);
	free(m->stop_rule);
	free(m->stop_reason);
	free(m->best_column);
	free(m->values);
	columns_free(&m->columns);
	*m = (struct measure){0};
}
