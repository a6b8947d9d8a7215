/* bundle_libraries.c: which shared libraries a trainer needs, as the loader that would start it finds them. */
#include "bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { LIST_LIMIT = 1 << 20 };

/* The loader that a program asks for, from its ELF file; *found NULL: it is static. False: no ELF file. */
static bool find_loader(struct arena *a, int fd, const char **found)
{
	*found = NULL;
	Elf *elf = elf_version(EV_CURRENT) == EV_NONE ? NULL : elf_begin(fd, ELF_C_READ, NULL);
	bool ok = elf && elf_kind(elf) == ELF_K_ELF;
	size_t count = 0;
	ok = ok && elf_getphdrnum(elf, &count) == 0;
	for (size_t i = 0; ok && i < count; i++) {
		GElf_Phdr header;
		size_t size;
		char *file = elf_rawfile(elf, &size);
		if (!gelf_getphdr(elf, (int)i, &header) || !file || header.p_type != PT_INTERP)
			continue;
		ok = header.p_offset < size && header.p_filesz > 1 && header.p_filesz <= size - header.p_offset;
		if (ok)
			*found = arena_strndup(a, file + header.p_offset, header.p_filesz - 1);
	}
	elf_end(elf);
	return ok;
}

/* Ours without LD_PRELOAD, which is no part of the program, and with what makes the loader list and leave, as ldd does. */
static char **environment(struct arena *a)
{
	VEC(char *) list = {0};
	for (char **e = environ; *e; e++)
		if (strncmp(*e, "LD_PRELOAD=", 11) != 0)
			VEC_PUSH(a, &list, *e);
	VEC_PUSH(a, &list, arena_strdup(a, "LD_TRACE_LOADED_OBJECTS=1"));
	VEC_PUSH(a, &list, NULL);
	return list.at;
}

/* What ldd would print: the program is loaded, not run. */
static bool list_libraries(struct arena *a, const char *loader, const char *trainer, struct text *out)
{
	int ends[2], status = 1;
	pid_t pid;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	posix_spawn_file_actions_t files;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, ends[1], 1);
	const char *argv[] = {loader, trainer, NULL};
	int failed = posix_spawn(&pid, loader, &files, NULL, (char *const *)argv, environment(a));
	posix_spawn_file_actions_destroy(&files);
	close(ends[1]);
	char buffer[4096];
	ssize_t n;
	while (!failed && ((n = read(ends[0], buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR)))
		if (n > 0 && out->len < LIST_LIMIT)
			text_addn(out, buffer, (size_t)n);
	close(ends[0]);
	while (!failed && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	errno = failed;
	return !failed && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* They talk to the kernel's part of a driver, and only the one that came with it does. */
static bool of_machine(const char *name)
{
	static const char *const drivers[] = {"libcuda.so", "libnvidia-", "libnvcuvid.so", "libnvoptix.so"};
	for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
		if (strncmp(name, drivers[i], strlen(drivers[i])) == 0)
			return true;
	return false;
}

static bool has_library(const struct bundle_needs *needs, const char *name)
{
	for (int i = 0; i < needs->libraries.count; i++)
		if (strcmp(needs->libraries.at[i].name, name) == 0)
			return true;
	return false;
}

/* One line: "\tNAME => PATH (0x...)", "\tNAME => not found", "\tPATH (0x...)", "\tlinux-vdso.so.1 (0x...)". */
static bool read_line(struct arena *a, const char *trainer, char *line, struct bundle_needs *out)
{
	char *name = line + strspn(line, " \t"), *arrow = strstr(name, " => "), *path = arrow ? arrow + 4 : name, *address = NULL;
	for (char *s = path; (s = strstr(s, " (0x")); s++)
		address = s;
	if (address)
		*address = 0;
	if (arrow)
		*arrow = 0;
	if (!*name || (!arrow && *name != '/') || strcmp(name, out->loader) == 0)
		return true;
	if (of_machine(name)) {
		VEC_PUSH(a, &out->machine, arena_strdup(a, name));
		return true;
	}
	if (strcmp(path, "not found") == 0) {
		err((struct place){trainer, 0, 0}, "needs the library %s, which is not found on this machine", name);
		hint("LD_LIBRARY_PATH names folders with libraries; /etc/ld.so.conf.d those that always count");
		return false;
	}
	if (strchr(name, '/')) {
		err((struct place){trainer, 0, 0}, "asks for the library %s by its path: it would be looked for there on every machine", name);
		hint("link it with a name: cc -shared -Wl,-soname,%s ...", strrchr(name, '/') + 1);
		return false;
	}
	if (strcmp(name, "trainer") == 0 || strcmp(name, "ld.so") == 0 || strcmp(name, "certificates.pem") == 0) {
		err((struct place){trainer, 0, 0}, "needs a library that is called %s; a bundle has another file of this name", name);
		return false;
	}
	VEC_PUSH(a, &out->libraries, ((struct bundle_library){arena_strdup(a, name), arena_strdup(a, path)}));
	return true;
}

/* Those that the C library opens by itself, on demand, from the folder where it lies: to unwind a stack, to find a host. */
static void add_opened_later(struct arena *a, struct bundle_needs *needs)
{
	static const char *const names[] = {"libgcc_s.so.1", "libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"};
	const char *libc = NULL;
	for (int i = 0; i < needs->libraries.count; i++)
		if (strcmp(needs->libraries.at[i].name, "libc.so.6") == 0)
			libc = needs->libraries.at[i].path;
	for (size_t i = 0; libc && i < sizeof names / sizeof *names; i++) {
		const char *path = arena_printf(a, "%.*s/%s", (int)(strrchr(libc, '/') - libc), libc, names[i]);
		if (!has_library(needs, names[i]) && access(path, R_OK) == 0)
			VEC_PUSH(a, &needs->libraries, ((struct bundle_library){names[i], path}));
	}
}

bool bundle_libraries(struct arena *a, const char *trainer, struct bundle_needs *out)
{
	*out = (struct bundle_needs){0};
	struct place at = {trainer, 0, 0};
	int fd = open(trainer, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err(at, "cannot read: %s", strerror(errno));
		return false;
	}
	bool ok = find_loader(a, fd, &out->loader);
	close(fd);
	if (!ok) {
		err(at, "is no program of this machine");
		return false;
	}
	if (!out->loader)
		return true;
	struct text list = {0};
	ok = list_libraries(a, out->loader, trainer, &list);
	if (!ok)
		err(at, "its libraries cannot be listed: its loader, %s, fails", out->loader);
	for (char *line = ok ? list.at : NULL, *end; line && *line; line = end) {
		end = strchr(line, '\n');
		end = end ? end : line + strlen(line);
		if (*end)
			*end++ = 0;
		ok = read_line(a, trainer, line, out) && ok;
	}
	text_free(&list);
	if (ok)
		add_opened_later(a, out);
	return ok;
}
