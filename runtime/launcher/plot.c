/* plot.c: gnuplot through a pipe. It runs in a folder of its own beside the picture, so that no name of the user's stands in
** its text, and the picture comes into place when it is whole. Strings are in single quotes: in double quotes gnuplot runs
** backticks as shell commands; and no text ends them, for it has no such quote. What is drawn is the business of plot_loss.c and its like. */
#include "plot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* gnuplot's terminal, and how many of its units a point is, for lengths, fonts, lines and the sizes of points: they differ. SVG has 96 units an inch,
** PNG gets 144. */
struct picture { const char *extension, *terminal, *unit; double scale, font, line, point; };
static const struct picture pictures[] = {
	{".pdf", "pdfcairo noenhanced color background '#ffffff'", "in", 1 / 72.0, 0.75, 2.5, 1},
	{".svg", "svg noenhanced dynamic background '#ffffff'", "", 96 / 72.0, 96 / 72.0, 96 / 72.0, 1.2},
	{".png", "pngcairo noenhanced color background '#ffffff'", "", 2, 1.5, 2, 1.8},
};

struct plot {
	const struct picture *picture;
	char *out, *scratch;
	FILE *pipe, *keep;
	const char *kept;
	pid_t pid;
	double width, height;
	int pages, labels;
	bool quiet;
};

static const struct picture *picture_of(const char *out)
{
	size_t n = strlen(out);
	for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++)
		if (n > 4 && !strcmp(out + n - 4, pictures[i].extension) && out[n - 5] != '/')
			return &pictures[i];
	complain("%s: a picture is a .pdf, .svg or .png file", out);
	hint("the extension says which: name it plot.pdf, for example");
	return NULL;
}

/* ---- text ---------------------------------------------------------------------------------------- */

/* Bytes of the character at `s`, 0 when it is no UTF-8 or a control character; *width: its columns. */
static int character(const char *s, int *width)
{
	const unsigned char *u = (const unsigned char *)s;
	*width = 1;
	if (u[0] < 0x80)
		return u[0] >= 0x20 && u[0] != 0x7f;
	int n = u[0] >= 0xc2 && u[0] < 0xe0 ? 2 : u[0] >= 0xe0 && u[0] < 0xf0 ? 3 : u[0] >= 0xf0 && u[0] < 0xf5 ? 4 : 0;
	unsigned code = n ? u[0] & (0xffu >> (n + 1)) : 0;
	for (int i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (u[i] & 0x3f);
	}
	static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
	if (!n || code < least[n] || code < 0xa0 || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff)
		return 0;
	*width = code >= 0x2e80 ? 2 : 1;
	return n;
}

static int columns_of(const char *s)
{
	int n = 0, width;
	for (int bytes; *s; s += bytes ? bytes : 1, n += width)
		bytes = character(s, &width);
	return n;
}

double text_width(const char *s, double size)
{
	return 0.6 * size * columns_of(s);
}

/* Copies to `t` the characters of columns from..to, what cannot be shown as a blank or a question mark. */
static void add_columns(struct text *t, const char *s, int from, int to)
{
	int at = 0, width;
	for (int bytes; *s; s += bytes ? bytes : 1, at += width) {
		bytes = character(s, &width);
		if (at < from || at + width > to)
			continue;
		if (!bytes)
			text_add(t, (unsigned char)*s < 0x80 ? " " : "?");
		else if (*s == '\'')
			text_add(t, "’");                              /* gnuplot reads a doubled quote wrongly where a string begins */
		else
			text_addn(t, s, (size_t)bytes);
	}
}

void plot_text(struct plot *p, const char *s, double room, double size)
{
	int n = columns_of(s), most = room > 0 ? (int)(room / (0.6 * size)) : n;
	struct text t = {0};
	if (most < 5)
		most = 5;
	text_add(&t, "'");
	if (n <= most)
		add_columns(&t, s, 0, n);
	else {
		/* Both ends tell names apart: the class stands first, its values last. */
		add_columns(&t, s, 0, (most - 1) / 2);
		text_add(&t, "…");
		add_columns(&t, s, n - most / 2, n);
	}
	text_add(&t, "'");
	plot_printf(p, "%s", t.at);
	text_free(&t);
}

void plot_printf(struct plot *p, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	vfprintf(p->pipe, fmt, ap);
	if (p->keep)
		vfprintf(p->keep, fmt, again);
	va_end(again);
	va_end(ap);
}

