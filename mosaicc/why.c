/* why.c: --explain: what would be generated, built and trained again, or not, in words. What was found out stands in struct why; here it is
** put together and shown. */
#include "why.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

void why_say(struct arena *a, struct reasons *r, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = arena_vprintf(a, fmt, ap);
	va_end(ap);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)   /* values of a config reach a terminal here */
			*c = '?';
	for (int i = 0; i < r->list.count; i++)
		if (strcmp(r->list.at[i], text) == 0)
			return;
	VEC_PUSH(a, &r->list, text);
}

static struct why *why_of(struct build *b)
{
	if (!b->why)
		b->why = arena_alloc(&b->arena, sizeof *b->why);
	return b->why;
}

bool why_file(struct build *b, const char *path, const char *text, size_t size)
{
	struct arena a = {0};
	struct why *w = why_of(b);
	size_t had = 0;
	char *before = file_read(&a, path, 1 << 28, &had);
	enum change change = !before ? CHANGE_NEW : had != size || memcmp(before, text, size) != 0 ? CHANGE_TEXT : CHANGE_NONE;
	if (change != CHANGE_NONE) {
		struct file_change f = {.path = arena_strdup(&b->arena, path), .change = change, .before = before ? arena_strdup(&b->arena, before) : NULL,
			.now = arena_strndup(&b->arena, text, size)};
		VEC_PUSH(&b->arena, &w->files, f);
	}
	arena_free(&a);
	return true;
}

void why_stale(struct build *b, const char *folder)
{
	VEC_PUSH(&b->arena, &why_of(b)->stale, arena_strdup(&b->arena, folder));
}

const struct file_change *why_changed(const struct why *w, const char *path)
{
	for (int i = 0; i < w->files.count; i++)
		if (strcmp(w->files.at[i].path, path) == 0)
			return &w->files.at[i];
	return NULL;
}

/* ---- other programs ------------------------------------------------------------------------------ */

