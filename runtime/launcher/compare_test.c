/* compare_test.c: from runs to groups, pairs, tests and verdicts. Which runs make a pair is decided here, and nowhere else. */
#include "compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_MAX = 64, GROUPS_AGAINST_MAX = 2000, BLOCKS_MAX = 1000, TESTS_MAX = 20000 };

struct keyed { uint64_t key; const struct observation *run; };

static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	return (x->key > y->key) - (x->key < y->key);
}

/* ---- groups ------------------------------------------------------------------------------------------ */
struct value_name { const char *name; double number; bool is_number; int64_t first; int value; };

static int by_first(const void *a, const void *b)
{
	const struct value_name *x = a, *y = b;
	return (x->first > y->first) - (x->first < y->first);
}

static int by_number(const void *a, const void *b)
{
	const struct value_name *x = a, *y = b;
	return x->number != y->number ? (x->number > y->number) - (x->number < y->number) : by_first(a, b);
}

/* The values of a parameter among runs of `within` (-1: any): numbers by size, names as they first came. Count; *out to be freed. */
static int values_of(const struct data *d, bool blocks, int within, struct value_name **out)
{
	struct value_name *list = need(malloc(((size_t)d->values.count + 1) * sizeof *list));
	int *seen = need(calloc((size_t)d->values.count + 1, sizeof *seen)), n = 0;
	bool numbers = true;
	for (int i = 0; i < d->count; i++) {
		const struct observation *o = &d->runs[i];
		int value = blocks ? o->within : o->by;
		if (o->by < 0 || (d->has_within && o->within < 0) || (!blocks && within >= 0 && o->within != within) || seen[value]++)
			continue;
		char *end;
		struct value_name *v = &list[n++];
		*v = (struct value_name){.name = d->values.at[value], .first = o->id, .value = value};
		v->number = strtod(v->name, &end);
		numbers = numbers && end != v->name && !*end && isfinite(v->number);
	}
	qsort(list, (size_t)n, sizeof *list, numbers ? by_number : by_first);
	free(seen);
	*out = list;
	return n;
}

/* Distinct configurations: what is left of the parameters when the seed is taken away. */
static int count_configs(const struct data *d, const struct group_of *g)
{
	struct keyed *sorted = need(malloc(((size_t)g->n + 1) * sizeof *sorted));
	int seed_name = -1, count = 0;
	for (int i = 0; i < d->names.count; i++)
		if (!strcmp(d->names.at[i], "seed"))
			seed_name = i;
	for (int i = 0; i < g->n; i++) {
		const struct observation *o = g->used[i];
		sorted[i] = (struct keyed){o->others - (o->seed >= 0 ? mix_pair(seed_name, o->seed) : 0), o};
		for (int k = 0; k < o->own_count; k++)
			sorted[i].key += mix_pair(d->own[o->own + k].name, d->own[o->own + k].value);
	}
	qsort(sorted, (size_t)g->n, sizeof *sorted, by_key);
	for (int i = 0; i < g->n; i++)
		count += i == 0 || sorted[i].key != sorted[i - 1].key;
	free(sorted);
	return count;
}

static void make_groups(const struct data *d, int within, struct block *b)
{
	struct value_name *names;
	b->count = values_of(d, false, within, &names);
	b->groups = need(calloc((size_t)b->count + 1, sizeof *b->groups));
	int *place = need(malloc(((size_t)d->values.count + 1) * sizeof *place));
	for (int i = 0; i < b->count; i++) {
		b->groups[i].name = names[i].name;
		place[names[i].value] = i;
	}
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < d->count; i++) {
			struct observation *o = &d->runs[i];
			if (o->by < 0 || (d->has_within && o->within < 0) || (within >= 0 && o->within != within))
				continue;
			struct group_of *g = &b->groups[place[o->by]];
			if (pass == 0) {
				g->count++;
				continue;
			}
			if (!g->runs) {
				g->runs = need(malloc((size_t)g->count * sizeof *g->runs));
				g->used = need(malloc((size_t)g->count * sizeof *g->used));
				g->x = need(malloc((size_t)g->count * sizeof *g->x));
				g->count = 0;
			}
			g->runs[g->count++] = o;
			g->fates[o->fate]++;
			if (o->fate == FATE_USED) {
				g->x[g->n] = o->x;
				g->used[g->n++] = o;
			}
		}
	for (int i = 0; i < b->count; i++)
		b->groups[i].configs = count_configs(d, &b->groups[i]);
	free(place);
	free(names);
}