void plot_label(struct plot *p, double x, double y, const char *place, double size, const char *colour, const char *s, double room)
{
	plot_printf(p, "set label %d ", ++p->labels);
	plot_text(p, s, room, size);
	plot_printf(p, " at screen %.5f,%.5f %s font ',%.3g' tc rgb '%s'\n", x / p->width, y / p->height, place, size, colour);
}

void plot_line(struct plot *p, double x, double y, double to_x, const char *style)
{
	plot_printf(p, "set arrow from screen %.5f,%.5f to screen %.5f,%.5f nohead %s\n", x / p->width, y / p->height, to_x / p->width,
		y / p->height, style);
}

void plot_box(struct plot *p, double x, double y, double width, double height)
{
	plot_printf(p, "unset label\nunset arrow\nunset logscale\nset lmargin at screen %.5f\nset rmargin at screen %.5f\n", x / p->width,
		(x + width) / p->width);
	plot_printf(p, "set bmargin at screen %.5f\nset tmargin at screen %.5f\n", y / p->height, (y + height) / p->height);
	plot_printf(p, "set border 31 lw 0.7 lc rgb '#444444'\nset tics scale 0.5 nomirror tc rgb '#222222'\n");
	p->labels = 0;
}

void plot_page(struct plot *p)
{
	bool paged = p->picture == &pictures[0];
	if (p->pages++)
		plot_printf(p, "unset multiplot\n");
	if (!paged || p->pages == 1)
		plot_printf(p, "set output 'page-%d%s'\n", p->pages, p->picture->extension);
	plot_printf(p, "set multiplot\n");
}

double plot_x(const struct plot *p, double x)
{
	return x / p->width;
}

double plot_y(const struct plot *p, double y)
{
	return y / p->height;
}

void plot_nothing(struct plot *p)
{
	plot_printf(p, "unset border\nunset xtics\nunset ytics\nplot [0:1] [0:1] NaN\n");
}

void plot_quiet(struct plot *p, bool quiet)
{
	p->quiet = quiet;
}

int plot_pages(const struct plot *p)
{
	return p->pages;
}

/* ---- the process ------------------------------------------------------------------------------------ */

static char *inside(const struct plot *p, const char *name)
{
	return format("%s/%s", p->scratch, name);
}

static char *page_name(const struct plot *p, int page)
{
	return format("%s/page-%d%s", p->scratch, page, p->picture->extension);
}

static bool make_scratch(struct plot *p)
{
	const char *slash = strrchr(p->out, '/');
	int n = slash ? (int)(slash - p->out) + 1 : 0;
	p->scratch = format("%s%.*s.plot-XXXXXX", p->out[0] == '/' ? "" : "./", n, p->out);
	if (mkdtemp(p->scratch))
		return true;
	complain("%s: cannot write there: %s", p->out, strerror(errno));
	hint("name a file in a directory that exists and can be written");
	free(p->scratch);
	p->scratch = NULL;
	return false;
}

static void remove_scratch(struct plot *p)
{
	DIR *d = p->scratch ? opendir(p->scratch) : NULL;
	for (struct dirent *e; d && (e = readdir(d));) {
		char *path = inside(p, e->d_name);
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			unlink(path);
		free(path);
	}
	if (d)
		closedir(d);
	if (p->scratch)
		rmdir(p->scratch);
}

static int start(struct plot *p, int in)
{
	/* -d: without the user's own gnuplot settings, which would change the picture. */
	char *argv[] = {"gnuplot", "-d", NULL};
	char *messages = inside(p, "messages");
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t pipe_signal;
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &pipe_signal);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, messages, O_WRONLY | O_CREAT | O_APPEND, 0666);
	posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
	posix_spawn_file_actions_addchdir_np(&actions, p->scratch);
	int why = posix_spawnp(&p->pid, argv[0], &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	free(messages);
	return why;
}

static bool start_gnuplot(struct plot *p)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0) {
		complain("cannot make a pipe: %s", strerror(errno));
		return false;
	}
	int why = start(p, ends[0]);
	close(ends[0]);
	if (why) {
		complain("cannot start gnuplot: %s", strerror(why));
		hint("the pictures are drawn by gnuplot: install the Debian package gnuplot-nox%s", p->keep ? "" : ", or keep the text with --script FILE");
		p->pid = 0;
		close(ends[1]);
		/* What would be drawn can still be kept. */
		p->pipe = p->keep ? fopen("/dev/null", "w") : NULL;
		return p->pipe;
	}
	signal(SIGPIPE, SIG_IGN);
	p->pipe = need(fdopen(ends[1], "w"));
	return true;
}

