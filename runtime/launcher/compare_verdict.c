/* compare_verdict.c: what a comparison says, in sentences: who is better, or how many runs more would tell, and which runs
** are not in it. doc/comparing.md says what stands behind them. */
#include "compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Beyond this nobody would train on: the difference is too small for the question to matter. */
enum { WANTED_MAX = 10000, FEW = 3, RANGES_SHOWN = 8 };

static const char *runs_word(int n)
{
	return n == 1 ? "run" : "runs";
}

/* Ids as 1-3, 7; at most RANGES_SHOWN of them. */
static void add_ids(const struct group_of *g, enum fate fate, struct text *out)
{
	int ranges = 0, left = 0;
	text_add(out, g->fates[fate] == 1 ? " (run " : " (runs ");
	for (int i = 0, end; i < g->count; i = end) {
		end = i + 1;
		if (g->runs[i]->fate != fate)
			continue;
		while (end < g->count && g->runs[end]->fate == fate && g->runs[end]->id == g->runs[end - 1]->id + 1)
			end++;
		if (++ranges > RANGES_SHOWN) {
			left += end - i;
			continue;
		}
		text_printf(out, "%s%lld", ranges > 1 ? ", " : "", (long long)g->runs[i]->id);
		if (end > i + 1)
			text_printf(out, "-%lld", (long long)g->runs[end - 1]->id);
	}
	if (left)
		text_printf(out, " and %d more", left);
	text_add(out, ")");
}

void missing_text(const struct comparing *c, const struct group_of *g, struct text *out)
{
	const char *comma = "";
	if (g->fates[FATE_FAILED]) {
		text_printf(out, "%d failed", g->fates[FATE_FAILED]);
		add_ids(g, FATE_FAILED, out);
		comma = ", ";
	}
	if (g->fates[FATE_NO_VALUE]) {
		text_printf(out, "%s%d without a finite %s", comma, g->fates[FATE_NO_VALUE], c->criterion->column);
		add_ids(g, FATE_NO_VALUE, out);
		comma = ", ";
	}
	if (g->fates[FATE_UNFINISHED]) {
		text_printf(out, "%s%d unfinished", comma, g->fates[FATE_UNFINISHED]);
		add_ids(g, FATE_UNFINISHED, out);
	}
}

/* "4 seeds", "12 pairs (4 seeds)", "8 runs each", "16 and 8 runs" */
static void add_size(const struct comparison *k, struct text *out)
{
	if (k->paired && k->seeds == k->n)
		text_printf(out, "%d %s", k->n, k->n == 1 ? "seed" : "seeds");
	else if (k->paired)
		text_printf(out, "%d pairs (%d %s)", k->n, k->seeds, k->seeds == 1 ? "seed" : "seeds");
	else if (k->a->n == k->b->n)
		text_printf(out, "%d %s each", k->a->n, runs_word(k->a->n));
	else
		text_printf(out, "%d and %d runs", k->a->n, k->b->n);
}

static void add_decided(const struct comparing *c, const struct comparison *k, struct text *out)
{
	bool larger = k->test.effect > 0;
	const char *word = c->criterion->better == 0 ? (larger ? "larger" : "smaller") : k->verdict == VERDICT_BETTER ? "better" : "worse";
	if (c->criterion->better == 0)
		text_printf(out, "%s has a %s %s than %s", k->a->name, word, c->criterion->column, k->b->name);
	else
		text_printf(out, "%s is %s than %s: its %s is %s", k->a->name, word, k->b->name, c->criterion->column, larger ? "larger" : "smaller");
	text_add(out, " (");
	add_size(k, out);
	text_printf(out, ", p = %.2g", k->test.p);
	if (c->tests > 1)
		text_printf(out, ", %.2g after Holm's correction", k->p_holm);
	text_add(out, ").");
	if ((k->difference > 0) != larger && k->difference != 0)
		text_printf(out, " Its mean is %s all the same: a few runs lie far out.", larger ? "smaller" : "larger");
	const struct group_of *winner = k->verdict == VERDICT_BETTER ? k->a : k->b;
	int lost = winner->fates[FATE_FAILED] + winner->fates[FATE_NO_VALUE];
	if (c->criterion->better && lost)
		text_printf(out, " Mind that %d of the %d runs of %s failed or blew up and count for nothing here.", lost, winner->count, winner->name);
}