/* ---- pairs ------------------------------------------------------------------------------------------- */
/* marks[name] has bit 1 if runs of `a` have this parameter, bit 2 for `b`. */
static void mark_names(const struct data *d, const struct group_of *g, unsigned char bit, unsigned char *marks)
{
	for (int i = 0; i < g->n; i++)
		for (int k = 0; k < g->used[i]->own_count; k++)
			marks[d->own[g->used[i]->own + k].name] |= bit;
}

/* What a run's partner must share. marks: the compared module's own parameters that count, those with 3. False without seeds. */
static bool make_keys(const struct data *d, const struct group_of *g, const unsigned char *marks, struct keyed *out)
{
	for (int i = 0; i < g->n; i++) {
		const struct observation *o = g->used[i];
		if (o->seed < 0)
			return false;
		out[i] = (struct keyed){o->others, o};
		for (int k = 0; k < o->own_count; k++) {
			const struct value_pair *p = &d->own[o->own + k];
			if (marks[p->name] == 3)
				out[i].key += mix_pair(p->name, p->value);
		}
	}
	qsort(out, (size_t)g->n, sizeof *out, by_key);
	for (int i = 1; i < g->n; i++)
		if (out[i].key == out[i - 1].key)
			return false;
	return true;
}

static int merge(struct keyed *a, int na, struct keyed *b, int nb)
{
	int n = 0;
	for (int i = 0, k = 0; i < na && k < nb;)
		if (a[i].key == b[k].key) {
			a[n] = a[i++];
			b[n++] = b[k++];
		} else if (a[i].key < b[k].key)
			i++;
		else
			k++;
	return n;
}

/* Pairs in a[] and b[], or 0. First by all that the groups share; else by what lies outside the compared module, which is
** right where each group has one configuration. A pairing that leaves out more than half of a group is none. */
static int find_pairs(const struct data *d, const struct group_of *ga, const struct group_of *gb, struct keyed *a, struct keyed *b)
{
	unsigned char *marks = need(calloc((size_t)d->names.count + 1, 1));
	int n = 0;
	mark_names(d, ga, 1, marks);
	mark_names(d, gb, 2, marks);
	for (int pass = 0; pass < 2 && !n; pass++) {
		if (make_keys(d, ga, marks, a) && make_keys(d, gb, marks, b))
			n = merge(a, ga->n, b, gb->n);
		if (2 * n < ga->n || 2 * n < gb->n)
			n = 0;
		memset(marks, 0, (size_t)d->names.count);
	}
	free(marks);
	return n;
}

static int count_seeds(const struct data *d, const struct keyed *pairs, int n)
{
	unsigned char *seen = need(calloc((size_t)d->values.count + 1, 1));
	int count = 0;
	for (int i = 0; i < n; i++) {
		count += !seen[pairs[i].run->seed];
		seen[pairs[i].run->seed] = 1;
	}
	free(seen);
	return count;
}

/* ---- tests --------------------------------------------------------------------------------------------- */
static void test_pairs(const struct data *d, const struct comparing *c, struct comparison *k, const struct keyed *a, const struct keyed *b)
{
	double *x = need(malloc(3 * (size_t)k->n * sizeof *x)), *y = x + k->n, *less = y + k->n;
	for (int i = 0; i < k->n; i++) {
		x[i] = a[i].run->x;
		y[i] = b[i].run->x;
	}
	paired_differences(x, y, k->n, less);
	signed_rank_test(less, k->n, &k->test);
	k->difference = mean_of(less, k->n);
	difference_interval(less, k->n, NULL, 0, c->resamples, (uint64_t)c->seed, &k->low, &k->high);
	k->hedges = hedges_g(x, k->n, y, k->n);
	k->left_a = k->a->n - k->n;
	k->left_b = k->b->n - k->n;
	k->seeds = count_seeds(d, a, k->n);
	free(x);
}

