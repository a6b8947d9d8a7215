/* cost_print.c: what a sweep costs, for people and as JSON. Pipelines that share a program and train as long on as many samples are one row;
** a few rows are shown as cards, more as a table, very many as families and the longest. --json has every pipeline. */
#include "cost.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CARDS_MOST = 8, TABLE_MOST = 40, LONGEST_SHOWN = 10 };
struct row { const struct pipeline_cost *of; const char *line; int pipelines, runs; };
struct rows { struct row *at; int count, cap; };

/* ---- numbers for the eye ---------------------------------------------------------------------- */

/* Three digits and a unit's prefix: "134 k", "9.6 M". */
static const char *scaled(struct arena *a, double v, const char *unit)
{
	static const char *const prefixes[] = {"", "k", "M", "G", "T", "P", "E"};
	int p = 0;
	while (v >= 999.5 && p < 6) {
		v /= 1000;
		p++;
	}
	const char *gap = *unit || p ? " " : "";
	return p && v < 9.95 ? arena_printf(a, "%.1f%s%s%s", v, gap, prefixes[p], unit) : arena_printf(a, "%.0f%s%s%s", v, gap, prefixes[p], unit);
}

static const char *bytes_text(struct arena *a, double v)
{
	return scaled(a, v, "B");
}

/* Below 0: of a GPU, of which nothing was measured. */
static const char *seconds_text(struct arena *a, double s)
{
	if (s < 0)
		return "unknown";
	if (s < 1)
		return s < 9.995e-7 ? arena_printf(a, "%.2g ns", s * 1e9) : s < 9.995e-4 ? arena_printf(a, "%.3g us", s * 1e6) : arena_printf(a, "%.3g ms", s * 1e3);
	if (s < 99.5)
		return arena_printf(a, "%.2g s", s);
	if (s < 5400)
		return arena_printf(a, "%.0f min", s / 60);
	return s < 172800 ? arena_printf(a, "%.1f h", s / 3600) : arena_printf(a, "%.0f days", s / 86400);
}

