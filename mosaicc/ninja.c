/* ninja.c: build.ninja of a sweep, machine.ninja with what belongs to this machine, and the small root file.
** Paths are relative to where mosaicc was called, in both files, so that no file is built twice under two names. */
#include "build.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOT_MARK "# Made by mosaicc: plain `ninja` and `ninja run` for the sweep that was compiled last."

/* A path in a build line: $, space and colon are escaped; line breaks cannot come here (options and config refuse them). */
void ninja_path(struct text *out, const char *path)
{
	for (; *path; path++) {
		if (*path == '$' || *path == ' ' || *path == ':')
			text_add(out, "$");
		text_addn(out, path, 1);
	}
}

/* Can a path stand in a depfile? Its syntax knows few escapes; Ninja would take other characters for the end of the path. */
bool depfile_can_hold(const char *path)
{
	for (; *path; path++)
		if (!isalnum((unsigned char)*path) && (unsigned char)*path < 0x80 && !strchr("+,/_:.~(){}%=@[]!- #$", *path))
			return false;
	return true;
}

/* A path in a depfile. */
void depfile_path(struct text *out, const char *path)
{
	for (; *path; path++) {
		if (*path == ' ' || *path == '#')
			text_add(out, "\\");
		else if (*path == '$')
			text_add(out, "$");
		text_addn(out, path, 1);
	}
}

/* A word for the shell that Ninja runs, then for Ninja: quoted unless harmless. */
void shell_word(struct text *out, const char *word)
{
	bool plain = *word;
	for (const char *c = word; *c; c++)
		plain = plain && ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || strchr("_-./+=,%@", *c));
	if (!plain)
		text_add(out, "'");
	for (; *word; word++) {
		if (*word == '\'')
			text_add(out, "'\\''");
		else if (*word == '$')
			text_add(out, "$$");
		else
			text_addn(out, word, 1);
	}
	if (!plain)
		text_add(out, "'");
}

static void variable(struct text *out, const char *name, const char *word)
{
	text_printf(out, "%s = ", name);
	shell_word(out, word);
	text_add(out, "\n");
}

/* Linking a small trainer takes 55 ms on the CPU with clang and lld, 40 with gcc and lld, 11 with gcc and mold: clang itself takes 20 to start. A compiler of
** the user's choice links with what it likes. */
static void linker(const char *cc, struct text *out)
{
	const bool ours = strcmp(cc, "clang") == 0, gcc = ours && access("/usr/bin/gcc", X_OK) == 0;
	const bool mold = ours && access("/usr/libexec/mold/ld", X_OK) == 0, lld = ours && access("/usr/bin/ld.lld", X_OK) == 0;
	text_printf(out, "\nlink = %s\nlink_flags = -static -Wl,--gc-sections%s", gcc ? "gcc" : "$cc", mold ? " -B/usr/libexec/mold" : lld ? " -fuse-ld=lld" : "");
}

void build_machine_ninja(struct build *b, struct text *out)
{
	const char *cc = b->sweep.cc ? b->sweep.cc : "clang", *target = b->sweep.target ? b->sweep.target : "native";
	text_add(out, "# What belongs to this machine and to the last call: tools, flags, where mosaicc is installed, its options.\n");
	variable(out, "cc", cc);
	variable(out, "mosaicc", b->mosaicc);
	variable(out, "mosaic", b->mosaic);
	variable(out, "objcopy", "objcopy");
	variable(out, "library", b->library);
	ninja_cu_variables(b, out);
	text_add(out, "include_flags = -I");
	shell_word(out, b->include_dir);
	text_add(out, "\ntarget = -march=");
	shell_word(out, target);
	linker(cc, out);
	text_add(out, "\noptions =");
	if (b->options.database) {
		text_add(out, " --database ");
		shell_word(out, b->options.database);
	}
	if (b->options.time_limit != DEFAULT_TIME_LIMIT)
		text_printf(out, " --time-limit %.9g", b->options.time_limit);
	text_add(out, "\n");
}

/* Everything is made under another name and then renamed: what is there is whole. Ninja would take half an object for a new one: its log knows the
** command and inputs of the object that was there before. */
void ninja_c_rules(struct build *b, struct text *out)
{
	(void)b;
	text_add(out, "rule cc\n  command = $cc -std=gnu11 -O2 -g $target -ffp-contract=off -fno-math-errno -fno-trapping-math -Wall -Wextra -Wno-psabi $include_flags $flags -MMD -MF $out.d -MQ $out -c $in -o $out.part && mv -f $out.part $out\n"
		"  depfile = $out.d\n  description = compile $in\n\n");
}

