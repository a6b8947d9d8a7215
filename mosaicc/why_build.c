/* why_build.c: which trainers Ninja would build, and why: asked from Ninja itself (-n -d explain) with the build.ninja that would be
** generated, in the scratch folder. Programs whose text changes are built anyway; of them it is not asked. */
#include "why.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The build.ninja that would be, as it can stand elsewhere: it includes the machine.ninja beside it, and does not make itself again. */
static bool write_scratch(struct build *b, const char **path)
{
	struct text build = {0}, machine = {0}, out = {0};
	const char *dir = b->scratch.path;
	build_ninja(b, &build);
	build_machine_ninja(b, &machine);
	const char *include = strstr(build.at, "\ninclude "), *after = include ? strchr(include + 1, '\n') : NULL;
	text_addn(&out, build.at, include ? (size_t)(include - build.at) : build.len);
	text_add(&out, "\ninclude ");
	ninja_path(&out, arena_printf(&b->arena, "%s/machine.ninja", dir));
	const char *run = after ? strstr(after, "\nbuild run: run\n") : NULL;
	if (!run)
		die("build.ninja has another form than --explain knows");
	text_addn(&out, after, (size_t)(run - after));
	text_add(&out, "\n");
	*path = arena_printf(&b->arena, "%s/build.ninja", dir);
	bool ok = file_write_if_changed(*path, out.at, out.len) == 0
		&& file_write_if_changed(arena_printf(&b->arena, "%s/machine.ninja", dir), machine.at, machine.len) == 0;
	if (!ok)
		err((struct place){*path, 0, 0}, "cannot write");
	text_free(&build);
	text_free(&machine);
	text_free(&out);
	return ok;
}

/* ---- what Ninja says ------------------------------------------------------------------------------- */

/* Cuts `text` after `start` at the first `end`. NULL when it does not start so. */
static char *between(struct arena *a, const char *text, const char *start, const char *end)
{
	size_t n = strlen(start);
	if (strncmp(text, start, n) != 0)
		return NULL;
	const char *stop = *end ? strstr(text + n, end) : text + strlen(text);
	return stop ? arena_strndup(a, text + n, (size_t)(stop - text - n)) : NULL;
}

/* A file of the user as it is, one of the installation by its name. */
static const char *short_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return *path == '/' && slash ? slash + 1 : path;
}

/* One line of -d explain: the output that it is about, and the reasons; NULL: it says nothing of its own. */
static const char *ninja_reason(struct build *b, const char *line, struct reasons *out)
{
	static const char *const newer[] = {"output ", "restat of output ", "recorded mtime of ", NULL};
	struct arena *a = &b->arena;
	char *output;
	for (int i = 0; newer[i]; i++)
		if ((output = between(a, line, newer[i], " older than most recent input "))) {
			const char *input = strstr(line, " most recent input ") + 19, *end = strstr(input, " (");
			const char *file = arena_strndup(a, input, end ? (size_t)(end - input) : strlen(input));
			why_say(a, out, "%s is newer", short_name(file));
			return output;
		}
	if ((output = between(a, line, "output ", " doesn't exist"))) {
		why_say(a, out, "%s is not there", short_name(output));
		return output;
	}
	if ((output = between(a, line, "command line changed for ", ""))) {
		for (int i = 0; i < b->why->machine.list.count; i++)
			why_say(a, out, "%s", b->why->machine.list.at[i]);
		if (!b->why->machine.list.count)
			why_say(a, out, "the command that builds it is another one");
		return output;
	}
	if ((output = between(a, line, "command line not found in log for ", ""))) {
		why_say(a, out, "Ninja's log does not know how it was built");
		return output;
	}
	if ((output = between(a, line, "depfile '", "' is missing"))) {
		why_say(a, out, "%s is missing", output);
		return output;
	}
	return NULL;
}

static bool lies_in(const char *path, const char *folder)
{
	size_t n = strlen(folder);
	return strncmp(path, folder, n) == 0 && path[n] == '/';
}

