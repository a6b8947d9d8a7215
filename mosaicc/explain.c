/* explain.c: how a child ended, as an error at the user's line with its callers, a hint, and what the module had printed. */
#include "trace.h"

#include <string.h>
#include <sys/wait.h>

enum { PLACES_MAX = 4, OUTPUT_LINES = 20 };

struct explainer {
	struct tracer *tracer;
	const struct trace_request *request;
	const struct watched *watched;
	double seconds;
	struct place stack[PLACES_MAX];        /* innermost first */
	int places;
};

/* ---- places --------------------------------------------------------------------------------- */

/* `address` of an instruction that follows a call when `call`, else of the instruction itself. */
static struct place place_at(const struct explainer *e, uintptr_t address, bool call)
{
	const struct watch_report *r = &e->watched->report;
	for (int i = 0; address && i < r->loaded_count && i < e->request->source_count; i++)
		if (address >= r->loaded[i].low && address < r->loaded[i].high && e->request->sources[i])
			return place_find(e->tracer->places, place_book_add(e->tracer->places, e->request->sources[i]), address - r->loaded[i].base - call);
	return (struct place){0};
}

static void push_place(struct explainer *e, struct place at)
{
	const struct place *last = e->places ? &e->stack[e->places - 1] : NULL;
	if (at.line < 1 || e->places == PLACES_MAX || (last && last->line == at.line && strcmp(last->file, at.file) == 0))
		return;
	e->stack[e->places++] = at;
}

static void find_places(struct explainer *e)
{
	const struct watch_report *r = &e->watched->report;
	if (r->at_line > 0)
		push_place(e, (struct place){r->at_file, r->at_line, r->at_col});
	if (r->ending == ENDING_SIGNAL)
		push_place(e, place_at(e, r->pc, false));
	if (r->ending == ENDING_SIGNAL && r->wild_call && !e->places)
		push_place(e, place_at(e, r->caller, true));
	for (int i = 0; i < r->frame_count; i++)
		push_place(e, place_at(e, r->frames[i], r->frames[i] != r->pc));
	if (r->ending == ENDING_NONE)
		push_place(e, place_at(e, r->last_call, true));
}

/* ---- what ran ------------------------------------------------------------------------------- */

/* "forward of mlp_brick: ", and the place of that method where the stack shows none. */
static const char *doing(const struct explainer *e, struct place *at)
{
	const struct watch_report *r = &e->watched->report;
	const struct class *c = NULL;
	const struct param *loss = NULL;
	struct module *m;
	request_module(e->request, r->module, &m, &c);
	for (int i = 0; i < e->request->sweep->process.params.count; i++)
		if (strcmp(e->request->sweep->process.params.at[i].name, "loss_function") == 0)
			loss = &e->request->sweep->process.params.at[i];
	if (!c) {
		*at = loss ? loss->at : e->request->sweep->process.at;
		return "the loss: ";
	}
	if (r->method == METHOD_COUNT) {
		*at = c->at;
		return arena_printf(&e->tracer->arena, "loading of %s: ", c->name);
	}
	if (r->method < 0 || r->method >= METHOD_COUNT || !c->methods[r->method].present) {
		*at = c->at;
		return arena_printf(&e->tracer->arena, "%s: ", c->name);
	}
	*at = c->methods[r->method].at;
	return arena_printf(&e->tracer->arena, "%s of %s: ", method_names[r->method], c->name);
}

static const char *ending_none(const struct explainer *e, const char **hint)
{
	int status = e->watched->status;
	if (e->watched->timed_out) {
		*hint = "does it wait for something that does not come?";
		return "still waiting when the time was over";
	}
	if (WIFSIGNALED(status)) {
		*hint = WTERMSIG(status) == 9 ? "did it send that to itself, or was the machine out of memory?" : NULL;
		return arena_printf(&e->tracer->arena, "ended by signal %d (%s) after this", WTERMSIG(status), strsignal(WTERMSIG(status)));
	}
	*hint = "a module returns; it stops with mosaic_fail(\"why\")";
	return arena_printf(&e->tracer->arena, "_exit(%d) was called after this", WEXITSTATUS(status));
}

