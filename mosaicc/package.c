/* package.c: flags of the libraries that a source asks for with MOSAIC_PKG, from pkg-config, run without a shell. */
#include "mosaicc.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { OUTPUT_LIMIT = 64 * 1024, NAME_LIMIT = 64 };

static bool name_is_valid(const char *s)
{
	if (!*s || *s == '-' || strlen(s) > NAME_LIMIT)
		return false;
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._")] == 0;
}

/* The Debian package that most likely brings `name`.pc, or NULL when that would be no name of a Debian package. */
static const char *debian_package(struct arena *a, const char *name)
{
	static const char *const known[][2] = {
		{"libcurl", "libcurl4-openssl-dev"}, {"zlib", "zlib1g-dev"}, {"libxml-2.0", "libxml2-dev"}, {"gsl", "libgsl-dev"},
		{"blas", "libblas-dev"}, {"lapack", "liblapack-dev"}, {"libzstd", "libzstd-dev"}, {"libtiff-4", "libtiff-dev"},
		{"cblas", "libopenblas-dev"}, {"sndfile", "libsndfile1-dev"}, {"libarchive", "libarchive-dev"}, {"libpng16", "libpng-dev"},
		{"hdf5-serial", "libhdf5-dev"}, {"opencv4", "libopencv-dev"},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i][0], name) == 0)
			return known[i][1];
	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789+-.")])
		return NULL;
	return strncmp(name, "lib", 3) == 0 ? arena_printf(a, "%s-dev", name) : arena_printf(a, "lib%s-dev", name);
}

/* Libraries that link statically whole, tried one by one, with what their .pc files leave out. Others may lack an archive of something they use. */
static const char *const *static_extra(const char *package)
{
	static const char *const known[][8] = {
		{"hdf5", "-lsz", "-laec", "-lz", "-lm", "-ldl", "-lpthread"}, {"hdf5-serial", "-lsz", "-laec", "-lz", "-lm", "-ldl", "-lpthread"}, {"zlib"}, {"jansson"},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i][0], package) == 0)
			return known[i] + 1;
	return NULL;
}

/* Whether libNAME.a is where -L flags or the linker look. */
static bool archive_exists(struct arena *a, const char *name, const struct words *flags)
{
	static const char *const usual[] = {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib", "/lib"};
	for (int i = 0; i < flags->list.count; i++)
		if (strncmp(flags->list.at[i], "-L", 2) == 0 && access(arena_printf(a, "%s/lib%s.a", flags->list.at[i] + 2, name), R_OK) == 0)
			return true;
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (access(arena_printf(a, "%s/lib%s.a", usual[i], name), R_OK) == 0)
			return true;
	return false;
}

bool package_static(struct arena *a, const char *package, struct words *libs)
{
	const char *const *extra = static_extra(package);
	int before = libs->list.count;
	for (int i = 0; extra && extra[i]; i++)
		VEC_PUSH(a, &libs->list, extra[i]);
	for (int i = 0; extra && i < libs->list.count; i++)
		if (strncmp(libs->list.at[i], "-l", 2) == 0 && !archive_exists(a, libs->list.at[i] + 2, libs)) {
			libs->list.count = before;
			return false;
		}
	return extra;
}

/* Runs pkg-config and reads what it prints. -1: it could not be run; else its exit status. */
static int run_pkg_config(const char *what, const char *package, struct text *out)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	char *argv[] = {"pkg-config", (char *)what, "--", (char *)package, NULL};
	pid_t pid;
	int failed = posix_spawnp(&pid, "pkg-config", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	char buffer[4096];
	ssize_t n;
	while (!failed && ((n = read(ends[0], buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR)))
		if (n > 0 && out->len < OUTPUT_LIMIT)
			text_addn(out, buffer, (size_t)n);
	close(ends[0]);
	if (failed)
		return -1;
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* Splits as a shell would: blanks separate, a backslash or quotes keep. */
static void split_words(struct arena *a, const char *s, struct words *out)
{
	while (*s) {
		s += strspn(s, " \t\r\n");
		struct text word = {0};
		char quote = 0;
		for (; *s && (quote || !strchr(" \t\r\n", *s)); s++) {
			if (*s == '\\' && quote != '\'' && s[1])
				text_addn(&word, ++s, 1);
			else if (*s == quote)
				quote = 0;
			else if (!quote && (*s == '"' || *s == '\''))
				quote = *s;
			else
				text_addn(&word, s, 1);
		}
		if (word.len)
			VEC_PUSH(a, &out->list, arena_strdup(a, word.at));
		text_free(&word);
	}
}

bool package_flags(struct arena *a, const char *package, bool libs, struct place at, struct words *out)
{
	if (!name_is_valid(package)) {
		err_once(at, "MOSAIC_PKG: '%s' is not the name of a pkg-config package", shown(a, package));
		return false;
	}
	struct text t = {0};
	int status = run_pkg_config(libs ? "--libs" : "--cflags", package, &t);
	if (status < 0) {
		if (err_once(at, "pkg-config, which finds library '%s', cannot be run", package))
			hint("apt install pkg-config");
	} else if (status > 0) {
		const char *debian = debian_package(a, package);
		bool is_new = err_once(at, "library '%s' is not installed: pkg-config does not know it", package);
		if (is_new && debian)
			hint("on Debian most likely: apt install %s", debian);
		else if (is_new)
			hint("on Debian `apt-file search %s.pc` tells the package that brings it", package);
	} else {
		split_words(a, t.at ? t.at : "", out);
	}
	text_free(&t);
	return status == 0;
}
