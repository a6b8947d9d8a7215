/* plot_surface.c: `mosaic surface`: what a trained model of two inputs predicts on the plane, with the data that it was trained and
** tested on. The numbers come from its trainer: `samples` and `predict`; nothing is trained. */
#include "plot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIDE = 120, POINTS_MAX = 3000, OUTPUTS_MAX = 16, WIDTH = 540, HEIGHT = 470, LEFT = 70, BOTTOM = 84, FRAME = 340, STEPS = 64 };

struct dot { double x, y, target; bool train; };
struct surface {
	int64_t id;
	char *line, *hash, *sweep, *files, *trainer;
	char *folder;                                          /* temporary files */
	char *names[2], *target, *outputs[OUTPUTS_MAX];
	struct dot *dots; int dot_count, dot_cap, samples, targets;
	struct spread range[2];
	double *values;                                        /* [SIDE * SIDE][output_count] */
	int output_count;
	bool classes;                                          /* the largest output is the answer */
	struct axis x, y, colours;
};

/* ---- where the trainer is ------------------------------------------------------------------------------ */

static bool read_run(struct db *db, struct surface *s)
{
	struct rows *r = db_query(db, "SELECT coalesce(r.pipeline, ''), r.status, d.program_hash, l.sweep,"
		" (SELECT param_value FROM params WHERE run_id = r.run_id AND param_name = 'run_files_path')"
		" FROM runs r LEFT JOIN run_details d ON d.run_id = r.run_id LEFT JOIN launches l ON l.launch_id = d.launch_id WHERE r.run_id = ?", "i", s->id);
	char *status = NULL;
	if (r && row_next(r)) {
		s->line = copy(row_text(r, 0));
		status = copy(row_text(r, 1));
		s->hash = copy(row_text(r, 2));
		s->sweep = copy(row_text(r, 3));
		s->files = copy(row_text(r, 4));
	}
	if (r)
		row_end(r);
	bool ok = false;
	if (!r || db_trouble(db) != DB_OK)
		db_complain(db);
	else if (!status) {
		complain("%s has no run %lld", db_path(db), (long long)s->id);
		hint("`mosaic status %s` shows the runs", db_path(db));
	} else if (strcmp(status, "done")) {
		complain("run %lld is not done: %s", (long long)s->id, status);
		hint("`mosaic status %s` shows the runs", db_path(db));
	} else
		ok = true;
	free(status);
	return ok;
}

/* The trainer whose program the run was trained with, in the sweep that launched it. */
static bool find_trainer(struct surface *s, const struct args *args)
{
	struct sweep sweep;
	if (option(args, "files")) {
		free(s->files);
		s->files = copy(option(args, "files"));
	}
	if (option(args, "trainer"))
		s->trainer = copy(option(args, "trainer"));
	else if (*s->sweep && access(s->sweep, R_OK) == 0 && sweep_read(s->sweep, &sweep)) {
		for (int i = 0; i < sweep.program_count && !s->trainer; i++)
			if (!strcmp(sweep.programs[i].hash, s->hash))
				s->trainer = copy(sweep.programs[i].trainer);
		sweep_free(&sweep);
	}
	if (s->trainer && access(s->trainer, X_OK) == 0)
		return true;
	if (s->trainer)
		complain("%s: %s", s->trainer, strerror(errno));
	else
		complain("the trainer of run %lld is not here", (long long)s->id);
	hint("call this where the sweep was run, after `mosaicc CONFIG.ini`, or name the program with --trainer FILE and the folder of its checkpoint with --files DIR");
	return false;
}

static void keep_line(void *context, const char *line)
{
	struct text *said = context;
	if (said->len < 4000)
		text_printf(said, "%s\n", line);
}

/* `trainer WORD ... --id ID --out FILES -o OUT`: false after a message with what it said. */
static bool ask(const struct surface *s, const char *word, const char *file, const char *out)
{
	char id[32], *trainer = strchr(s->trainer, '/') ? copy(s->trainer) : format("./%s", s->trainer);
	const char *argv[12] = {trainer, word};
	struct text said = {0};
	int n = 2;
	snprintf(id, sizeof id, "%lld", (long long)s->id);
	if (file)
		argv[n++] = file;
	const char *rest[] = {"--id", id, "--out", *s->files ? s->files : ".", "-o", out};
	for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
		argv[n++] = rest[i];
	bool ok = run_program(argv, keep_line, &said) == 0;
	if (!ok) {
		complain("%s %s of run %lld failed:", trainer, word, (long long)s->id);
		fputs(said.at ? said.at : "", stderr);
		hint("a trainer of an older mosaicc has no `samples`: build it again with `mosaicc CONFIG.ini`");
	}
	text_free(&said);
	free(trainer);
	return ok;
}

