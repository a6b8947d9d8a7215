/* child.c: the modules of a pipeline in the tracing child: loaded, bound, initialised, asked for their info. A failure ends the child. */
#include "trace.h"

#include "trainer/data_internal.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

static void on_mosaic_fail(void *context, const char *message)
{
	(void)context;
	watch_fail(message);
}

void child_begin(struct child *c, const struct child_job *job, struct watch_report *report, struct text *result, struct arena *a)
{
	const struct trace_request *r = job->request;
	*c = (struct child){.request = r, .report = report, .arena = a, .result = result};
	c->run = arena_alloc(a, sizeof *c->run);
	c->run->seed = r->sweep->seed;
	c->run->device = "cpu";
	report->loaded_count = r->source_count;
	mosaic_fail_set(on_mosaic_fail, NULL);
	for (int i = 0; i < r->source_count; i++)
		c->book[i] = r->sources[i] && r->sources[i]->library ? place_book_add(job->tracer->places, r->sources[i]) : -1;
	trace_begin(&(struct trace_scope){job->tracer->places, report, c->book, a});
}

/* ---- libraries ------------------------------------------------------------------------------ */

struct searched { uintptr_t base; struct loaded *out; };

static int find_range(struct dl_phdr_info *info, size_t size, void *data)
{
	struct searched *s = data;
	(void)size;
	if (info->dlpi_addr != s->base)
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];
		uintptr_t low = s->base + h->p_vaddr, high = low + h->p_memsz;
		if (h->p_type != PT_LOAD)
			continue;
		s->out->low = s->out->low && s->out->low < low ? s->out->low : low;
		s->out->high = s->out->high > high ? s->out->high : high;
	}
	return 1;
}

/* The loader's message starts with the path of the library, which tells the user nothing. */
_Noreturn static void load_failed(const char *message)
{
	const char *symbol = strstr(message, "undefined symbol: ");
	if (symbol)
		trace_fail("%s is declared, but defined nowhere\ndefine it, or name its library: MOSAIC_PKG(\"name\")",
			symbol + strlen("undefined symbol: "));
	trace_fail("cannot be loaded: %s", message);
}

void child_load(struct child *c, int index)
{
	struct instance *i = &c->at[index];
	request_module(c->request, index, &i->module, &i->class);
	i->name = arena_strdup(c->arena, i->class->name);
	c->report->module = index;
	c->report->method = METHOD_COUNT;
	i->library = dlopen(c->request->sources[index]->library, RTLD_NOW | RTLD_LOCAL);
	if (!i->library)
		load_failed(dlerror());
	struct link_map *map;
	if (dlinfo(i->library, RTLD_DI_LINKMAP, &map) == 0) {
		struct searched s = {map->l_addr, &c->report->loaded[index]};
		s.out->base = map->l_addr;
		dl_iterate_phdr(find_range, &s);
	}
	const char **pairs = arena_alloc(c->arena, ((size_t)i->module->params.count * 2 + 1) * sizeof *pairs);
	for (int k = 0; k < i->module->params.count; k++) {
		pairs[2 * k] = i->module->params.at[k].name;
		pairs[2 * k + 1] = i->module->params.at[k].value;
	}
	i->info = arena_alloc(c->arena, sizeof *i->info);
	i->info->pairs = pairs;
}

void *child_method(struct child *c, int index, enum method_kind method)
{
	const struct instance *i = &c->at[index];
	char name[512];
	if (!i->class->methods[method].present)
		return NULL;
	c->report->module = index;
	c->report->method = method;
	c->report->last_call = 0;
	snprintf(name, sizeof name, "mosaicc_%s_%s", i->class->name, method_names[method]);
	void *found = dlsym(i->library, name);
	if (!found)
		watch_fail("the compiled module lacks this method; remove mosaicc's cache folder and try again");
	return found;
}

/* ---- parameters and infos ------------------------------------------------------------------- */

void child_bind(struct child *c, int index)
{
	struct instance *i = &c->at[index];
	c->report->module = index;
	c->report->method = -1;
	if (bind(c->arena, i->class, i->module, c->request->pipeline, &c->infos, &i->bound))
		return;
	watch_result(c->result);
	watch_end(ENDING_BIND);
}

void child_init(struct child *c, int index)
{
	struct instance *i = &c->at[index];
	i->self = bind_store(c->arena, &i->bound);
	void (*init)(void *self) = child_method(c, index, METHOD_INIT);
	if (init)
		init(i->self);
}

/* The trainer and the compiler count the kinds alike. */
_Static_assert((int)MOSAIC_INFO_INT == INFO_INT && (int)MOSAIC_INFO_FLOAT == INFO_FLOAT && (int)MOSAIC_INFO_STRING == INFO_STRING
	&& (int)MOSAIC_INFO_BOOL == INFO_BOOL, "kinds of info values");

static void copy_infos(struct child *c)
{
	const struct mosaic_info *from = &c->run->infos;
	c->infos = (struct infos){0};
	for (int k = 0; k < from->count; k++)
		infos_put(c->arena, &c->infos, (struct info_value){.name = arena_strdup(c->arena, from->at[k].name),
			.value = arena_strdup(c->arena, from->at[k].value), .kind = (int)from->at[k].kind});
}

void child_infos(struct child *c, const struct infos *infos)
{
	struct mosaic_info *to = &c->run->infos;
	for (int k = 0; k < infos->values.count; k++) {
		const struct info_value *v = &infos->values.at[k];
		to->at = trainer_grow(to->at, &to->cap, to->count, sizeof *to->at);
		to->at[to->count++] = (struct mosaic_info_value){trainer_strdup(v->name), trainer_strdup(v->value), (enum mosaic_info_kind)v->kind};
	}
	copy_infos(c);
}

void child_info(struct child *c, int index)
{
	shim_data *info = child_method(c, index, METHOD_INFO);
	if (!info)
		return;
	info(c->at[index].self, &c->run->infos, c->run, c->at[index].info);
	copy_infos(c);
}