/* Control characters of a configuration must not reach a terminal. */
static const char *visible(struct arena *a, const char *s)
{
	char *out = arena_strdup(a, s);
	for (char *c = out; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = '?';
	return out;
}

/* ---- rows -------------------------------------------------------------------------------------- */

static bool same_cost(const struct pipeline_cost *x, const struct pipeline_cost *y)
{
	return x->program == y->program && x->train == y->train && x->test == y->test && x->validation == y->validation && x->epochs == y->epochs;
}

static struct rows make_rows(const struct build *b, struct arena *a, const struct sweep_cost *c)
{
	struct rows r = {0};
	int *last = arena_alloc(a, ((size_t)b->programs.count + 1) * sizeof *last);   /* the row that a program's last pipeline went to, + 1 */
	for (int i = 0; i < c->count; i++) {
		int *row = &last[b->state[b->sweep.pipelines.at[i].index].program];
		int found = *row && same_cost(r.at[*row - 1].of, &c->at[i]) ? *row - 1 : -1;
		for (int k = 0; *row && found < 0 && k < r.count; k++)
			found = same_cost(r.at[k].of, &c->at[i]) ? k : -1;
		if (found < 0) {
			VEC(struct row) v = {r.at, r.count, r.cap};
			VEC_PUSH(a, &v, ((struct row){.of = &c->at[i], .line = visible(a, b->sweep.pipelines.at[i].line)}));
			r = (struct rows){v.at, v.count, v.cap};
			found = r.count - 1;
		}
		r.at[found].pipelines++;
		r.at[found].runs += c->at[i].runs;
		*row = found + 1;
	}
	return r;
}

static void print_card(struct arena *a, const struct row *r, FILE *out)
{
	const struct pipeline_cost *c = r->of;
	const struct program_cost *p = c->of;
	double samples = (double)c->train / p->batch;
	fprintf(out, "\n%s", r->line);
	if (r->pipelines > 1)
		fprintf(out, "  and %d more that cost the same", r->pipelines - 1);
	fprintf(out, "\n  program     %s: %d run%s, up to %d in the lanes of one process\n", c->program->name, r->runs, r->runs == 1 ? "" : "s", c->program->lanes);
	fprintf(out, "  parameters  %lld", (long long)c->program->nb_params);
	if (p->trained != c->program->nb_params)
		fprintf(out, ", of which %lld are trained", (long long)p->trained);
	fprintf(out, "\n  an epoch    %lld samples in batches of %d, then %lld for testing", (long long)c->train, p->batch, (long long)c->test);
	if (c->validation)
		fprintf(out, " and %lld for validation", (long long)c->validation);
	fprintf(out, ": %s: forward %s, backward %s, ", scaled(a, c->epoch_flops, "FLOP"), scaled(a, samples * p->flops.forward, ""), scaled(a, samples * p->flops.backward, ""));
	fprintf(out, "optimizer %s, evaluation %s\n", scaled(a, ceil(samples) * p->flops.optimizer, ""), scaled(a, (double)(c->test + c->validation) / p->batch * p->flops.evaluation, ""));
	fprintf(out, "  a run       parameters %s, gradients %s, optimizer's state %s, activations %s, data %s\n", bytes_text(a, p->weight_bytes), bytes_text(a, p->gradient_bytes),
		bytes_text(a, p->state_bytes), bytes_text(a, p->activation_bytes), bytes_text(a, c->data_bytes));
	fprintf(out, "  memory      %s a process\n", bytes_text(a, c->process_bytes));
	fprintf(out, "  time        %s an epoch, %s for %d epochs\n", seconds_text(a, c->epoch_seconds), seconds_text(a, c->run_seconds), c->epochs);
}

static void print_table(struct arena *a, const struct row *rows, int count, FILE *out)
{
	fprintf(out, "\n%6s %10s %10s %8s %9s %9s  %s\n", "runs", "parameters", "FLOP/epoch", "memory", "an epoch", "a run", "pipeline");
	for (int i = 0; i < count; i++) {
		const struct pipeline_cost *c = rows[i].of;
		fprintf(out, "%6d %10s %10s %8s %9s %9s  %s", rows[i].runs, scaled(a, (double)c->program->nb_params, ""), scaled(a, c->epoch_flops, ""),
			bytes_text(a, c->process_bytes), seconds_text(a, c->epoch_seconds), seconds_text(a, c->run_seconds), rows[i].line);
		if (rows[i].pipelines > 1)
			fprintf(out, "  (and %d more)", rows[i].pipelines - 1);
		fputc('\n', out);
	}
}

/* ---- families: the same classes ----------------------------------------------------------------- */

struct range { double low, high; };
struct family { const char *name; int pipelines, runs; struct range params, flops, seconds; double total; const struct program *last; int programs; };

static void widen(struct range *r, double v, bool first)
{
	r->low = first || v < r->low ? v : r->low;
	r->high = first || v > r->high ? v : r->high;
}

static const char *classes_of(struct arena *a, const struct pipeline *p)
{
	struct text t = {0};
	for (int i = 0; i < p->modules.count; i++)
		if (p->modules.at[i].path)
			text_printf(&t, "%s%s", t.len ? " | " : "", p->modules.at[i].class);
	const char *name = visible(a, t.at ? t.at : "");
	text_free(&t);
	return name;
}

static const char *range_text(struct arena *a, struct range r, const char *(*show)(struct arena *, double))
{
	const char *low = show(a, r.low), *high = show(a, r.high);
	return strcmp(low, high) == 0 ? low : arena_printf(a, "%s .. %s", low, high);
}

static const char *plain(struct arena *a, double v)
{
	return scaled(a, v, "");
}

static void print_families(const struct build *b, struct arena *a, const struct sweep_cost *c, FILE *out)
{
	VEC(struct family) f = {0};
	for (int i = 0; i < c->count; i++) {
		const char *name = classes_of(a, &b->sweep.pipelines.at[i]);
		int k = 0;
		while (k < f.count && strcmp(f.at[k].name, name) != 0)
			k++;
		bool first = k == f.count;
		if (first)
			VEC_PUSH(a, &f, (struct family){.name = name});
		struct family *one = &f.at[k];
		const struct pipeline_cost *p = &c->at[i];
		widen(&one->params, (double)p->program->nb_params, first);
		widen(&one->flops, p->epoch_flops, first);
		widen(&one->seconds, p->run_seconds, first);
		one->pipelines++;
		one->programs += p->program->first == &b->sweep.pipelines.at[i];
		one->runs += p->runs;
	}
	fprintf(out, "\n%9s %8s %6s %19s %19s %22s  %s\n", "pipelines", "programs", "runs", "parameters", "FLOP/epoch", "a run", "classes");
	for (int k = 0; k < f.count; k++)
		fprintf(out, "%9d %8d %6d %19s %19s %22s  %s\n", f.at[k].pipelines, f.at[k].programs, f.at[k].runs, range_text(a, f.at[k].params, plain),
			range_text(a, f.at[k].flops, plain), range_text(a, f.at[k].seconds, seconds_text), f.at[k].name);
}

static int longer_first(const void *x, const void *y)
{
	const struct row *a = x, *b = y;
	if (a->of->run_seconds != b->of->run_seconds)
		return a->of->run_seconds < b->of->run_seconds ? 1 : -1;
	return a->of < b->of ? -1 : a->of > b->of;
}

/* ---- the sweep ----------------------------------------------------------------------------------- */

static void print_sweep(const struct build *b, struct arena *a, const struct sweep_cost *c, FILE *out)
{
	const struct sweep *s = &b->sweep;
	fprintf(out, "\nthe sweep: %d runs of %d pipelines, %d programs; %s\n", c->runs, c->count, b->programs.count, scaled(a, c->flops, "FLOP"));
	if (s->need_gpu)
		fprintf(out, "  how long nvcc and a GPU take is not known: %d process%s, nb_processus = %d at once\n", c->processes, c->processes == 1 ? "" : "es", c->slots);
	else
		fprintf(out, "  about %s to build on %d core%s, then %s to train: %d process%s, nb_processus = %d at once\n", seconds_text(a, c->build_seconds), c->cores, c->cores == 1 ? "" : "s",
			seconds_text(a, c->seconds), c->processes, c->processes == 1 ? "" : "es", c->slots);
	fprintf(out, "  about %s of memory at most\n", bytes_text(a, c->bytes));
	if (s->search.halving)
		fputs("  [SEARCH] halving stops runs early: it will be less\n", out);
	if (s->auto_multiplicity.maximum)
		fprintf(out, "  multiplicity = auto begins with %d runs a pipeline and may go up to %d: it may be %.3g times that\n", s->auto_multiplicity.start, s->auto_multiplicity.maximum,
			(double)s->auto_multiplicity.maximum / (s->auto_multiplicity.start > 0 ? s->auto_multiplicity.start : 1));
}

void cost_print(const struct build *b, const struct sweep_cost *c, FILE *out)
{
	struct arena a = {0};
	struct rows r = make_rows(b, &a, c);
	if (r.count <= CARDS_MOST) {
		for (int i = 0; i < r.count; i++)
			print_card(&a, &r.at[i], out);
	} else if (r.count <= TABLE_MOST) {
		print_table(&a, r.at, r.count, out);
	} else {
		print_families(b, &a, c, out);
		qsort(r.at, (size_t)r.count, sizeof *r.at, longer_first);
		fprintf(out, "\nthe %d that take longest (--json has all):", LONGEST_SHOWN);
		print_table(&a, r.at, LONGEST_SHOWN, out);
	}
	print_sweep(b, &a, c, out);
	arena_free(&a);
}

/* ---- JSON ---------------------------------------------------------------------------------------- */

static json_t *seconds_json(double s)
{
	return s < 0 ? json_null() : json_real(s);
}

static json_t *pipeline_json(const struct build *b, const struct pipeline_cost *c, int index)
{
	const struct program_cost *p = c->of;
	const struct flops *f = &p->flops;
	json_t *samples = json_pack("{sI sI sI si}", "train", (json_int_t)c->train, "test", (json_int_t)c->test, "validation", (json_int_t)c->validation, "batch", p->batch);
	json_t *flops = json_pack("{sf sf sf sf sf}", "forward", f->forward, "backward", f->backward, "optimizer", f->optimizer, "evaluation", f->evaluation, "epoch", c->epoch_flops);
	json_t *bytes = json_pack("{sf sf sf sf sf sf}", "parameters", p->weight_bytes, "gradients", p->gradient_bytes, "optimizer", p->state_bytes, "activations", p->activation_bytes,
		"data", c->data_bytes, "process", c->process_bytes);
	return json_pack("{so ss sI sI si si si so so so s{so so}}", "line", text_json(b->sweep.pipelines.at[index].line), "program", c->program->name,
		"nb_params", (json_int_t)c->program->nb_params, "trained", (json_int_t)p->trained, "runs", c->runs, "epochs", c->epochs, "lanes", c->program->lanes,
		"samples", samples, "flops", flops, "bytes", bytes, "seconds", "epoch", seconds_json(c->epoch_seconds), "run", seconds_json(c->run_seconds));
}

void cost_print_json(const struct build *b, const struct sweep_cost *c, FILE *out)
{
	json_t *list = json_array();
	for (int i = 0; i < c->count; i++)
		json_array_append_new(list, pipeline_json(b, &c->at[i], i));
	json_t *all = json_pack("{so s{si si si si si si sf so so sf} so so}", "config", text_json(b->options.config), "sweep", "pipelines", c->count, "programs", b->programs.count, "runs", c->runs,
		"processes", c->processes, "nb_processus", c->slots, "cores", c->cores, "flops", c->flops, "build_seconds", seconds_json(c->build_seconds), "seconds", seconds_json(c->seconds), "bytes", c->bytes,
		"search", rules_json(b), "pipelines", list);
	char *text = all ? json_dumps(all, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) : NULL;
	if (!text)
		die("the costs could not be written as JSON");
	fprintf(out, "%s\n", text);
	free(text);
	json_decref(all);
}
