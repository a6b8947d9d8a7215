/* module.c: compiles a user's source, through its shim, into a library for the tracing child. What was compiled before from the same
** text is taken from the cache. Runs clang directly, never a shell. */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#ifndef CLANG_PROGRAM
#define CLANG_PROGRAM "clang"
#endif

enum { TEXT_LIMIT = 64 << 20, WORDS_MAX = 4096 };

/* -O0 and line tables give every call its line and column; the sanitizer's traps need no run-time library; -Bsymbolic keeps a user's
** function that happens to have the name of one of ours. Warnings were shown by reflect(). */
static const char *const flags[] = {
	"-xc", "-std=gnu11", "-O0", "-fPIC", "-shared", "-fno-omit-frame-pointer", "-gline-tables-only", "-gdwarf-aranges",
	"-fsanitize=undefined,bounds", "-fsanitize-trap=all", "-w", "-Werror=implicit-function-declaration", "-Werror=return-type",
	"-Werror=incompatible-pointer-types", "-Werror=int-conversion", "-ferror-limit=20", "-fno-caret-diagnostics", "-Wl,-Bsymbolic",
};

struct build {
	struct source *source;
	struct arena *arena;
	const char *shim, *library, *temporary;
	VEC(const char *) argv;
	pid_t pid;
	int output;                            /* memory file with the compiler's messages */
};

/* ---- the cache ------------------------------------------------------------------------------ */

static void hash_file_into(struct arena *a, struct text *key, const char *path)
{
	size_t size = 0;
	const char *bytes = file_read(a, path, TEXT_LIMIT, &size);
	char hex[33] = "absent";
	if (bytes)
		hash_hex(hash_bytes(bytes, size), hex);
	text_printf(key, "%s %s\n", path, hex);
}

/* Everything that the library is made from: shim, source, headers, flags, packages. */
static void cache_key(struct build *b, const char *real_path, const struct text *shim, char hex[33])
{
	struct text key = {0};
	const char *const *dirs = reflect_include_list();
	text_printf(&key, "%s %s\n", MOSAICC_VERSION, CLANG_PROGRAM);
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		text_printf(&key, "%s ", flags[i]);
	for (int i = 0; i < b->source->packages.count; i++)
		text_printf(&key, "package %s\n", b->source->packages.at[i]);
	text_addn(&key, shim->at, shim->len);
	hash_file_into(b->arena, &key, real_path);
	for (int i = 0; i < b->source->includes.count; i++)
		hash_file_into(b->arena, &key, b->source->includes.at[i]);
	for (; *dirs; dirs++) {
		hash_file_into(b->arena, &key, arena_printf(b->arena, "%s/mosaic.h", *dirs));
		hash_file_into(b->arena, &key, arena_printf(b->arena, "%s/mosaic_ops.h", *dirs));
	}
	hash_hex(hash_bytes(key.at, key.len), hex);
	text_free(&key);
}

/* Power may go before a file that was renamed has its bytes: an ELF file ends with the table that its head announces. */
static bool is_whole(const char *library)
{
	struct stat st;
	ElfW(Ehdr) head;
	int fd = open(library, O_RDONLY | O_CLOEXEC);
	bool read_it = fd >= 0 && fstat(fd, &st) == 0 && read(fd, &head, sizeof head) == (ssize_t)sizeof head;
	if (fd >= 0)
		close(fd);
	return read_it && memcmp(head.e_ident, ELFMAG, SELFMAG) == 0 && head.e_shoff > sizeof head && head.e_shoff < (uint64_t)st.st_size
		&& head.e_shoff + (uint64_t)head.e_shnum * head.e_shentsize <= (uint64_t)st.st_size;
}

/* "mlp" of "share/mlp.c", so that a cache folder can be read by people. */
static const char *stem(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	char *s = arena_strndup(a, base, strcspn(base, "."));
	for (char *c = s; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", *c))
			*c = '_';
	return s;
}

/* ---- one compilation ------------------------------------------------------------------------ */

static void word(struct build *b, const char *s)
{
	VEC_PUSH(b->arena, &b->argv, s);
}

static bool packages(struct build *b, bool libs)
{
	for (int i = 0; i < b->source->packages.count; i++) {
		struct words words = {0};
		if (!package_flags(b->arena, b->source->packages.at[i], libs, (struct place){.file = b->source->path}, &words))
			return false;
		for (int k = 0; k < words.list.count && b->argv.count < WORDS_MAX; k++)
			word(b, words.list.at[k]);
	}
	return true;
}

static bool command(struct build *b)
{
	word(b, CLANG_PROGRAM);
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		word(b, flags[i]);
	for (const char *const *dir = reflect_include_list(); *dir; dir++) {
		word(b, "-isystem");
		word(b, *dir);
	}
	if (!packages(b, false))
		return false;
	word(b, b->shim);
	word(b, "-xnone");
	if (!packages(b, true))
		return false;
	word(b, "-o");
	word(b, b->temporary);
	VEC_PUSH(b->arena, &b->argv, NULL);
	return true;
}

/* Ours, but with the compiler's own temporary files beside the library: what a killed compiler leaves goes with the folder. */
static char **environment(struct build *b)
{
	VEC(char *) list = {0};
	for (char **e = environ; *e; e++)
		if (strncmp(*e, "TMPDIR=", 7) != 0)
			VEC_PUSH(b->arena, &list, *e);
	VEC_PUSH(b->arena, &list, arena_printf(b->arena, "TMPDIR=%.*s", (int)(strrchr(b->library, '/') - b->library), b->library));
	VEC_PUSH(b->arena, &list, NULL);
	return list.at;
}

static bool start(struct build *b)
{
	struct place at = {.file = b->source->path};
	if (!command(b))
		return false;
	b->output = memfd_create("messages", MFD_CLOEXEC);
	posix_spawn_file_actions_t files;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, b->output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, b->output, STDERR_FILENO);
	int failed = posix_spawnp(&b->pid, CLANG_PROGRAM, &files, NULL, (char *const *)b->argv.at, environment(b));
	posix_spawn_file_actions_destroy(&files);
	if (!failed)
		return true;
	close(b->output);
	b->pid = 0;
	err(at, "cannot be compiled: %s does not start: %s", CLANG_PROGRAM, strerror(failed));
	hint("install clang (Debian: apt install clang)");
	return false;
}

