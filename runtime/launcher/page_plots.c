/* page_plots.c: the pictures of a report. The plotting commands draw them as SVG, each in a process of its own, so that a picture that fails
** costs nothing but itself; they stand in the page as images, whose ids and styles touch nothing around them. */
#include "page.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEYS_MAX = 8, HEAT_MAX = 40, PAGES_MAX = 8, PICTURE_MAX = 4 << 20, PICTURES_ROOM = 3 << 20, AXES_MAX = 10, WORDS_MAX = 16 + 3 * OPTIONS_MAX };

struct pictures {
	const struct page *p;
	struct text *out;
	char *folder;
	int count, left_out;
	size_t room;
};

/* ---- one command ------------------------------------------------------------------------------------------- */

static void keep_line(void *context, const char *line)
{
	struct text *said = context;
	text_printf(said, "%s%s", said->len ? "\n" : "", line);
}

/* Coordinates to a tenth of a pixel, where gnuplot writes hundredths: in the attributes `d` and `points`, and nowhere else, for labels are
** numbers, too. Returns the length. */
static size_t shorten(char *svg)
{
	char *to = svg;
	bool inside = false;
	for (const char *s = svg; *s; s++) {
		if (*s == '\'')
			inside = !inside && ((s - svg > 4 && !strncmp(s - 3, " d=", 3)) || (s - svg > 10 && !strncmp(s - 9, "points = ", 9)));
		*to++ = *s;
		if (inside && s[0] == '.' && isdigit((unsigned char)s[1]) && isdigit((unsigned char)s[2]) && !isdigit((unsigned char)s[3])) {
			*to++ = s[1];                                  /* cut off, not rounded: a tenth is less than can be seen */
			s += 2;
		}
	}
	*to = '\0';
	return (size_t)(to - svg);
}

static bool add_file(struct pictures *s, const char *path, const char *caption, bool wide)
{
	size_t size;
	char *svg = file_read(path, PICTURE_MAX, &size);
	if (!svg && errno == ENOENT)
		return false;
	if (svg)
		size = shorten(svg);
	if (!svg || size > s->room)
		s->left_out++;
	else {
		s->room -= size;
		text_add(s->out, wide ? "<figure class=\"wide\"><img alt=\"" : "<figure><img alt=\"");
		html_add(s->out, caption);
		text_add(s->out, "\" decoding=\"async\" src=\"");
		data_address_add(s->out, "image/svg+xml", svg);
		text_add(s->out, "\"><figcaption>");
		html_add(s->out, caption);
		text_add(s->out, "</figcaption></figure>\n");
		s->count++;
	}
	free(svg);
	unlink(path);
	return true;
}

/* plot.svg, or its pages plot-1.svg, plot-2.svg, ... */
static void add_files(struct pictures *s, const char *path, const char *caption, bool wide)
{
	if (add_file(s, path, caption, wide))
		return;
	for (int page = 1;; page++) {
		char *one = format("%.*s-%d.svg", (int)strlen(path) - 4, path, page), *title = format("%s, page %d", caption, page);
		bool there = page <= PAGES_MAX ? add_file(s, one, title, wide) : access(one, F_OK) == 0;
		s->left_out += there && page > PAGES_MAX;
		free(one);
		free(title);
		if (!there)
			return;
	}
}

/* The selectors that the report was given, as words for another command; how many. */
static int add_selectors(const struct args *args, const char **argv, char **made)
{
	int n = 0;
	for (int i = 0; i < option_count(args->command); i++) {
		const struct option_row *o = &args->command->options[i];
		bool own = !strcmp(o->name, "title") || !strcmp(o->name, "by") || !strcmp(o->name, "criterion") || !strcmp(o->name, "no-programs");
		if (own || !args->values[i])
			continue;
		argv[n] = made[n] = o->value && !args->seconds[i] ? format("--%s=%s", o->name, args->values[i]) : format("--%s", o->name);
		n++;
		for (int k = 0; k < 2 && args->seconds[i]; k++, n++)
			argv[n] = made[n] = copy(k ? args->seconds[i] : args->values[i]);
	}
	return n;
}