static bool uses_class(struct build *b, const struct program *pr, const char *output)
{
	for (int k = 0; k < pr->first->modules.count; k++) {
		const struct module *m = &pr->first->modules.at[k];
		const char *base = m->data ? arena_printf(&b->arena, "%s/classes/%s.", b->options.out, data_class_name(&b->arena, &b->sweep, m)) : NULL;
		if (base && strncmp(output, base, strlen(base)) == 0)
			return true;
	}
	return false;
}

static void add_line(struct build *b, struct why *w, const char *line)
{
	struct reasons found = {0};
	const char *output = ninja_reason(b, line, &found);
	const char *classes = arena_printf(&b->arena, "%s/classes", b->options.out);
	for (int i = 0; output && i < b->programs.count; i++) {
		const struct program *pr = b->programs.at[i];
		bool about = w->programs[i].built && (lies_in(output, pr->folder) || (lies_in(output, classes) && uses_class(b, pr, output)));
		for (int k = 0; about && k < found.list.count; k++)
			why_say(&b->arena, &w->programs[i].build, "%s", found.list.at[k]);
	}
}

/* ---- what is known without Ninja --------------------------------------------------------------------- */

static void build_of_program(struct build *b, struct why *w, int index)
{
	const struct program *pr = b->programs.at[index];
	struct program_why *p = &w->programs[index];
	struct arena *a = &b->arena;
	p->built = access(arena_printf(a, "%s/trainer", pr->folder), F_OK) == 0;
	if (!p->built)
		why_say(a, &p->build, "there is no trainer yet");
	else if (p->source != CHANGE_NONE)
		why_say(a, &p->build, "its trainer.c changes");
	for (int k = 0; p->built && k < pr->first->modules.count; k++) {
		const struct module *m = &pr->first->modules.at[k];
		if (!m->data)
			continue;
		const char *name = data_class_name(a, &b->sweep, m);
		if (why_changed(w, arena_printf(a, "%s/classes/%s.c", b->options.out, name)))
			why_say(a, &p->build, "classes/%s.c changes", name);
	}
}

bool why_build(struct build *b, struct why *w)
{
	struct arena *a = &b->arena;
	VEC(const char *) argv = {0};
	const char *path;
	for (int i = 0; i < b->programs.count; i++)
		build_of_program(b, w, i);
	if (!write_scratch(b, &path))
		return false;
	const char *const start[] = {"ninja", "-f", path, "-n", "-d", "explain", "-k", "0"};
	for (size_t i = 0; i < sizeof start / sizeof *start; i++)
		VEC_PUSH(a, &argv, start[i]);
	int first = argv.count, status;
	for (int i = 0; i < b->programs.count; i++)
		if (!w->programs[i].build.list.count)
			VEC_PUSH(a, &argv, arena_printf(a, "%s/trainer", b->programs.at[i]->folder));
	if (argv.count == first)
		return true;
	/* -d explain goes to stderr, which the shell would join; Ninja reads no option from a variable, so sh -c has the words as they are. */
	VEC(const char *) joined = {0};
	const char *const shell[] = {"sh", "-c", "exec \"$@\" 2>&1", "sh"};
	for (size_t i = 0; i < sizeof shell / sizeof *shell; i++)
		VEC_PUSH(a, &joined, shell[i]);
	for (int i = 0; i < argv.count; i++)
		VEC_PUSH(a, &joined, argv.at[i]);
	VEC_PUSH(a, &joined, NULL);
	char *text = why_output(joined.at, &status), *rest = text;
	for (char *line; rest && (line = strsep(&rest, "\n"));)
		if (strncmp(line, "ninja explain: ", 15) == 0)
			add_line(b, w, line + 15);
		else if (strncmp(line, "ninja: error: ", 14) == 0)
			warn((struct place){0}, "Ninja says: %s", line + 14);
	free(text);
	return true;
}
