/* start.c: what stands as `trainer` in a bundle of a program that needs shared libraries: it starts lib/trainer with the bundle's own loader and
** libraries, the C library among them, so that none of the machine's are needed, whatever their versions. It is static, and works without /proc. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* The folder of this program, through links; NULL with errno. */
static char *own_folder(void)
{
	static char path[PATH_MAX];
	const char *given = (const char *)getauxval(AT_EXECFN);
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

	if (n > 0)
		path[n] = '\0';
	else if (!given || !realpath(given, path))
		return NULL;
	*strrchr(path, '/') = '\0';
	return path;
}

static char *join(const char *a, const char *b, const char *c)
{
	char *out = malloc(strlen(a) + strlen(b) + strlen(c) + 1);

	if (!out)
		exit(1);
	strcpy(out, a);
	strcat(out, b);
	return strcat(out, c);
}

static int fail(const char *name, const char *path, const char *why)
{
	fprintf(stderr, "%s: error: %s: %s; the folder of a bundle is copied as a whole\n", name, path, why);
	return 1;
}

int main(int argc, char **argv)
{
	const char *name = argc > 0 ? argv[0] : "trainer", *folder = own_folder(), *more = getenv("LD_LIBRARY_PATH");

	if (!folder)
		return fail(name, name, strerror(errno));
	if (strpbrk(folder, ":;$")) {              /* which mean something in a list of folders */
		fprintf(stderr, "%s: error: %s: a folder whose path has : ; or $ cannot be used; move it\n", name, folder);
		return 1;
	}
	char *lib = join(folder, "/lib", ""), *loader = join(lib, "/ld.so", ""), *trainer = join(lib, "/trainer", ""), *certificates = join(lib, "/certificates.pem", "");
	if (access(trainer, R_OK) != 0)
		return fail(name, trainer, strerror(errno));
	/* Last, for what belongs to the machine: the driver of a GPU. */
	char *path = more && *more ? join(lib, ":", more) : lib;
	/* Libraries that are made for the machine's own C library. */
	unsetenv("LD_PRELOAD");
	unsetenv("LD_AUDIT");
	unsetenv("LD_LIBRARY_PATH");
	if (access(certificates, R_OK) == 0)
		setenv("MOSAIC_CERTIFICATES", certificates, 1);
	char **args = calloc((size_t)argc + 8, sizeof *args);
	int n = 0;
	if (!args)
		return 1;
	args[n++] = loader;
	args[n++] = (char *)"--argv0";
	args[n++] = (char *)name;
	args[n++] = (char *)"--library-path";
	args[n++] = path;
	args[n++] = trainer;
	for (int i = 1; i < argc; i++)
		args[n++] = argv[i];
	execv(loader, args);
	return fail(name, loader, strerror(errno));
}