static void test_runs(const struct comparing *c, struct comparison *k)
{
	const struct group_of *a = k->a, *b = k->b;
	rank_sum_test(a->x, a->n, b->x, b->n, &k->test);
	k->hedges = hedges_g(a->x, a->n, b->x, b->n);
	k->difference = a->summary.mean - b->summary.mean;
	k->low = k->high = NAN;
	if (a->n && b->n)
		difference_interval(a->x, a->n, b->x, b->n, c->resamples, (uint64_t)c->seed, &k->low, &k->high);
}

static void make_comparison(const struct data *d, const struct comparing *c, struct comparison *k)
{
	struct keyed *a = need(malloc(((size_t)k->a->n + 1) * sizeof *a)), *b = need(malloc(((size_t)k->b->n + 1) * sizeof *b));
	k->n = c->unpaired ? 0 : find_pairs(d, k->a, k->b, a, b);
	k->paired = k->n > 0;
	if (k->paired)
		test_pairs(d, c, k, a, b);
	else
		test_runs(c, k);
	free(a);
	free(b);
}

/* Holm's correction over all comparisons of all blocks, then what each says. */
static void judge(struct comparing *c)
{
	double *p = need(malloc(4 * ((size_t)c->tests + 1) * sizeof *p)), *adjusted = p + c->tests, *least = adjusted + c->tests, *best = least + c->tests;
	int n = 0, valid = 0;
	for (int i = 0; i < c->count; i++)
		for (int k = 0; k < c->blocks[i].comparison_count; k++, n++) {
			p[n] = c->blocks[i].comparisons[k].test.p;
			least[n] = isnan(p[n]) ? NAN : c->blocks[i].comparisons[k].test.smallest_p;
			valid += !isnan(p[n]);
		}
	holm(p, n, adjusted);
	holm(least, n, best);
	c->tests = valid;
	n = 0;
	for (int i = 0; i < c->count; i++)
		for (int j = 0; j < c->blocks[i].comparison_count; j++, n++) {
			struct comparison *k = &c->blocks[i].comparisons[j];
			double level = c->level / (valid ? valid : 1), effect = k->test.effect;
			k->p_holm = adjusted[n];
			k->unreachable = best[n] > c->level;
			k->reach = k->paired ? pairs_to_reach(level) : runs_to_reach(level);
			k->wanted = k->paired ? pairs_to_tell(k->test.superiority, level) : runs_to_tell(k->test.superiority, level);
			k->verdict = isnan(k->p_holm) ? VERDICT_NO_DATA : k->p_holm > c->level ? VERDICT_UNCLEAR
				: (c->criterion->better < 0 ? effect < 0 : effect > 0) ? VERDICT_BETTER : VERDICT_WORSE;
		}
	free(p);
}

/* As many resamples as take a moment: 9999 for small sweeps, never fewer than 999. */
static int choose_resamples(const struct comparing *c)
{
	double work = 1;
	for (int i = 0; i < c->count; i++)
		for (int g = 0; g < c->blocks[i].count; g++) {
			const struct block *b = &c->blocks[i];
			double n = b->groups[g].n < BOOTSTRAP_MAX ? b->groups[g].n : BOOTSTRAP_MAX;
			work += n * (1 + (c->against ? 2 : b->count - 1));
		}
	return (int)fmin(9999, fmax(999, floor(1e8 / work)));
}