/* ---- what it says ---- */

/* Cuts a line of CSV without quotes; how many cells. */
static int cells_of(char *line, char **cells, int most)
{
	int n = 0;
	line[strcspn(line, "\r\n")] = '\0';
	for (char *cell; n < most && (cell = strsep(&line, ","));)
		cells[n++] = cell;
	return n;
}

/* "input:x_0": after the colon. */
static bool named(const char *cell, const char *role)
{
	return !strncmp(cell, role, strlen(role)) && cell[strlen(role)] == ':';
}

static bool read_names(struct surface *s, char *header)
{
	char **cells = need(malloc(4096 * sizeof *cells));
	int n = cells_of(header, cells, 4096), inputs = 0;
	for (int i = 1; i < n; i++) {
		if (named(cells[i], "input") && inputs++ < 2)
			s->names[inputs - 1] = copy(cells[i] + 6);
		if (named(cells[i], "target") && s->targets++ == 0)
			s->target = copy(cells[i] + 7);
	}
	free(cells);
	if (inputs == 2)
		return true;
	complain("run %lld takes %d %s a sample: a surface has two inputs", (long long)s->id, inputs, inputs == 1 ? "number" : "numbers");
	hint("`mosaic plotloss` draws its loss curves");
	return false;
}

static bool read_samples(struct surface *s, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	if (!f || getline(&line, &cap, f) < 0 || !read_names(s, line)) {
		if (!f)
			complain("%s: %s", path, strerror(errno));
		if (f)
			fclose(f);
		free(line);
		return false;
	}
	while (getline(&line, &cap, f) > 0) {
		char *cells[4];
		int n = cells_of(line, cells, 4);
		if (n < 3)
			continue;
		struct dot d = {strtod(cells[1], NULL), strtod(cells[2], NULL), n > 3 && s->targets == 1 ? strtod(cells[3], NULL) : NAN, !strcmp(cells[0], "train")};
		spread_add(&s->range[0], d.x);
		spread_add(&s->range[1], d.y);
		s->dots = grow(s->dots, &s->dot_cap, s->dot_count, sizeof d);
		s->dots[s->dot_count++] = d;
	}
	s->samples = s->dot_count;
	fclose(f);
	free(line);
	return true;
}

static double grid_at(const struct axis *a, int i)
{
	return axis_from(a, (i + 0.5) / SIDE);
}

static bool write_grid(struct surface *s, const char *path)
{
	FILE *f = fopen(path, "we");
	s->x = axis_of(&s->range[0], LOG_NO, 0.1);
	s->y = axis_of(&s->range[1], LOG_NO, 0.1);
	for (int i = 0; f && i < SIDE * SIDE; i++)
		fprintf(f, "%.9g,%.9g\n", grid_at(&s->x, i % SIDE), grid_at(&s->y, i / SIDE));
	bool ok = f && !ferror(f);
	if (f && fclose(f) != 0)
		ok = false;
	if (!ok)
		complain("%s: %s", path, strerror(errno));
	return ok;
}

static bool read_predictions(struct surface *s, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL, *cells[OUTPUTS_MAX + 1];
	size_t cap = 0;
	int row = 0;
	if (f && getline(&line, &cap, f) > 0)
		s->output_count = cells_of(line, cells, OUTPUTS_MAX + 1);
	bool ok = s->output_count > 0 && s->output_count <= OUTPUTS_MAX;
	for (int k = 0; ok && k < s->output_count; k++)
		s->outputs[k] = copy(cells[k]);
	s->values = need(calloc((size_t)SIDE * SIDE * OUTPUTS_MAX, sizeof *s->values));
	while (ok && row < SIDE * SIDE && getline(&line, &cap, f) > 0) {
		int n = cells_of(line, cells, OUTPUTS_MAX + 1);
		for (int k = 0; k < n && k < s->output_count; k++)
			s->values[row * s->output_count + k] = strtod(cells[k], NULL);
		row++;
	}
	if (f)
		fclose(f);
	free(line);
	if (ok && row == SIDE * SIDE)
		return true;
	if (s->output_count > OUTPUTS_MAX)
		complain("run %lld predicts more than %d numbers", (long long)s->id, OUTPUTS_MAX);
	else
		complain("the trainer of run %lld gave %d of %d predictions", (long long)s->id, row, SIDE * SIDE);
	return false;
}

