/* build.c: lets Ninja build all trainers that can be built, and finds what was said of one that could not. */
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { LOG_MAX = 1 << 24, MESSAGES_MAX = 16000 };
struct building { struct build *build; bool terminal, shown; };

/* "[3/24] compile ..." is progress, redrawn on a terminal and left out elsewhere; the rest is for people. */
static void ninja_line(void *context, const char *line)
{
	struct building *b = context;
	if (line[0] == '[' && strchr("0123456789", line[1])) {
		if (b->terminal)
			fprintf(stderr, "\r\033[K%.78s", line);
		b->shown = b->terminal;
		return;
	}
	if (b->shown)
		fputs("\r\033[K", stderr);
	b->shown = false;
	if (!strcmp(line, "ninja: no work to do."))
		return;
	fprintf(stderr, "%s\n", line);
	if (b->build->log.len < LOG_MAX)
		text_printf(&b->build->log, "%s\n", line);
}

/* Two builds at once in one folder would spoil each other's objects; mosaicc takes the same lock. The kernel drops it. */
static int build_lock(const char *ninja_file)
{
	const char *slash = strrchr(ninja_file, '/');
	char *path = format("%.*s/.cache/lock", slash ? (int)(slash - ninja_file) : 1, slash ? ninja_file : ".");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
		;
	free(path);
	return fd;
}

enum exit_code build_all(const char *ninja_file, struct build *build)
{
	const char *argv[] = {"ninja", "-f", ninja_file, "-k", "0", "all", NULL};
	struct building b = {.build = build, .terminal = terminal_cursor(stderr)};
	setenv("NINJA_STATUS", "[%f/%t] ", 1);
	int lock = build_lock(ninja_file);
	int status = run_program(argv, ninja_line, &b);
	if (lock >= 0)
		close(lock);
	if (b.shown)
		fputs("\r\033[K", stderr);
	build->ok = status == 0;
	if (status == 2 || status > 128)
		return EXIT_STOPPED;
	if (status == 1)
		fprintf(stderr, "mosaic: some programs could not be built: their runs become errors, the others are trained\n");
	return status < 0 ? EXIT_USAGE : EXIT_DONE;
}

static bool lies_in(const char *path, const char *folder)
{
	size_t n = strlen(folder);
	return !strncmp(path, folder, n) && path[n] == '/';
}

/* The paragraphs of Ninja's log about files in either folder ("FAILED: folder/..."), without the command that follows each. */
static void failed_of(const char *log, const char *folder, const char *shared, struct text *out)
{
	static const char mark[] = "FAILED: ";
	bool ours = false, command = false;
	for (const char *line = log, *end; line && *line && out->len < MESSAGES_MAX; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		if (command) {
			command = false;
			continue;
		}
		if (!strncmp(line, mark, sizeof mark - 1)) {
			ours = lies_in(line + sizeof mark - 1, folder) || lies_in(line + sizeof mark - 1, shared);
			command = true;
		} else if (!strncmp(line, "ninja: ", 7))
			ours = false;
		else if (ours)
			text_printf(out, "%.*s\n", (int)(end - line), line);
	}
}

char *build_messages(const struct build *b, const char *trainer)
{
	const char *slash = strrchr(trainer, '/');
	char *folder = format("%.*s", slash ? (int)(slash - trainer) : 1, slash ? trainer : "."), *file = format("%s.log", trainer);
	const char *parent = strrchr(folder, '/');
	char *shared = format("%.*sclasses", parent ? (int)(parent - folder) + 1 : 0, folder);   /* data classes of several programs */
	struct text t = {0};
	if (b->log.at)
		failed_of(b->log.at, folder, shared, &t);
	if (!t.at)
		t.at = file_tail(file, MESSAGES_MAX);
	free(shared);
	free(folder);
	free(file);
	return t.at;
}