static void rules(struct build *b, struct text *out)
{
	for (int i = 0; i < b->programs.count; i++) {
		bool first = true;
		for (int k = 0; k < i; k++)
			first = first && b->programs.at[k]->backend->rules != b->programs.at[i]->backend->rules;
		if (first)
			b->programs.at[i]->backend->rules(b, out);
	}
	/* Functions of the user stay with their file: two files may both have a `fill`, and none can take the place of one of the runtime. */
	/* -MD, not -MMD: to compilers, what -idirafter finds, the user's module, is a header of the system. */
	text_add(out, "made_of = -MD\nrule class\n  command = $cc -std=gnu11 -O2 -g $target -ffp-contract=off -fno-math-errno -ffunction-sections -fdata-sections $include_flags -idirafter . $flags $made_of -MF $out.d -MQ $out -c $in -o $out.part && $objcopy -w --keep-global-symbol='class_*' $out.part && mv -f $out.part $out\n"
		"  depfile = $out.d\n  description = compile $in\n\n");
	text_add(out, "rule link\n  command = $link $link_flags -o $out.part $in $library $more $libs -lm && mv -f $out.part $out\n  description = link $out\n\n");
	text_add(out, "rule mosaicc\n  command = $mosaicc --no-build --quiet -o ");
	shell_word(out, b->options.out);
	text_add(out, " $options -- ");
	shell_word(out, b->options.config);
	text_add(out, "\n  depfile = ");
	ninja_path(out, b->options.out);
	text_add(out, "/build.ninja.d\n  generator = 1\n  restat = 1\n  description = mosaicc $in\n\n");
	text_add(out, "rule run\n  command = $mosaic launch --build ");
	shell_word(out, arena_printf(&b->arena, "%s/build.ninja", b->options.out));
	text_add(out, " ");
	shell_word(out, arena_printf(&b->arena, "%s/sweep.json", b->options.out));
	text_add(out, "\n  pool = console\n  description = run\n\n");
}

static void file_in(struct build *b, struct text *out, const char *folder, const char *name)
{
	ninja_path(out, b->options.out);
	if (*folder) {
		text_add(out, "/");
		ninja_path(out, folder);
	}
	text_printf(out, "/%s", name);
}

/* Paths that no depfile can hold are inputs in build.ninja itself: Ninja must see when they change. */
static bool is_odd(const struct source *s)
{
	bool odd = !depfile_can_hold(s->path);
	for (int i = 0; i < s->includes.count; i++)
		odd = odd || !depfile_can_hold(s->includes.at[i]);
	return odd;
}

static void odd_inputs(struct text *out, const struct source *s, const char **between)
{
	for (int i = -1; i < s->includes.count && is_odd(s); i++) {
		const char *path = i < 0 ? s->path : s->includes.at[i];
		if (strchr(path, '|'))              /* which a build line cannot hold either */
			continue;
		text_add(out, *between);
		ninja_path(out, path);
		*between = " ";
	}
}

/* Class files, each once; which of them a program needs follows from its data modules. */
static void class_edges(struct build *b, struct text *out)
{
	VEC(const char *) done = {0};
	for (int i = 0; i < b->programs.count; i++) {
		const struct pipeline *p = b->programs.at[i]->first;
		for (int k = 0; k < p->modules.count; k++) {
			if (!p->modules.at[k].data)
				continue;
			const char *name = data_class_name(&b->arena, &b->sweep, &p->modules.at[k]);
			bool seen = false;
			for (int j = 0; j < done.count; j++)
				seen = seen || strcmp(done.at[j], name) == 0;
			if (seen)
				continue;
			VEC_PUSH(&b->arena, &done, name);
			text_add(out, "build ");
			file_in(b, out, "classes", arena_printf(&b->arena, "%s.o", name));
			text_add(out, ": class ");
			file_in(b, out, "classes", arena_printf(&b->arena, "%s.c", name));
			const char *between = " | ";
			struct source **sources = build_sources(b, &b->arena, p);
			odd_inputs(out, sources[k], &between);
			text_add(out, is_odd(sources[k]) ? "\n  made_of = -MMD\n" : "\n");
			for (int j = 0; j < sources[k]->packages.count; j++) {
				struct words w = {0};
				if (!package_flags(&b->arena, sources[k]->packages.at[j], false, p->modules.at[k].path_at, &w) || !w.list.count)
					continue;
				text_add(out, "  flags =");
				for (int x = 0; x < w.list.count; x++) {
					text_add(out, " ");
					shell_word(out, w.list.at[x]);
				}
				text_add(out, "\n");
			}
		}
	}
	text_add(out, "\n");
}