static bool ask_all(struct surface *s)
{
	char *samples = format("%s/samples.csv", s->folder), *grid = format("%s/grid.csv", s->folder), *predictions = format("%s/predictions.csv", s->folder);
	bool ok = ask(s, "samples", NULL, samples) && read_samples(s, samples) && write_grid(s, grid) && ask(s, "predict", grid, predictions)
		&& read_predictions(s, predictions);
	const char *files[] = {samples, grid, predictions};
	for (int i = 0; i < 3; i++)
		unlink(files[i]);
	free(samples);
	free(grid);
	free(predictions);
	return ok;
}

/* ---- drawing ---- */

/* Labels 0, 1, 2, ... for several outputs: the largest output is the answer. */
static bool are_classes(const struct surface *s)
{
	bool labels = s->output_count > 1 && s->targets == 1;
	for (int i = 0; labels && i < s->dot_count; i++)
		labels = s->dots[i].target >= 0 && s->dots[i].target < s->output_count && s->dots[i].target == floor(s->dots[i].target);
	return labels;
}

static int colour_named(const char *name)
{
	return (int)strtol(name + 1, NULL, 16);
}

static int largest(const struct surface *s, int at)
{
	int best = 0;
	for (int k = 1; k < s->output_count; k++)
		if (s->values[at * s->output_count + k] > s->values[at * s->output_count + best])
			best = k;
	return best;
}

static int light(int colour)
{
	int out = 0;
	for (int shift = 16; shift >= 0; shift -= 8)
		out = out << 8 | (255 - (255 - (colour >> shift & 255)) * 45 / 100);
	return out;
}

static int area_colour(const struct surface *s, int at, int output)
{
	if (s->classes)
		return light(colour_named(plot_colours[largest(s, at) % PLOT_COLOURS]));
	double v = s->values[at * s->output_count + output];
	return isfinite(v) ? plot_sequential(axis_to(&s->colours, v)) : 0xdddddd;
}

static void write_area(struct plot *p, const struct surface *s, int output)
{
	plot_printf(p, "$area << E\n");
	for (int i = 0; i < SIDE * SIDE; i++) {
		int c = area_colour(s, i, output);
		plot_printf(p, "%.7g %.7g %d %d %d\n", grid_at(&s->x, i % SIDE), grid_at(&s->y, i / SIDE), c >> 16 & 255, c >> 8 & 255, c & 255);
	}
	plot_printf(p, "E\n");
}

static void write_dots(struct plot *p, const struct surface *s, bool train)
{
	int step = 1 + s->dot_count / POINTS_MAX;
	plot_printf(p, train ? "$train << E\n" : "$test << E\n");
	for (int i = 0; i < s->dot_count; i += step) {
		const struct dot *d = &s->dots[i];
		int colour = isnan(d->target) ? 0xffffff : s->classes ? colour_named(plot_colours[(int)d->target % PLOT_COLOURS])
			: plot_sequential(axis_to(&s->colours, d->target));
		if (d->train == train && axis_has(&s->x, d->x) && axis_has(&s->y, d->y))
			plot_printf(p, "%.7g %.7g %d\n", d->x, d->y, colour);
	}
	plot_printf(p, "%.7g %.7g 0\nE\n", s->x.low - (s->x.high - s->x.low), s->y.low);   /* a block may not be empty */
}

static void draw_scale(struct plot *p, const struct surface *s)
{
	double left = LEFT + FRAME + 20;
	struct ticks t;
	plot_printf(p, "$scale << E\n");
	for (int i = 0; i < STEPS; i++)
		plot_printf(p, "0 %.5f 0 1 %.5f 1 %d\n", (i + 0.5) / STEPS, i / (double)STEPS, plot_sequential((i + 0.5) / STEPS));
	plot_printf(p, "E\n");
	plot_box(p, left, BOTTOM, 14, FRAME);
	axis_ticks(&s->colours, 7, false, &t);
	for (int i = 0; i < t.count; i++)
		if (*t.at[i].label)
			plot_label(p, left + 18, BOTTOM + FRAME * axis_to(&s->colours, t.at[i].at), "left", 8, "#000000", t.at[i].label, 0);
	plot_printf(p, "unset xtics\nunset ytics\nplot [0:1] [0:1] $scale using 1:2:3:4:5:6:7 with boxxyerror fs solid noborder lc rgb variable\n");
}

static void draw_key(struct plot *p, const struct surface *s)
{
	for (int k = 0; k < s->output_count; k++) {
		char *name = format("● %s: %d", s->target ? s->target : "class", k);
		plot_label(p, LEFT + FRAME + 14, BOTTOM + FRAME - 10 - 14 * k, "left", 9, plot_colours[k % PLOT_COLOURS], name, WIDTH - LEFT - FRAME - 18);
		free(name);
	}
}