static bool plan_comparisons(struct comparing *c, struct block *b)
{
	int reference = -1, limit = c->against ? GROUPS_AGAINST_MAX : GROUPS_MAX, n = 0;
	if (b->count > limit) {
		complain("%s has %d values: more than the %d that can be compared with one another", c->by, b->count, limit);
		hint(c->against ? "choose a parameter with fewer values, or divide the runs with --within" : "compare all with one of them: --against VALUE");
		return false;
	}
	for (int i = 0; c->against && i < b->count; i++)
		if (!strcmp(b->groups[i].name, c->against))
			reference = i;
	b->comparisons = need(calloc((size_t)b->count * (size_t)(c->against ? 1 : b->count) + 1, sizeof *b->comparisons));
	for (int i = 0; i < b->count; i++)
		for (int k = i + 1; k < b->count && !c->against; k++)
			b->comparisons[n++] = (struct comparison){.a = &b->groups[i], .b = &b->groups[k]};
	for (int i = 0; i < b->count && reference >= 0; i++)
		if (i != reference)
			b->comparisons[n++] = (struct comparison){.a = &b->groups[i], .b = &b->groups[reference]};
	b->comparison_count = n;
	c->tests += n;
	if (c->tests <= TESTS_MAX)
		return true;
	complain("these are more than %d comparisons", TESTS_MAX);
	hint("compare all with one value of %s: --against VALUE", c->by);
	return false;
}

static bool against_exists(const struct comparing *c)
{
	for (int i = 0; i < c->count; i++)
		for (int g = 0; g < c->blocks[i].count; g++)
			if (!c->against || !strcmp(c->blocks[i].groups[g].name, c->against))
				return true;
	const char *names[GROUPS_MAX];
	int n = c->blocks[0].count < GROUPS_MAX ? c->blocks[0].count : GROUPS_MAX;
	for (int i = 0; i < n; i++)
		names[i] = c->blocks[0].groups[i].name;
	const char *near = nearest(c->against, names, n);
	complain("--against %s: no run has this %s", c->against, c->by);
	hint("%s '%s'?", near ? "did you mean" : "is it one like", near ? near : names[0]);
	return false;
}

static bool make_blocks(const struct data *d, struct comparing *c)
{
	struct value_name *names = NULL;
	int count = c->within ? values_of(d, true, -1, &names) : 1;
	if (count > BLOCKS_MAX) {
		complain("--within %s: it has %d values, more than %d", c->within, count, BLOCKS_MAX);
		free(names);
		return false;
	}
	c->count = count;
	c->blocks = need(calloc((size_t)c->count, sizeof *c->blocks));
	for (int i = 0; i < c->count; i++) {
		c->blocks[i].name = names ? names[i].name : NULL;
		make_groups(d, names ? names[i].value : -1, &c->blocks[i]);
	}
	free(names);
	int epochs = -2;
	for (int i = 0; i < d->count; i++) {
		const struct observation *o = &d->runs[i];
		if (o->by < 0 || (d->has_within && o->within < 0) || o->fate != FATE_USED)
			continue;
		c->mixed_epochs = c->mixed_epochs || (epochs != -2 && epochs != o->epochs);
		epochs = o->epochs;
	}
	return true;
}

bool compare_all(const struct data *d, struct comparing *c)
{
	c->lacking = d->lacking;
	c->lacking_within = d->lacking_within;
	if (!make_blocks(d, c) || !against_exists(c))
		return false;
	for (int i = 0; i < c->count; i++)
		if (!plan_comparisons(c, &c->blocks[i]))
			return false;
	c->resamples = choose_resamples(c);
	for (int i = 0; i < c->count; i++) {
		struct block *b = &c->blocks[i];
		for (int g = 0; g < b->count; g++)
			summarize(b->groups[g].x, b->groups[g].n, c->resamples, (uint64_t)c->seed, &b->groups[g].summary);
		for (int k = 0; k < b->comparison_count; k++)
			make_comparison(d, c, &b->comparisons[k]);
	}
	judge(c);
	return true;
}

void comparing_free(struct comparing *c)
{
	for (int i = 0; i < c->count; i++) {
		for (int g = 0; g < c->blocks[i].count; g++) {
			free(c->blocks[i].groups[g].runs);
			free(c->blocks[i].groups[g].used);
			free(c->blocks[i].groups[g].x);
		}
		free(c->blocks[i].groups);
		free(c->blocks[i].comparisons);
	}
	free(c->blocks);
}
