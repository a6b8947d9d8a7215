/* write.c: all files of a sweep below the output folder. A file that did not change is not touched; folders of programs that are
** gone go too, but only what mosaicc made in them. */
#include "cost.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* With --explain nothing is written: what would be is compared. */
static bool put(struct build *b, const char *path, const struct text *t)
{
	if (b->options.explain)
		return why_file(b, path, t->at ? t->at : "", t->len);
	if (file_write_if_changed(path, t->at ? t->at : "", t->len) == 0)
		return true;
	err((struct place){path, 0, 0}, "cannot write: %s", strerror(errno));
	return false;
}

static bool folder(const struct build *b, const char *path)
{
	if (b->options.explain || make_dirs(path) == 0)
		return true;
	err((struct place){path, 0, 0}, "cannot make this folder: %s", strerror(errno));
	return false;
}

static bool write_named(struct build *b, const char *name, void (*make)(struct build *, struct text *))
{
	struct text t = {0};
	make(b, &t);
	bool ok = put(b, arena_printf(&b->arena, "%s/%s", b->options.out, name), &t);
	text_free(&t);
	return ok;
}

/* Graphs in text form: as they are after the passes, what the trainer is emitted from. */
static bool write_graphs(struct build *b, struct arena *a, const struct program *pr, const struct graph *train, const struct graph *eval)
{
	struct text t = {0};
	graph_print(train, &t);
	graph_print(eval, &t);
	bool ok = put(b, arena_printf(a, "%s/graph.txt", pr->folder), &t);
	text_free(&t);
	return ok;
}

static bool write_program(struct build *b, struct program *pr)
{
	struct arena a = {0};
	struct emission e;
	struct text t = {0};
	program_plan(b, &a, pr, b->options.dump, &e);
	pr->backend->trainer(&e, &t);
	pr->cost = arena_alloc(&b->arena, sizeof *pr->cost);
	cost_count(&e, pr->cost);
	bool ok = folder(b, pr->folder) && put(b, arena_printf(&a, "%s/%s", pr->folder, pr->backend->file_name), &t) && write_graphs(b, &a, pr, e.train, e.eval);
	text_free(&t);
	arena_free(&a);
	return ok;
}

static bool write_classes(struct build *b)
{
	const char *dir = arena_printf(&b->arena, "%s/classes", b->options.out);
	VEC(const char *) done = {0};
	for (int i = 0; i < b->sweep.pipelines.count; i++) {
		const struct pipeline *p = &b->sweep.pipelines.at[i];
		for (int k = 0; k < p->modules.count; k++) {
			const struct module *m = &p->modules.at[k];
			if (!m->data)
				continue;
			const char *name = data_class_name(&b->arena, &b->sweep, m);
			bool seen = false;
			for (int j = 0; j < done.count; j++)
				seen = seen || strcmp(done.at[j], name) == 0;
			if (seen)
				continue;
			VEC_PUSH(&b->arena, &done, name);
			struct source **sources = build_sources(b, &b->arena, p);
			struct text t = {0};
			emit_class(source_class(sources[k], m->class), name, m->path, &t);
			bool ok = folder(b, dir) && put(b, arena_printf(&b->arena, "%s/%s.c", dir, name), &t);
			text_free(&t);
			if (!ok)
				return false;
		}
	}
	return true;
}

/* ---- what is no longer needed ---------------------------------------------------------------- */

static bool is_program(const struct build *b, const char *name)
{
	for (int i = 0; i < b->programs.count; i++)
		if (strcmp(b->programs.at[i]->name, name) == 0)
			return true;
	return false;
}

/* A folder that an earlier sweep made: no link, and its text is ours. Users keep folders of their own beside it. */
static bool was_program(struct build *b, const char *dir)
{
	struct stat st;
	char head[256];
	if (lstat(dir, &st) != 0 || !S_ISDIR(st.st_mode) || access(arena_printf(&b->arena, "%s/graph.txt", dir), F_OK) != 0)
		return false;
	bool ours = false;
	for (int i = 0; backends[i] && !ours; i++) {
		FILE *f = fopen(arena_printf(&b->arena, "%s/%s", dir, backends[i]->file_name), "rb");
		ours = f && fgets(head, sizeof head, f) && strstr(head, ": trainer made by mosaicc ");
		if (f)
			fclose(f);
	}
	return ours;
}

static void remove_stale(struct build *b)
{
	DIR *d = opendir(b->options.out);
	for (struct dirent *e; d && (e = readdir(d));) {
		const char *dir = arena_printf(&b->arena, "%s/%s", b->options.out, e->d_name);
		if (e->d_name[0] == '.' || is_program(b, e->d_name) || !was_program(b, dir))
			continue;
		if (b->options.explain) {
			why_stale(b, e->d_name);
			continue;
		}
		for (int i = 0; backends[i]; i++)
			for (const char *const *made = backends[i]->made; *made; made++)
				unlink(arena_printf(&b->arena, "%s/%s", dir, *made));
		rmdir(dir);
	}
	if (d)
		closedir(d);
}

/* Temporary files that a mosaicc left behind when it was killed: ours end with the number of a process, which is gone. */
static void remove_temporaries(struct build *b, const char *dir)
{
	DIR *d = opendir(dir);
	for (struct dirent *e; d && (e = readdir(d));) {
		char *end, *mark = strstr(e->d_name, ".tmp");
		long pid = mark ? strtol(mark + 4, &end, 10) : 0;
		if (mark && pid > 1 && !*end && kill((pid_t)pid, 0) != 0 && errno == ESRCH)
			unlink(arena_printf(&b->arena, "%s/%s", dir, e->d_name));
	}
	if (d)
		closedir(d);
}

/* What the sweep depends on, for Ninja: the config and every user file. */
static void depfile(struct build *b, struct text *out)
{
	depfile_path(out, b->options.out);
	text_add(out, "/build.ninja:");
	const char *tune = param_get(&b->sweep.monitor, "tune");
	if (tune && !b->options.tune && depfile_can_hold(tune)) {
		text_add(out, " ");
		depfile_path(out, tune);
	}
	for (int i = 0; i < b->sources.count; i++)
		for (int k = -1; k < b->sources.at[i]->includes.count; k++) {
			const char *path = k < 0 ? b->sources.at[i]->path : b->sources.at[i]->includes.at[k];
			if (!depfile_can_hold(path))           /* see build_ninja() */
				continue;
			text_add(out, " ");
			depfile_path(out, path);
		}
	text_add(out, "\n");
}

static void pipelines_file(struct build *b, struct text *out)
{
	pipelines_json(&b->sweep, out);
}

bool build_write(struct build *b)
{
	if (!folder(b, b->options.out) || !write_classes(b))
		return false;
	for (int i = 0; i < b->programs.count; i++)
		if (!write_program(b, b->programs.at[i]))
			return false;
	bool ok = write_named(b, "pipelines.json", pipelines_file) && write_named(b, "sweep.json", sweep_json) && write_named(b, "index.md", sweep_index)
		&& write_named(b, "machine.ninja", build_machine_ninja) && write_named(b, "build.ninja.d", depfile) && write_named(b, "build.ninja", build_ninja)
		&& (b->options.no_root || b->options.explain || build_root_ninja(b));
	if (!ok)
		return false;
	remove_stale(b);
	if (b->options.explain)
		return true;
	remove_temporaries(b, b->options.out);
	remove_temporaries(b, arena_printf(&b->arena, "%s/classes", b->options.out));
	for (int i = 0; i < b->programs.count; i++)
		remove_temporaries(b, b->programs.at[i]->folder);
	return true;
}