static bool open_script(struct plot *p, const char *script)
{
	struct stat st;
	if (!script)
		return true;
	if (stat(script, &st) == 0 && (!S_ISREG(st.st_mode) || (st.st_size && db_is_database(script)))) {
		complain("%s: not a file that a script may replace", script);
		hint("--script needs the name of a new text file");
		return false;
	}
	p->kept = script;
	p->keep = fopen(script, "we");
	if (p->keep)
		return true;
	complain("%s: %s", script, strerror(errno));
	return false;
}

static void plot_free(struct plot *p)
{
	remove_scratch(p);
	if (p->pipe)
		fclose(p->pipe);
	if (p->keep)
		fclose(p->keep);
	free(p->scratch);
	free(p->out);
	free(p);
}

struct plot *plot_open(const char *out, const char *script, double width, double height)
{
	const struct picture *picture = picture_of(out);
	if (!picture)
		return NULL;
	struct plot *p = need(calloc(1, sizeof *p));
	*p = (struct plot){.picture = picture, .out = copy(out), .width = width, .height = height};
	if (!open_script(p, script) || !make_scratch(p) || !start_gnuplot(p)) {
		plot_free(p);
		return NULL;
	}
	plot_printf(p, "set encoding utf8\nset terminal %s font 'Sans,10' fontscale %.4g linewidth %.4g size %.5g%s,%.5g%s\n", picture->terminal,
		picture->font, picture->line, width * picture->scale, picture->unit, height * picture->scale, picture->unit);
	plot_printf(p, "unset key\nP = %.3g\n", picture->point);
	return p;
}

/* What gnuplot said, after our own message. */
static void show_messages(const struct plot *p)
{
	char *path = inside(p, "messages"), *said = file_tail(path, 4000);
	if (said && *said)
		fprintf(stderr, "%s%s", said, said[strlen(said) - 1] == '\n' ? "" : "\n");
	free(said);
	free(path);
}

static bool close_whole(FILE *f)
{
	bool failed = ferror(f);
	return fclose(f) == 0 && !failed;
}

static bool wait_gnuplot(struct plot *p)
{
	int status = 0;
	bool written = close_whole(p->pipe);
	p->pipe = NULL;
	if (!p->pid)
		return false;
	while (waitpid(p->pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	if (written && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	if (WIFSIGNALED(status))
		complain("%s: gnuplot was ended by signal %d:", p->out, WTERMSIG(status));
	else
		complain("%s: gnuplot failed:", p->out);
	show_messages(p);
	hint("`--script FILE` keeps the text that gnuplot was given");
	return false;
}

static bool put(const struct plot *p, const char *from, const char *to)
{
	if (rename(from, to) == 0)
		return true;
	complain("%s: %s", to, errno == ENOENT ? "gnuplot has not drawn it" : strerror(errno));
	show_messages(p);
	return false;
}

static bool put_pages(const struct plot *p)
{
	bool one = p->picture == &pictures[0] || p->pages == 1, ok = true;
	for (int page = 1; ok && page <= (one ? 1 : p->pages); page++) {
		char *from = page_name(p, page);
		char *to = one ? copy(p->out) : format("%.*s-%d%s", (int)strlen(p->out) - 4, p->out, page, p->picture->extension);
		ok = put(p, from, to);
		free(from);
		free(to);
	}
	return ok;
}

/* The kept script works anywhere: it writes page-1.pdf where it is called. */
static bool close_script(struct plot *p)
{
	if (!p->keep)
		return true;
	bool ok = close_whole(p->keep);
	p->keep = NULL;
	if (!ok)
		complain("%s: cannot be written", p->kept);
	return ok;
}

enum exit_code plot_close(struct plot *p, const char *what, bool ok)
{
	if (p->pages)
		plot_printf(p, "unset multiplot\n");
	plot_printf(p, "unset output\n");
	ok = wait_gnuplot(p) && ok;
	ok = close_script(p) && ok;
	ok = ok && put_pages(p);
	if (ok && p->quiet)
		;
	else if (ok && p->picture != &pictures[0] && p->pages > 1)
		printf("%.*s-1%s to %.*s-%d%s: %s\n", (int)strlen(p->out) - 4, p->out, p->picture->extension, (int)strlen(p->out) - 4, p->out, p->pages,
			p->picture->extension, what);
	else if (ok)
		printf("%s: %s\n", p->out, what);
	plot_free(p);
	return ok ? EXIT_DONE : EXIT_USAGE;
}
