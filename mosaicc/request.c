/* request.c: what both traces do in the parent: which class a module is, whether it can be traced, and binding once more. */
#include "trace.h"

#include <string.h>
#include <unistd.h>

enum { DEFAULT_SECONDS = 10 };

bool request_module(const struct trace_request *r, int index, struct module **m, const struct class **class)
{
	const struct pipeline *p = r->pipeline;
	*class = NULL;
	if (index < 0 || index >= r->source_count || index > p->modules.count || !r->sources[index])
		return false;
	*m = index < p->modules.count ? &p->modules.at[index] : sweep_loss(r->sweep, p);
	*class = (*m)->class ? source_class(r->sources[index], (*m)->class) : NULL;
	return *class;
}

static bool check_module(struct tracer *t, const struct trace_request *r, int index)
{
	const struct source *s = r->sources[index];
	const struct class *c;
	struct module *m = NULL;
	if (!request_module(r, index, &m, &c)) {
		err_no_class(s, m->class, m->class_at);
		return false;
	}
	if (!s->library || place_book_add(t->places, s) < 0) {
		err(m->path_at, "%s is not compiled", m->path);
		return false;
	}
	reflect_variable(s, 1, 1);             /* what libclang finds on demand is found here, for all children */
	enum method_kind needed = index == r->pipeline->modules.count ? METHOD_LOSS : m->data ? METHOD_PREPARE : METHOD_FORWARD;
	if (c->methods[needed].present || (m->data && c->methods[METHOD_TRANSFORM].present))
		return true;
	err_no_method(c, needed, m->class_at);
	return false;
}

bool request_check(struct tracer *t, const struct trace_request *r, bool data)
{
	bool ok = true;
	if (r->source_count > LOADED_MAX) {
		err((struct place){0}, "a pipeline of more than %d modules", LOADED_MAX - 1);
		return false;
	}
	for (int i = 0; i < r->source_count; i++)
		if (r->sources[i] && (i < r->pipeline->modules.count && r->pipeline->modules.at[i].data) == data)
			ok &= check_module(t, r, i);
	return ok;
}

bool request_bind(struct arena *a, const struct trace_request *r, int index, const struct infos *infos)
{
	const struct class *c;
	struct module *m;
	struct bound bound;
	return !request_module(r, index, &m, &c) || bind(a, c, m, r->pipeline, infos, &bound);
}

/* prepare may hold a data set, forward only describes a network. */
static size_t memory_limit(const struct trace_request *r, bool data)
{
	size_t four = (size_t)4 << 30, machine = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE) / 4 * 3;
	if (r->memory_limit)
		return r->memory_limit;
	return data && machine > four ? machine : four;
}

bool trace_run(struct tracer *t, struct arena *a, const struct trace_request *r, bool data, watch_work *work, void *job, struct watched *w)
{
	struct watch_limits limits = {r->time_limit > 0 ? r->time_limit : DEFAULT_SECONDS, memory_limit(r, data)};
	*w = (struct watched){0};
	if (!watch_run(t, a, &limits, work, job, w))
		return false;
	if (w->report.ending != ENDING_DONE && w->report.ending != ENDING_BIND) {
		explain(t, r, w, limits.seconds);
		return false;
	}
	return true;
}