/* options: before, words: after the database and the picture; both end with NULL. wanted: that there is none is worth a word. */
struct drawing { const char *command, *options[5], *words[3], *caption; bool wide, wanted; };

static void draw(struct pictures *s, const struct drawing *d)
{
	struct text said = {0};
	char *path = format("%s/plot.svg", s->folder), *made[WORDS_MAX] = {0};
	const char *argv[WORDS_MAX] = {"mosaic", d->command};
	int selectors = add_selectors(s->p->args, argv + 2, made), n = 2 + selectors;
	for (int i = 0; d->options[i]; i++)
		argv[n++] = d->options[i];
	argv[n++] = "--";
	argv[n++] = s->p->database;
	argv[n++] = path;
	for (int i = 0; d->words[i]; i++)
		argv[n++] = d->words[i];
	if (run_program(argv, keep_line, &said) == EXIT_DONE)
		add_files(s, path, d->caption, d->wide);
	else if (d->wanted) {
		text_add(s->out, "<p class=\"aside\">");
		html_printf(s->out, "%s: not drawn. %s", d->caption, said.at ? said.at : "");
		text_add(s->out, "</p>\n");
	}
	for (int i = 0; i < selectors; i++)
		free(made[i]);
	text_free(&said);
	free(path);
}

/* ---- which ---------------------------------------------------------------------------------------------------- */

/* The keys of the modules of a run's data_scheme, as mosaic metaplot names a data set; to be freed. */
static char *data_key(const struct page *p, int run)
{
	struct text key = {0};
	const struct page_column *scheme = page_column(p, "data_scheme");
	char *types = scheme && scheme->at[run] >= 0 ? copy(p->texts.at[scheme->at[run]]) : NULL, *save = NULL;
	for (char *type = types ? strtok_r(types, ", \t", &save) : NULL; type; type = strtok_r(NULL, ", \t", &save)) {
		char *name = format("%s_key", type);
		const struct page_column *c = page_column(p, name);
		if (c && c->at[run] >= 0)
			text_printf(&key, "%s%s", key.len ? " | " : "", p->texts.at[c->at[run]]);
		free(name);
	}
	free(types);
	return key.at;
}

static void draw_criteria(struct pictures *s, const char *criterion)
{
	struct interned keys = {0};
	for (int i = 0; i < s->p->count; i++) {
		char *key = s->p->runs[i].results[4] >= 0 ? data_key(s->p, i) : NULL;
		if (key)
			intern(&keys, key);
		free(key);
	}
	for (int i = 0; i < keys.count && i < KEYS_MAX; i++) {
		char *caption = format("%s against the number of parameters on %s", criterion, keys.at[i]);
		draw(s, &(struct drawing){.command = "metaplot", .words = {keys.at[i], criterion}, .caption = caption, .wanted = true});
		free(caption);
	}
	if (keys.count > KEYS_MAX)
		s->left_out += keys.count - KEYS_MAX;
	interned_free(&keys);
}

/* "mlp_key,width,lr": what differs between the runs, seeds aside; NULL when nothing does. */
static char *differing(const struct page *p)
{
	struct text out = {0};
	for (int i = 0, n = 0; i < p->column_count && n < AXES_MAX; i++) {
		const struct page_column *c = &p->columns[i];
		if (c->value_count < 2 || !strcmp(c->name, "seed") || strcmp(c->name, c->rest) || strchr(c->name, ','))
			continue;
		text_printf(&out, "%s%s", n++ ? "," : "", c->name);
	}
	return out.at;
}

