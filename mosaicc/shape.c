/* shape.c: shapes, broadcasting, and the shape rule that an op's signature states. */
#include "op.h"

#include <string.h>

struct shape shape_of(int rank, const int64_t *dims)
{
	struct shape s = {.rank = rank, .batch = -1};
	for (int i = 0; i < rank && i < RANK_MAX; i++)
		s.dim[i] = dims[i];
	return s;
}

int64_t shape_count(const struct shape *s)
{
	int64_t n = 1;
	for (int i = 0; i < s->rank; i++)
		n *= s->dim[i];
	return n;
}

bool shape_equal(const struct shape *a, const struct shape *b)
{
	if (a->rank != b->rank || a->batch != b->batch)
		return false;
	for (int i = 0; i < a->rank; i++)
		if (a->dim[i] != b->dim[i])
			return false;
	return true;
}

/* [B,3]; the batch axis of k * BATCH rows prints as kB when the batch is known to the caller, here as B:rows. */
void shape_text(const struct shape *s, struct text *out)
{
	text_add(out, "[");
	for (int i = 0; i < s->rank; i++)
		text_printf(out, i == s->batch ? "%sB:%lld" : "%s%lld", i ? "," : "", (long long)s->dim[i]);
	text_add(out, "]");
}

/* NumPy's rule: axes are aligned at the end; an axis of 1 stretches. */
bool shape_broadcast(const struct shape *a, const struct shape *b, struct shape *out)
{
	struct shape r = {.rank = a->rank > b->rank ? a->rank : b->rank, .batch = -1};
	for (int i = 0; i < r.rank; i++) {
		int ia = i - (r.rank - a->rank), ib = i - (r.rank - b->rank);
		int64_t da = ia >= 0 ? a->dim[ia] : 1, db = ib >= 0 ? b->dim[ib] : 1;
		bool ba = ia >= 0 && ia == a->batch, bb = ib >= 0 && ib == b->batch;
		if (da != db && (da != 1 || ba) && (db != 1 || bb))
			return false;
		if (ba != bb && (ba ? db : da) != 1)
			return false;
		r.dim[i] = da == 1 ? db : da;
		if (ba || bb) {
			if (r.batch >= 0)
				return false;
			r.batch = i;
		}
	}
	*out = r;
	return true;
}

static bool broadcast_all(const struct node *n, struct shape *out, struct text *why)
{
	*out = n->in[0]->shape;
	for (int i = 1; i < n->in_count; i++) {
		struct shape s = *out;
		if (shape_broadcast(&s, &n->in[i]->shape, out))
			continue;
		text_add(why, "shapes ");
		shape_text(&s, why);
		text_add(why, " and ");
		shape_text(&n->in[i]->shape, why);
		text_add(why, " do not broadcast");
		return false;
	}
	return true;
}

/* ---- signatures: "x[B,I] w[O,I] b[O] -> y[B,O]" ---------------------------------------------
** A capital is a size, the same wherever it stands. B is any leading axes of the first input (kept), so "x[B,I]"
** takes ranks of 2 and more; sizes are bound from left to right. */
struct dims { int64_t value['Z' + 1]; bool bound['Z' + 1]; int batch_rank; int64_t lead[RANK_MAX]; int batch; };

static const char *sig_item(const char *s, char *name, char *letters)
{
	while (*s == ' ')
		s++;
	int n = 0, k = 0;
	while (*s && *s != '[' && n < 15)
		name[n++] = *s++;
	name[n] = 0;
	if (*s == '[')
		for (s++; *s && *s != ']'; s++)
			if (*s != ',')
				letters[k++] = *s;
	letters[k] = 0;
	return *s ? s + 1 : s;
}

/* Bodies walk the leading axes as one: the samples must come first there, and no size may be theirs. */
static bool batch_fits(const struct shape *s, const char *name, int lead, struct text *why)
{
	if (s->batch < 0 || (s->batch == 0 && lead > 0))
		return true;
	text_printf(why, "the samples of %s stand in axis %d of %d", name, s->batch, s->rank);
	text_add(why, lead > 0 ? "; they must stand in the first" : "; it must be the same for all samples");
	return false;
}

