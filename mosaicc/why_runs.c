/* why_runs.c: which runs would be trained: asked from `mosaic launch --explain`, which knows the database; mosaicc does not. */
#include "why.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool write_sweep(struct build *b, const char *path)
{
	struct text t = {0};
	sweep_json(b, &t);
	bool ok = file_write_if_changed(path, t.at, t.len) == 0;
	text_free(&t);
	if (!ok)
		err((struct place){path, 0, 0}, "cannot write");
	return ok;
}

static int count_of(const json_t *o, const char *name)
{
	return (int)json_integer_value(json_object_get(o, name));
}

/* All pipelines of a program together. */
static void add_pipeline(struct build *b, struct runs_told *t, const json_t *p)
{
	const char *why = json_string_value(json_object_get(p, "why")), *words = json_string_value(json_object_get(p, "words"));
	bool first = !t->runs;
	t->runs += count_of(p, "runs");
	t->done += count_of(p, "done");
	t->words = first && words ? arena_strdup(&b->arena, words) : t->runs == t->done ? arena_printf(&b->arena, "%d of %d runs done", t->done, t->runs)
		: arena_printf(&b->arena, "%d of %d runs done, %d to train", t->done, t->runs, t->runs - t->done);
	if (why && !t->why) {
		struct reasons one = {0};
		why_say(&b->arena, &one, "%s", why);
		t->why = one.list.at[0];
	}
}

static bool read_told(struct build *b, struct why *w, const char *text)
{
	json_t *root = json_loads(text, 0, NULL), *list = json_object_get(root, "pipelines");
	const char *database = json_string_value(json_object_get(root, "database"));
	bool ok = database && json_array_size(list) == (size_t)b->sweep.pipelines.count;
	if (ok) {
		w->database = arena_strdup(&b->arena, database);
		w->runs_known = true;
	}
	for (int i = 0; ok && i < b->sweep.pipelines.count; i++) {
		int program = b->state[b->sweep.pipelines.at[i].index].program;
		if (program >= 0)
			add_pipeline(b, &w->programs[program].runs, json_array_get(list, (size_t)i));
	}
	for (int i = 0; i < b->programs.count; i++) {
		w->runs += w->programs[i].runs.runs;
		w->done += w->programs[i].runs.done;
	}
	json_decref(root);
	return ok;
}

bool why_runs(struct build *b, struct why *w)
{
	const char *path = arena_printf(&b->arena, "%s/sweep.json", b->scratch.path);
	int status;
	w->database = "no database";
	for (int i = 0; i < b->programs.count; i++)
		w->programs[i].runs.words = "runs are not known";
	if (!write_sweep(b, path))
		return false;
	const char *const argv[] = {b->mosaic, "launch", "--explain", "--json", path, NULL};
	char *text = why_output(argv, &status);
	if (!text) {
		warn((struct place){0}, "cannot start %s: which runs are done is not known", b->mosaic);
		return true;
	}
	bool ok = status == 0 && read_told(b, w, text);
	if (!ok)
		err((struct place){0}, "%s could not say which runs are done", b->mosaic);
	free(text);
	return ok;
}