static void link_packages(struct build *b, const struct program *pr, struct text *out)
{
	struct source **sources = build_sources(b, &b->arena, pr->first);
	struct text libs = {0};
	bool all_static = true;
	for (int k = 0; k < pr->first->modules.count; k++)
		for (int j = 0; pr->first->modules.at[k].data && j < sources[k]->packages.count; j++) {
			struct words w = {0};
			bool found = package_flags(&b->arena, sources[k]->packages.at[j], true, pr->first->modules.at[k].path_at, &w);
			all_static = found && package_static(&b->arena, sources[k]->packages.at[j], &w) && all_static;
			if (found)
				for (int x = 0; x < w.list.count; x++) {
					text_add(&libs, " ");
					shell_word(&libs, w.list.at[x]);
				}
		}
	/* Debian ships few libraries for static linking whole: what needs another one is linked dynamically. */
	if (libs.at)
		text_printf(out, "  libs =%s\n%s", libs.at, all_static ? "" : "  link_flags = -Wl,--gc-sections\n");
	text_free(&libs);
}

/* build FOLDER/OBJECT: RULE FOLDER/SOURCE */
void ninja_compile(struct build *b, const struct program *pr, const char *rule, const char *source, const char *object, struct text *out)
{
	text_add(out, "build ");
	file_in(b, out, pr->name, object);
	text_printf(out, ": %s ", rule);
	file_in(b, out, pr->name, source);
	text_add(out, "\n");
}

/* The trainer of its objects, the data classes and the runtime. needs: what else it is made of; more: libraries, or NULL. */
void ninja_link(struct build *b, const struct program *pr, const char *const *objects, const char *needs, const char *more, struct text *out)
{
	text_add(out, "build ");
	file_in(b, out, pr->name, "trainer");
	text_add(out, ": link");
	for (; *objects; objects++) {
		text_add(out, " ");
		file_in(b, out, pr->name, *objects);
	}
	for (int k = 0; k < pr->first->modules.count; k++) {
		const struct module *m = &pr->first->modules.at[k];
		bool seen = !m->data;
		for (const struct module *o = pr->first->modules.at; o < m; o++)
			seen = seen || (o->data && strcmp(o->class, m->class) == 0 && strcmp(o->path, m->path) == 0);
		if (seen)
			continue;
		text_add(out, " ");
		file_in(b, out, "classes", arena_printf(&b->arena, "%s.o", data_class_name(&b->arena, &b->sweep, m)));
	}
	text_printf(out, " | %s\n", needs);
	if (more)
		text_printf(out, "  more = %s\n", more);
	link_packages(b, pr, out);
}

void ninja_c_edges(struct build *b, const struct program *pr, struct text *out)
{
	ninja_compile(b, pr, "cc", "trainer.c", "trainer.o", out);
	ninja_link(b, pr, (const char *const[]){"trainer.o", NULL}, "$library", NULL, out);
}

void build_ninja(struct build *b, struct text *out)
{
	text_printf(out, "# Made by mosaicc %s from %s. Build with `ninja`, train with `ninja run`.\nninja_required_version = 1.10\nbuilddir = ", MOSAICC_VERSION, b->options.config);
	ninja_path(out, b->options.out);
	text_add(out, "\ninclude ");
	file_in(b, out, "", "machine.ninja");
	text_add(out, "\n\n");
	rules(b, out);
	class_edges(b, out);
	for (int i = 0; i < b->programs.count; i++)
		b->programs.at[i]->backend->edges(b, b->programs.at[i], out);
	text_add(out, "\nbuild all: phony");
	for (int i = 0; i < b->programs.count; i++) {
		text_add(out, " ");
		file_in(b, out, b->programs.at[i]->name, "trainer");
	}
	text_add(out, "\nbuild run: run\nbuild ");
	file_in(b, out, "", "build.ninja");
	text_add(out, ": mosaicc ");
	ninja_path(out, b->options.config);
	const char *between = " | ";
	for (int i = 0; i < b->sources.count; i++)
		odd_inputs(out, b->sources.at[i], &between);
	text_add(out, "\ndefault all\n");
}

/* The file in this folder that makes plain `ninja` work. One that is not ours is left alone. */
bool build_root_ninja(struct build *b)
{
	size_t size = 0;
	char *before = file_read(&b->arena, "build.ninja", 1 << 20, &size);
	b->root = false;
	if ((before && strncmp(before, ROOT_MARK, strlen(ROOT_MARK)) != 0) || (!before && errno != ENOENT)) {
		if (!b->options.quiet)
			printf("build.ninja in this folder is not mosaicc's and stays as it is: use `ninja -f %s/build.ninja run`\n", b->options.out);
		return true;
	}
	struct text t = {0};
	text_add(&t, ROOT_MARK "\ninclude ");
	file_in(b, &t, "", "build.ninja");
	text_add(&t, "\nbuild build.ninja: phony ");
	file_in(b, &t, "", "build.ninja");
	text_add(&t, "\n");
	bool ok = b->root = file_write_if_changed("build.ninja", t.at, t.len) == 0;
	text_free(&t);
	if (!ok)
		err((struct place){"build.ninja", 0, 0}, "cannot write: %s", strerror(errno));
	return ok;
}