static bool bind_input(const struct node *in, const char *name, const char *letters, struct dims *d, struct text *why)
{
	const struct shape *s = &in->shape;
	int want = (int)strlen(letters), lead = s->rank - want + (letters[0] == 'B');
	if (letters[0] == 'B' ? lead < 0 : s->rank != want) {
		text_printf(why, "%s has %d axes", name, s->rank);
		text_printf(why, letters[0] == 'B' ? ", at least %d are needed" : ", %d are needed", want - (letters[0] == 'B'));
		return false;
	}
	if (!batch_fits(s, name, letters[0] == 'B' ? lead : 0, why))
		return false;
	if (letters[0] == 'B') {
		if (d->bound['B'] && (d->batch_rank != lead || d->batch != s->batch || memcmp(d->lead, s->dim, (size_t)lead * sizeof *d->lead) != 0)) {
			text_printf(why, "the leading axes of %s differ from the first input's", name);
			return false;
		}
		d->bound['B'] = true;
		d->batch_rank = lead;
		d->batch = s->batch;
		memcpy(d->lead, s->dim, (size_t)lead * sizeof *d->lead);
	} else {
		lead = 0;
	}
	for (const char *c = letters + (letters[0] == 'B'); *c; c++) {
		int64_t size = s->dim[lead + (c - letters) - (letters[0] == 'B')];
		if (d->bound[(int)*c] && d->value[(int)*c] != size) {
			text_printf(why, "%s has size %lld where %lld is needed", name, (long long)size, (long long)d->value[(int)*c]);
			return false;
		}
		d->bound[(int)*c] = true;
		d->value[(int)*c] = size;
	}
	return true;
}

static bool shape_from_sig(const struct node *n, struct shape *out, struct text *why)
{
	struct dims d = {.batch = -1};
	char name[16], letters[16];
	const char *s = n->op->sig, *arrow = strstr(s, "->");
	for (int i = 0; i < n->in_count && s < arrow; i++) {
		s = sig_item(s, name, letters);
		if (!bind_input(n->in[i], name, letters, &d, why))
			return false;
	}
	sig_item(arrow + 2, name, letters);
	struct shape r = {.batch = -1};
	const char *c = letters;
	if (*c == 'B') {
		memcpy(r.dim, d.lead, sizeof r.dim);
		r.rank = d.batch_rank;
		r.batch = d.batch < r.rank ? d.batch : -1;
		c++;
	}
	for (; *c; c++)
		r.dim[r.rank++] = d.value[(int)*c];
	*out = r;
	return true;
}

/* Sizes stay far from overflow: a tensor of more elements than this is a mistake. */
static bool size_sane(const struct shape *s, struct text *why)
{
	double n = 1;
	if (s->batch < -1 || s->batch >= s->rank) {
		text_printf(why, "the batch axis is %d of %d", s->batch, s->rank);
		return false;
	}
	for (int i = 0; i < s->rank; i++) {
		if (s->dim[i] < 1) {
			text_printf(why, "axis %d has size %lld", i, (long long)s->dim[i]);
			return false;
		}
		n *= (double)s->dim[i];
	}
	if (n < 1e10)
		return true;
	text_printf(why, "the result would have %.3g elements", n);
	return false;
}

bool shape_infer(const struct node *n, struct shape *out, struct text *why)
{
	if (n->op->inputs >= 0 && n->in_count != n->op->inputs) {
		text_printf(why, "%d inputs, %d are needed", n->in_count, n->op->inputs);
		return false;
	}
	bool ok = n->op->shape ? n->op->shape(n, out, why) : n->op->sig ? shape_from_sig(n, out, why) : broadcast_all(n, out, why);
	return ok && size_sane(out, why);
}