static char *read_all(int fd)
{
	struct text t = {0};
	char buffer[65536];
	ssize_t n;
	text_add(&t, "");
	while ((n = read(fd, buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0 && t.len < 1 << 28)
			text_addn(&t, buffer, (size_t)n);
	return t.at;
}

char *why_output(const char *const *argv, int *status)
{
	int ends[2];
	pid_t pid;
	posix_spawn_file_actions_t files;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return NULL;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	int failed = posix_spawnp(&pid, argv[0], &files, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	close(ends[1]);
	char *text = failed ? NULL : read_all(ends[0]);
	close(ends[0]);
	*status = 0;
	while (!failed && waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	return text;
}

/* ---- what is shown --------------------------------------------------------------------------------- */

static void add_reasons(struct text *out, const struct reasons *r)
{
	for (int i = 0; i < r->list.count; i++)
		text_printf(out, "%s%s", i ? ", " : ": ", r->list.at[i]);
}

static void add_program(const struct program_why *p, struct text *out)
{
	text_add(out, p->source == CHANGE_NEW ? "generated" : p->source == CHANGE_TEXT ? "generated again" : "trainer.c unchanged");
	add_reasons(out, &p->generate);
	text_add(out, p->generate.list.count ? "; " : ", ");
	text_add(out, p->build.list.count == 0 ? "trainer is up to date" : p->built ? "built again" : "built");
	add_reasons(out, &p->build);
	text_add(out, p->build.list.count ? "; " : ", ");
	text_add(out, p->runs.words);
}

/* Programs of which the same is to be said are one line; why runs are missing is told of the first of them. */
static void print_programs(struct build *b, const struct why *w)
{
	struct arena a = {0};
	const char **said = arena_alloc(&a, ((size_t)b->programs.count + 1) * sizeof *said);
	for (int i = 0; i < b->programs.count; i++) {
		struct text t = {0};
		add_program(&w->programs[i], &t);
		said[i] = arena_strdup(&a, t.at);
		text_free(&t);
	}
	for (int i = 0; i < b->programs.count; i++) {
		int same = 0;
		for (int k = 0; k < i && said[i]; k++)
			same += said[k] && strcmp(said[k], said[i]) == 0;
		if (!same) {
			for (int k = i; k < b->programs.count; k++)
				same += strcmp(said[k], said[i]) == 0;
			printf("%s", b->programs.at[i]->name);
			if (same == 2)
				for (int k = i + 1; k < b->programs.count; k++)
					printf(strcmp(said[k], said[i]) == 0 ? " and %s" : "%.0s", b->programs.at[k]->name);
			else if (same > 2)
				printf(" and %d more", same - 1);
			const char *why = w->programs[i].runs.why;
			printf(": %s%s%s\n", said[i], why ? ": " : "", why ? why : "");
		}
	}
	arena_free(&a);
}

static void print_list(const char *title, const struct reasons *r)
{
	for (int i = 0; i < r->list.count; i++)
		printf("%s: %s\n", title, r->list.at[i]);
}

static void print_words(struct build *b, const struct why *w)
{
	int generated = 0, built = 0;
	print_list(b->options.config, &w->config);
	print_list("machine.ninja", &w->machine);
	print_programs(b, w);
	for (int i = 0; i < w->stale.count; i++)
		printf("%s/%s: goes, no pipeline needs it any more\n", b->options.out, w->stale.at[i]);
	for (int i = 0; i < b->programs.count; i++) {
		generated += w->programs[i].source != CHANGE_NONE;
		built += w->programs[i].build.list.count != 0;
	}
	printf("%d program%s: %d to generate, %d to build; ", b->programs.count, b->programs.count == 1 ? "" : "s", generated, built);
	if (w->runs_known)
		printf("%s: %d of %d runs done, %d to train\n", w->database, w->done, w->runs, w->runs - w->done);
	else
		puts("which runs are done is not known");
}

static json_t *list_json(const struct reasons *r)
{
	json_t *list = json_array();
	for (int i = 0; i < r->list.count; i++)
		json_array_append_new(list, text_json(r->list.at[i]));
	return list;
}

static void print_json(struct build *b, const struct why *w)
{
	static const char *const changes[] = {"no", "new", "again"};
	json_t *programs = json_array(), *stale = json_array();
	for (int i = 0; i < b->programs.count; i++) {
		const struct program_why *p = &w->programs[i];
		bool build = p->build.list.count != 0;
		json_array_append_new(programs, json_pack("{ss s{ss so} s{ss so} s{si si so so}}", "name", b->programs.at[i]->name, "generate", "when", changes[p->source], "why", list_json(&p->generate),
			"build", "when", !build ? "no" : p->built ? "again" : "new", "why", list_json(&p->build), "runs", "all", p->runs.runs, "done", p->runs.done,
			"words", text_json(p->runs.words), "why", p->runs.why ? text_json(p->runs.why) : json_null()));
	}
	for (int i = 0; i < w->stale.count; i++)
		json_array_append_new(stale, text_json(w->stale.at[i]));
	json_t *all = json_pack("{so so so so so s{so si si}}", "config", text_json(b->options.config), "changes", list_json(&w->config), "machine", list_json(&w->machine), "programs", programs,
		"stale", stale, "database", "path", text_json(w->database), "runs", w->runs, "done", w->done);
	char *text = all ? json_dumps(all, JSON_INDENT(1)) : NULL;
	if (!text)
		die("the reasons could not be written as JSON");
	puts(text);
	free(text);
	json_decref(all);
}

static int by_name(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

bool why_print(struct build *b)
{
	struct why *w = why_of(b);
	if (w->stale.count)
		qsort(w->stale.at, (size_t)w->stale.count, sizeof *w->stale.at, by_name);
	w->programs = arena_alloc(&b->arena, ((size_t)b->programs.count + 1) * sizeof *w->programs);
	w->generated = why_read_before(b, w);
	why_config(b, w);
	why_machine(b, w);
	for (int i = 0; i < b->programs.count; i++) {
		const struct program *pr = b->programs.at[i];
		const struct file_change *source = why_changed(w, arena_printf(&b->arena, "%s/%s", pr->folder, pr->backend->file_name));
		w->programs[i].source = source ? source->change : CHANGE_NONE;
		if (source)
			why_generated(b, pr, source, &w->programs[i].generate);
	}
	if (!why_build(b, w) || !why_runs(b, w))
		return false;
	if (b->options.json)
		print_json(b, w);
	else if (!b->options.quiet)
		print_words(b, w);
	return true;
}