/* How many would tell: an estimate that is only as good as the difference seen so far. */
static void add_wanted(const struct comparison *k, struct text *out)
{
	int have = k->paired ? k->n : k->a->n < k->b->n ? k->a->n : k->b->n;
	const char *unit = !k->paired ? "runs" : k->seeds == k->n ? "seeds" : "pairs";
	if (have < FEW) {
		text_printf(out, ": it takes at least %d %s%s before any test can tell.", k->reach, unit, k->paired ? "" : " of each");
		return;
	}
	if (!isfinite(k->wanted))
		text_add(out, ": so far neither is ahead, and no number can be given that would do.");
	else if (k->wanted > WANTED_MAX)
		text_printf(out, ": a difference as small as this one would take more than %d %s%s.", WANTED_MAX, unit, k->paired ? "" : " of each");
	else {
		const char *of = k->paired ? k->seeds == k->n ? "" : " pairs" : k->a->n == k->b->n ? "" : " of each";
		text_printf(out, ": about %d%s would do, if the difference is as large as it looks.", (int)fmax(k->wanted, have + 1), of);
	}
	if (k->unreachable)
		text_printf(out, " No outcome could have told: the smallest p possible is %.2g%s, and it takes %d %s%s for one below the level.",
			k->test.smallest_p, k->reach > have ? "" : " before the correction", k->reach, unit, k->paired ? "" : " of each");
}

static void add_no_data(const struct comparing *c, const struct comparison *k, struct text *out)
{
	bool neither = !k->a->n && !k->b->n;
	text_printf(out, "%s and %s cannot be compared: %s has %s finished run with a finite %s.", k->a->name, k->b->name,
		neither ? "neither" : !k->a->n ? k->a->name : k->b->name, neither ? "a" : "no", c->criterion->column);
}

void verdict_text(const struct comparing *c, const struct comparison *k, struct text *out)
{
	if (k->verdict == VERDICT_NO_DATA)
		add_no_data(c, k, out);
	else if (k->verdict != VERDICT_UNCLEAR)
		add_decided(c, k, out);
	else if (k->paired && k->test.zeros == k->n) {
		text_printf(out, "%s and %s are equal, run by run, with ", k->a->name, k->b->name);
		add_size(k, out);
		text_add(out, ".");
	} else {
		text_printf(out, "%s and %s cannot be told apart with ", k->a->name, k->b->name);
		add_size(k, out);
		add_wanted(k, out);
	}
}

static void pairing_notes(const struct comparing *c, struct text *out)
{
	bool mixed = false;
	for (int i = 0; i < c->count; i++)
		for (int j = 0; j < c->blocks[i].comparison_count; j++) {
			const struct comparison *k = &c->blocks[i].comparisons[j];
			if (k->left_a || k->left_b)
				text_printf(out, "%s and %s%s%s: %d and %d runs have no partner and are not in their test.\n", k->a->name, k->b->name,
					c->blocks[i].name ? " within " : "", c->blocks[i].name ? c->blocks[i].name : "", k->left_a, k->left_b);
			mixed = mixed || (!k->paired && (k->a->configs > 1 || k->b->configs > 1));
		}
	if (mixed)
		text_add(out, "Groups of several configurations that do not pair are compared as if their runs were drawn from one population:"
			" --within a parameter compares like with like.\n");
}

static bool any_large(const struct comparing *c)
{
	for (int i = 0; i < c->count; i++) {
		const struct block *b = &c->blocks[i];
		for (int g = 0; g < b->count; g++)
			if (b->groups[g].n > BOOTSTRAP_MAX)
				return true;
		for (int k = 0; k < b->comparison_count; k++)
			if (!b->comparisons[k].paired && b->comparisons[k].a->n + b->comparisons[k].b->n > BOOTSTRAP_MAX)
				return true;
	}
	return false;
}

void notes_text(const struct comparing *c, struct text *out)
{
	bool single = true;
	for (int i = 0; i < c->count; i++)
		single = single && c->blocks[i].comparison_count == 0;
	if (single)
		text_printf(out, "There is only one %s: nothing to compare it with.\n", c->by);
	if (c->lacking)
		text_printf(out, "%d %s no %s and %s not in the tables.\n", c->lacking, c->lacking == 1 ? "run has" : "runs have", c->by,
			c->lacking == 1 ? "is" : "are");
	if (c->lacking_within)
		text_printf(out, "%d more %s no %s and %s not in the tables.\n", c->lacking_within, c->lacking_within == 1 ? "has" : "have", c->within,
			c->lacking_within == 1 ? "is" : "are");
	if (c->mixed_epochs && strcmp(c->by, "epochs") && (!c->within || strcmp(c->within, "epochs")))
		text_add(out, "The runs have different numbers of epochs: --within epochs compares equal ones.\n");
	pairing_notes(c, out);
	if (!c->criterion->better && criterion_place(c->criterion->column) < 0)
		text_printf(out, "Whether small or large values of %s are better is not known: --better smaller or --better larger says it.\n",
			c->criterion->column);
	text_printf(out, "Intervals: 95 %%, BCa bootstrap of %d resamples, seed %lld%s.", c->resamples, (long long)c->seed,
		any_large(c) ? "; Student's where there are more than 500 values" : "");
	if (c->tests > 1)
		text_printf(out, " Verdicts: %g %% after Holm's correction over %d comparisons.\n", 100 * c->level, c->tests);
	else
		text_printf(out, " Verdicts: %g %%.\n", 100 * c->level);
}