static const char *reason(const struct explainer *e, const char **hint)
{
	const struct watch_report *r = &e->watched->report;
	struct arena *a = &e->tracer->arena;
	*hint = NULL;
	if (r->ending == ENDING_SIGNAL)
		return ending_signal(a, e->watched, e->seconds, hint);
	if (r->ending == ENDING_EXIT) {
		const char *line = last_line(a, e->watched->output);
		if (strncmp(line, "error: ", 7) == 0)
			return line + 7;
		*hint = "a module returns; it stops with mosaic_fail(\"why\")";
		if (r->quick)
			return "quick_exit() was called";
		return arena_printf(a, "exit(%d) was called", r->exit_status);
	}
	if (r->ending != ENDING_FAILED)
		return ending_none(e, hint);
	char *message = arena_strdup(a, r->message), *line_end = strchr(message, '\n');
	if (line_end) {
		*line_end = 0;
		*hint = line_end + 1;
	}
	return message;
}

/* ---- what it printed ------------------------------------------------------------------------ */

/* `last`: its last line too, unless the message has said that already. */
static void show_output(const char *output, bool last)
{
	FILE *out = diag.out ? diag.out : stderr;
	int lines = 0;
	size_t n = strlen(output);
	while (n && output[n - 1] == '\n')
		n--;
	while (!last && n && output[n - 1] != '\n')
		n--;
	while (n && output[n - 1] == '\n')
		n--;
	if (!n)
		return;
	const char *first = output + n;
	while (first > output && lines < OUTPUT_LINES)
		lines += *--first == '\n';
	first += lines == OUTPUT_LINES;
	fprintf(out, first > output ? "  output of the module, its last %d lines:\n  | " : "  output of the module:\n  | ", OUTPUT_LINES);
	for (; first < output + n; first++) {
		if (*first == '\n')
			fputs("\n  | ", out);
		else
			fputc((unsigned char)*first < ' ' && *first != '\t' ? '?' : *first, out);
	}
	fputc('\n', out);
}

/* Whether the report can be what the child wrote, and not what its user code wrote over it. */
static bool is_whole(const struct trace_request *r, const struct watch_report *w)
{
	bool place = w->at_line >= 0 && w->at_col >= 0 && (w->at_line == 0 || w->at_file[0]);
	return w->ending >= ENDING_NONE && w->ending <= ENDING_BIND && w->module >= -1 && w->module <= r->pipeline->modules.count
		&& w->method >= -1 && w->method <= METHOD_COUNT && place;
}

void explain_damage(const struct trace_request *r, bool data)
{
	const char *path = NULL;
	for (int i = 0; i < r->pipeline->modules.count; i++)
		if (r->pipeline->modules.at[i].class && r->pipeline->modules.at[i].data == data)
			path = r->pipeline->modules.at[i].path;
	err((struct place){.file = path}, "the module has damaged the memory of the trace");
	hint("does it write outside of an array?");
}

void explain(struct tracer *t, const struct trace_request *r, const struct watched *w, double seconds)
{
	if (!is_whole(r, &w->report)) {
		explain_damage(r, false);
		return;
	}
	struct explainer e = {.tracer = t, .request = r, .watched = w, .seconds = seconds};
	struct place otherwise;
	const char *hint_text, *context = doing(&e, &otherwise), *why = reason(&e, &hint_text);
	find_places(&e);
	err(e.places ? e.stack[0] : otherwise, "%s%s", context, why);
	if (w->report.ending == ENDING_SIGNAL && !e.places && !hint_text)
		hint_text = "this happened outside of the module: has a module written outside of its own memory before?";
	if (hint_text)
		hint("%s", hint_text);
	for (int i = 1; i < e.places; i++)
		note(e.stack[i], "called from here");
	show_output(w->output, !says_last_line(why));
}