static void show_messages(struct build *b)
{
	char buffer[4096];
	ssize_t n;
	off_t at = 0;
	FILE *out = diag.out ? diag.out : stderr;
	while (at < 65536 && (n = pread(b->output, buffer, sizeof buffer, at)) > 0) {
		fwrite(buffer, 1, (size_t)n, out);
		at += n;
	}
}

static void finish(struct build *b, int status)
{
	struct place at = {.file = b->source->path};
	bool compiled = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	b->pid = 0;
	if (!compiled) {
		err(at, "does not compile");
		show_messages(b);
		hint("these are the compiler's messages; mosaicc needs the file to compile as C11 with clang");
		unlink(b->temporary);
	} else if (rename(b->temporary, b->library) != 0) {
		err((struct place){.file = b->library}, "cannot be written: %s", strerror(errno));
	} else {
		b->source->library = b->library;
	}
	close(b->output);
}

/* Names the files of one source and looks into the cache. False: an error, or nothing to do. */
static bool prepare(struct build *b, const char *cache_dir)
{
	struct text shim = {0};
	struct place at = {.file = b->source->path};
	char hex[33], *real = realpath(b->source->path, NULL);
	if (!real || strpbrk(real, "\"\n\\")) {
		err(at, real ? "a path with a quote, a backslash or a line end cannot be compiled" : "cannot be read: %s", strerror(errno));
		free(real);
		return false;
	}
	shim_text(b->source, real, &shim);
	cache_key(b, real, &shim, hex);
	free(real);
	const char *base = arena_printf(b->arena, "%s/%s-%.16s", cache_dir, stem(b->arena, b->source->path), hex);
	b->library = arena_printf(b->arena, "%s.so", base);
	b->shim = arena_printf(b->arena, "%s.shim.c", base);
	b->temporary = arena_printf(b->arena, "%s.%ld.tmp", base, (long)getpid());
	if (is_whole(b->library)) {
		b->source->library = b->library;
		text_free(&shim);
		return false;
	}
	bool written = make_dirs(cache_dir) == 0 && file_write_if_changed(b->shim, shim.at, shim.len) == 0;
	text_free(&shim);
	if (!written) {
		err((struct place){.file = b->shim}, "cannot be written: %s", strerror(errno));
		hint("-o DIR writes into another folder; --check writes nothing");
	}
	return written;
}

/* ---- many ----------------------------------------------------------------------------------- */

/* Waits for one of the running compilers. */
static void wait_one(struct build *builds, int count)
{
	for (int i = 0; i < count; i++) {
		int status;
		if (!builds[i].pid)
			continue;
		while (waitpid(builds[i].pid, &status, 0) < 0 && errno == EINTR)
			;
		finish(&builds[i], status);
		return;
	}
}

bool module_build_all(struct arena *a, const char *cache_dir, struct source *const *sources, int count, int jobs)
{
	struct build *builds = arena_alloc(a, ((size_t)count + 1) * sizeof *builds);
	bool ok = true;
	int running = 0;
	if (jobs < 1)
		jobs = (int)sysconf(_SC_NPROCESSORS_ONLN);
	for (int i = 0; i < count; i++) {
		bool again = false;                /* one source may serve several modules */
		for (int k = 0; k < i; k++)
			again = again || sources[k] == sources[i];
		builds[i] = (struct build){.source = sources[i], .arena = a, .output = -1};
		if (again || !prepare(&builds[i], cache_dir) || !start(&builds[i]))
			continue;
		if (++running >= jobs) {
			wait_one(builds, count);
			running--;
		}
	}
	for (; running > 0; running--)
		wait_one(builds, count);
	for (int i = 0; i < count; i++)
		ok = ok && sources[i]->library;
	return ok;
}