/* In a black and a white ring: seen on any colour. */
static void draw_dots(struct plot *p, const char *block, int shape, const char *size)
{
	plot_printf(p, ", %s with points pt %d ps %s*P*1.8 lc rgb '#ffffff', %s with points pt %d ps %s*P*1.45 lc rgb '#000000'", block, shape, size, block, shape, size);
	plot_printf(p, ", %s using 1:2:3 with points pt %d ps %s*P lc rgb variable", block, shape, size);
}

static void draw_page(struct plot *p, struct surface *s, int output)
{
	struct spread range = {0};
	for (int i = 0; i < SIDE * SIDE; i++)
		spread_add(&range, s->values[i * s->output_count + output]);
	for (int i = 0; i < s->dot_count && s->output_count == 1; i++)
		spread_add(&range, s->dots[i].target);
	s->colours = axis_of(&range, LOG_NO, 0);
	bool cut = s->dot_count > POINTS_MAX;
	char *title = format("%lld:%s", (long long)s->id, s->line);
	char *first = format("Colours: %s%s", s->classes ? "the class with the largest output" : s->outputs[output],
		s->targets == 1 && (s->output_count == 1 || s->classes) ? "; the data in the colours of what it should be" : "");
	char *second = format("Circles: training data, squares: test data (%d samples%s)", s->samples, cut ? ", some of them drawn" : "");
	plot_page(p);
	write_area(p, s, output);
	write_dots(p, s, true);
	write_dots(p, s, false);
	if (!s->classes)
		draw_scale(p, s);
	plot_box(p, LEFT, BOTTOM, FRAME, FRAME);
	plot_label(p, WIDTH / 2.0, HEIGHT - 22, "center", 11, "#000000", title, WIDTH - 30);
	plot_label(p, LEFT + FRAME / 2.0, BOTTOM - 30, "center", 10, "#000000", s->names[0], FRAME);
	plot_label(p, 16, BOTTOM + FRAME / 2.0, "center rotate", 10, "#000000", s->names[1], FRAME);
	plot_label(p, 14, 26, "left", 7.5, "#666666", first, WIDTH - 28);
	plot_label(p, 14, 14, "left", 7.5, "#666666", second, WIDTH - 28);
	if (s->classes)
		draw_key(p, s);
	plot_printf(p, "set tics font ',9'\n");
	axis_write(p, "x", &s->x, 6, false);
	axis_write(p, "y", &s->y, 6, false);
	const char *size = s->dot_count > 500 ? "0.35" : "0.6";
	plot_printf(p, "plot $area using 1:2:3:4:5 with rgbimage");
	draw_dots(p, "$train", 7, size);
	draw_dots(p, "$test", 5, size);
	plot_printf(p, "\n");
	free(title);
	free(first);
	free(second);
}

static enum exit_code draw_all(struct surface *s, const struct args *args)
{
	struct plot *p = plot_open(args->at[1], option(args, "script"), WIDTH, HEIGHT);
	if (!p)
		return EXIT_USAGE;
	s->classes = are_classes(s);
	for (int k = 0; k < (s->classes ? 1 : s->output_count); k++)
		draw_page(p, s, k);
	char *what = format("run %lld, %d samples", (long long)s->id, s->samples);
	enum exit_code code = plot_close(p, what, true);
	free(what);
	return code;
}

static bool make_folder(struct surface *s)
{
	const char *base = getenv("TMPDIR");
	s->folder = format("%s/mosaic-surface-XXXXXX", base && *base ? base : "/tmp");
	if (mkdtemp(s->folder))
		return true;
	complain("%s: %s", s->folder, strerror(errno));
	free(s->folder);
	s->folder = NULL;
	return false;
}

static void surface_free(struct surface *s)
{
	char *owned[] = {s->line, s->hash, s->sweep, s->files, s->trainer, s->folder, s->names[0], s->names[1], s->target};
	if (s->folder)
		rmdir(s->folder);
	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
		free(owned[i]);
	for (int i = 0; i < OUTPUTS_MAX; i++)
		free(s->outputs[i]);
	free(s->dots);
	free(s->values);
}

enum exit_code cmd_surface(const struct args *args)
{
	struct surface s = {0};
	if (!parse_int(args->at[2], 1, INT64_MAX, &s.id)) {
		complain("'%s' is no run", args->at[2]);
		hint("usage: mosaic surface DATABASE PICTURE RUN_ID");
		return EXIT_USAGE;
	}
	struct db *db = db_open(args->at[0], DB_READ);
	bool ok = db && read_run(db, &s);
	db_close(db);
	enum exit_code code = ok && find_trainer(&s, args) && make_folder(&s) && ask_all(&s) ? draw_all(&s, args) : EXIT_USAGE;
	surface_free(&s);
	return code;
}