/* What parameters do. */
static void draw_parameters(struct pictures *s, const char *criterion)
{
	char *axes = differing(s->p);
	if (!axes)
		return;
	draw(s, &(struct drawing){.command = "importance", .options = {"--by", axes}, .words = {criterion}, .caption = "How much each parameter matters"});
	draw(s, &(struct drawing){.command = "parallel", .options = {"--by", axes}, .words = {criterion}, .caption = "Parameters side by side, a line a run"});
	free(axes);
}

/* A heat map of the first two parameters that a few values divide. */
static void draw_heatmap(struct pictures *s, const char *criterion)
{
	const char *name[2];
	int n = 0;
	for (int i = 0; i < s->p->column_count && n < 2; i++) {
		const struct page_column *c = &s->p->columns[i];
		if (strcmp(c->type, "key") && strcmp(c->name, "seed") && !strcmp(c->name, c->rest) && c->value_count > 1 && c->value_count <= HEAT_MAX)
			name[n++] = c->name;
	}
	if (n < 2)
		return;
	char *caption = format("Median %s over %s and %s", criterion, name[0], name[1]);
	draw(s, &(struct drawing){.command = "heatmap", .options = {"--x", name[0], "--y", name[1]}, .words = {criterion}, .caption = caption});
	free(caption);
}

static void draw_all(struct pictures *s, const char *criterion, const char *by)
{
	draw_criteria(s, criterion);
	draw(s, &(struct drawing){.command = "pareto", .words = {criterion}, .caption = "The best models for their size and their time"});
	draw_parameters(s, criterion);
	if (by) {
		char *caption = format("Ranks of %s by %s: a bar joins what does not differ", criterion, by);
		draw(s, &(struct drawing){.command = "critical", .options = {"--by", by}, .words = {criterion}, .caption = caption});
		free(caption);
	}
	draw_heatmap(s, criterion);
	draw(s, &(struct drawing){.command = "perfanalysis", .caption = "Every criterion against the number of parameters", .wide = true, .wanted = true});
	if (s->left_out)
		text_printf(s->out, "<p class=\"aside\">%d more pictures have no room here: <code>mosaic metaplot</code> and <code>mosaic perfanalysis</code> draw them.</p>\n",
			s->left_out);
	if (!s->count)
		text_add(s->out, "<p class=\"aside\">There are no pictures.</p>\n");
}

static bool has_results(const struct page_run *run)
{
	for (int i = 0; i < PAGE_RESULTS; i++)
		if (isfinite(run->results[i]))
			return true;
	return false;
}

static void remove_folder(const char *folder)
{
	DIR *d = opendir(folder);
	for (struct dirent *e; d && (e = readdir(d));) {
		char *path = format("%s/%s", folder, e->d_name);
		unlink(path);
		free(path);
	}
	if (d)
		closedir(d);
	rmdir(folder);
}

void page_plots(const struct page *p, const char *criterion, const char *by, struct text *out)
{
	const char *temporary = getenv("TMPDIR");
	struct pictures s = {.p = p, .out = out, .room = PICTURES_ROOM};
	char *gnuplot = program_version("gnuplot");
	bool any = false;
	for (int i = 0; i < p->count; i++)
		any = any || has_results(&p->runs[i]);
	if (!gnuplot)
		text_add(out, "<p class=\"notice\">There are no pictures: gnuplot, which draws them, is not installed where this report was made. Install the Debian package"
			" gnuplot-nox and make the report again.</p>\n");
	else if (!any)
		text_add(out, "<p>No run has finished: there is nothing to draw.</p>\n");
	else {
		s.folder = format("%s/mosaic-report-XXXXXX", temporary && *temporary ? temporary : "/tmp");
		bool made = mkdtemp(s.folder);
		if (made)
			draw_all(&s, criterion, by);
		else
			html_printf(out, "There are no pictures: %s cannot be written.", s.folder);
		if (made)
			remove_folder(s.folder);
	}
	free(gnuplot);
	free(s.folder);
}
