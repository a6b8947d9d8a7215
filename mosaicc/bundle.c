/* bundle.c: --bundle DIR: a folder a program, to be copied to another machine: the trainer, the libraries that it needs, a text that says how it is
** used, and with --with-data the files that its data classes opened. What was found there stays, but for what an earlier bundle brought. */
#include "bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST "bundle.json"
enum { MANIFEST_LIMIT = 1 << 26 };

/* A file to be: `to` within DIR, a copy of `from` or, from NULL, a text. */
struct planned { const char *to, *from; struct text text; bool runs; };
struct bundle { struct build *b; const char *dir; VEC(struct planned) files; VEC(const char *) before; VEC(const char *) sources; double bytes; };

/* ---- where it goes -------------------------------------------------------------------------- */

/* A path that stays within the folder that it is relative to. */
static bool stays_within(const char *path)
{
	for (const char *at = path; ; at++) {
		size_t n = strcspn(at, "/");
		if (!n || (n == 1 && *at == '.') || (n == 2 && strncmp(at, "..", 2) == 0))
			return false;
		at += n;
		if (!*at)
			return true;
	}
}

/* DIR/PATH, when no link on the way leads out of DIR. */
static const char *within(struct bundle *x, const char *path)
{
	char *whole = arena_printf(&x->b->arena, "%s/%s", x->dir, path);
	struct stat st;
	for (char *slash = whole + strlen(x->dir) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		bool other = lstat(whole, &st) == 0 && !S_ISDIR(st.st_mode);
		if (other)
			err((struct place){whole, 0, 0}, "is no folder; a bundle needs one here");
		*slash = '/';
		if (other)
			return NULL;
	}
	return whole;
}

/* The files that an earlier bundle brought. False: this is none of ours. */
static bool read_manifest(struct bundle *x)
{
	json_t *root = json_load_file(arena_printf(&x->b->arena, "%s/" MANIFEST, x->dir), 0, NULL), *files = json_object_get(root, "files"), *file;
	bool ok = json_is_integer(json_object_get(root, "mosaicc bundle")) && json_is_array(files);
	size_t i;
	json_array_foreach(files, i, file)
		if (ok && json_is_string(file) && stays_within(json_string_value(file)))
			VEC_PUSH(&x->b->arena, &x->before, arena_strdup(&x->b->arena, json_string_value(file)));
	json_decref(root);
	return ok;
}

static bool is_empty(const char *dir)
{
	DIR *d = opendir(dir);
	bool empty = d;
	for (struct dirent *e; d && (e = readdir(d));)
		empty = empty && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0);
	if (d)
		closedir(d);
	return empty;
}

/* Asked before anything is built. */
static bool open_folder(struct bundle *x)
{
	struct place at = {x->dir, 0, 0};
	struct stat st;
	if (stat(x->dir, &st) != 0) {
		if (errno == ENOENT)
			return true;
		err(at, "cannot be used: %s", strerror(errno));
		return false;
	}
	if (!S_ISDIR(st.st_mode)) {
		err(at, "is no folder");
		return false;
	}
	if (access(x->dir, W_OK | X_OK) != 0) {
		err(at, "cannot be written: %s", strerror(errno));
		return false;
	}
	if (read_manifest(x) || is_empty(x->dir))
		return true;
	err(at, "is not empty, and no bundle");
	hint("--bundle takes a folder of its own, that is there or not");
	return false;
}

bool bundle_check(struct build *b)
{
	struct bundle x = {.b = b, .dir = b->options.bundle};
	return open_folder(&x);
}

/* ---- what goes there ------------------------------------------------------------------------ */

static struct planned *plan(struct bundle *x, const char *folder, const char *name, const char *from, bool runs)
{
	struct planned file = {.to = folder ? arena_printf(&x->b->arena, "%s/%s", folder, name) : name, .from = from, .runs = runs};
	VEC_PUSH(&x->b->arena, &x->files, file);
	return &x->files.at[x->files.count - 1];
}

static const char *certificates_of_machine(void)
{
	static const char *const usual[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (access(usual[i], R_OK) == 0)
			return usual[i];
	return NULL;
}

/* Files that `prepare` opened, of all pipelines of the program; each stands as "PATH HASH". */
static void find_data(struct bundle *x, struct bundle_program *p)
{
	struct build *b = x->b;
	for (int i = 0; i < p->program->pipelines.count; i++) {
		const struct data_shape *shape = &b->data.at[b->state[p->program->pipelines.at[i]].data].shape;
		for (int k = 0; k < shape->files.count; k++) {
			const char *entry = shape->files.at[k], *space = strrchr(entry, ' ');
			const char *path = arena_strndup(&b->arena, entry, space ? (size_t)(space - entry) : strlen(entry));
			bool seen = false;
			for (int j = 0; j < p->data.count; j++)
				seen = seen || strcmp(p->data.at[j].path, path) == 0;
			if (!seen)
				VEC_PUSH(&b->arena, &p->data, ((struct bundle_data){path, false}));
		}
	}
}

/* "./a//b" as "a/b": a name in a bundle. */
static const char *plain_path(struct arena *a, const char *path)
{
	char *out = arena_strdup(a, path), *to = out;
	for (const char *c = out; *c;) {
		if (c[0] == '.' && c[1] == '/' && (c == out || c[-1] == '/'))
			c += 2;
		else if (c[0] == '/' && to > out && to[-1] == '/')
			c++;
		else
			*to++ = *c++;
	}
	*to = 0;
	return out;
}

static bool plan_data(struct bundle *x, struct bundle_program *p)
{
	for (int i = 0; i < p->data.count; i++) {
		struct bundle_data *d = &p->data.at[i];
		const char *path = plain_path(&x->b->arena, d->path);
		if (!stays_within(path)) {
			if (said_first(arena_printf(&x->b->arena, "bundle %s", d->path)))
				warn((struct place){d->path, 0, 0}, "is not copied: its path leads out of this folder; trainers look for it at the same path");
			continue;
		}
		if (strcmp(path, "trainer") == 0 || strcmp(path, "README.md") == 0 || strncmp(path, "lib/", 4) == 0) {
			err((struct place){d->path, 0, 0}, "is a file of data that cannot be copied: a bundle has one of its own of this name");
			hint("give it another name, or bundle without --with-data");
			return false;
		}
		d->copied = true;
		plan(x, p->program->name, path, d->path, false);
	}
	return true;
}

static bool plan_program(struct bundle *x, struct bundle_program *p)
{
	struct build *b = x->b;
	const char *name = p->program->name, *lib = arena_printf(&b->arena, "%s/lib", name);
	if (!bundle_libraries(&b->arena, p->trainer, &p->needs))
		return false;
	find_data(x, p);
	if (b->options.with_data && !plan_data(x, p))
		return false;
	if (!p->needs.loader) {
		plan(x, name, "trainer", p->trainer, true);
	} else if (!b->start) {
		err((struct place){0}, "cannot find mosaic_start beside %s; is the installation complete?", b->mosaicc);
		return false;
	} else {
		plan(x, name, "trainer", b->start, true);
		plan(x, lib, "trainer", p->trainer, true);
		plan(x, lib, "ld.so", p->needs.loader, true);
		for (int i = 0; i < p->needs.libraries.count; i++) {
			if (strncmp(p->needs.libraries.at[i].name, "libcurl", 7) == 0)
				p->certificates = certificates_of_machine();
			plan(x, lib, p->needs.libraries.at[i].name, p->needs.libraries.at[i].path, false);
		}
		if (p->certificates)
			plan(x, lib, "certificates.pem", p->certificates, false);
	}
	bundle_readme(b, p, &plan(x, name, "README.md", NULL, false)->text);
	return true;
}

/* ---- writing -------------------------------------------------------------------------------- */

static bool came_before(const struct bundle *x, const char *path)
{
	for (int i = 0; i < x->before.count; i++)
		if (strcmp(x->before.at[i], path) == 0)
			return true;
	return false;
}

static bool is_planned(const struct bundle *x, const char *path)
{
	for (int i = 0; i < x->files.count; i++)
		if (strcmp(x->files.at[i].to, path) == 0)
			return true;
	return false;
}

/* Two files of one name, or one of somebody else: said before anything is written. */
static bool all_free(struct bundle *x)
{
	struct stat st;
	for (int i = 0; i < x->files.count; i++) {
		const char *to = x->files.at[i].to, *path = within(x, to);
		if (!path)
			return false;
		if (came_before(x, to) || lstat(path, &st) != 0)
			continue;
		err((struct place){path, 0, 0}, "is in the way: no bundle has brought it");
		hint("move it away; a bundle needs this name");
		return false;
	}
	return true;
}

/* `both`: what is there and what will be, for while it is being made: a bundle that was interrupted is still one. */
static bool write_manifest(struct bundle *x, bool both)
{
	json_t *files = json_array();
	for (int i = 0; i < x->files.count; i++)
		json_array_append_new(files, text_json(x->files.at[i].to));
	for (int i = 0; both && i < x->before.count; i++)
		if (!is_planned(x, x->before.at[i]))
			json_array_append_new(files, text_json(x->before.at[i]));
	json_t *root = json_pack("{s:i,s:s,s:o,s:o}", "mosaicc bundle", 1, "version", MOSAICC_VERSION, "config", text_json(x->b->options.config), "files", files);
	char *text = json_dumps(root, JSON_INDENT(1));
	const char *path = arena_printf(&x->b->arena, "%s/" MANIFEST, x->dir);
	bool ok = text && file_write_if_changed(path, text, strlen(text)) == 0;
	if (!ok)
		err((struct place){path, 0, 0}, "cannot write: %s", strerror(errno));
	free(text);
	json_decref(root);
	return ok;
}

static bool copy_bytes(int from, int to)
{
	static char buffer[1 << 16];
	ssize_t n, done = 0;
	while ((n = read(from, buffer, sizeof buffer)) > 0)
		for (done = 0; done < n;) {
			ssize_t w = write(to, buffer + done, (size_t)(n - done));
			if (w < 0)
				return false;
			done += w;
		}
	return n == 0;
}

/* The same file in two programs' folders takes its room once, where the file system has hard links. */
static bool copy_file(struct bundle *x, int index, const char *temporary)
{
	const struct planned *file = &x->files.at[index];
	struct stat st;
	for (int i = 0; i < index; i++)
		if (x->files.at[i].from && strcmp(x->files.at[i].from, file->from) == 0 && x->files.at[i].runs == file->runs
			&& link(arena_printf(&x->b->arena, "%s/%s", x->dir, x->files.at[i].to), temporary) == 0)
			return true;
	int from = open(file->from, O_RDONLY | O_CLOEXEC), to;
	if (from < 0 || fstat(from, &st) != 0 || !S_ISREG(st.st_mode)) {
		err((struct place){file->from, 0, 0}, "cannot read: %s", from < 0 ? strerror(errno) : "no regular file");
		if (from >= 0)
			close(from);
		return false;
	}
	x->bytes += (double)st.st_size;
	to = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, file->runs ? 0777 : 0666);
	bool ok = to >= 0 && copy_bytes(from, to);
	int why = errno;
	ok = (to < 0 || close(to) == 0 || (why = ok ? errno : why, false)) && ok;
	close(from);
	if (!ok)
		err((struct place){arena_printf(&x->b->arena, "%s/%s", x->dir, file->to), 0, 0}, "cannot write: %s", strerror(why));
	return ok;
}

static bool write_file(struct bundle *x, int index)
{
	const struct planned *file = &x->files.at[index];
	char *path = arena_printf(&x->b->arena, "%s/%s", x->dir, file->to), *slash = strrchr(path, '/');
	*slash = 0;
	if (make_dirs(path) != 0) {
		err((struct place){path, 0, 0}, "cannot make this folder: %s", strerror(errno));
		return false;
	}
	*slash = '/';
	const char *temporary = arena_printf(&x->b->arena, "%s.part", path);       /* one that a killed mosaicc has left is written over */
	bool ok;
	if (file->from) {
		unlink(temporary);
		ok = copy_file(x, index, temporary);
		if (ok && rename(temporary, path) != 0) {
			err((struct place){path, 0, 0}, "cannot write: %s", strerror(errno));
			ok = false;
		}
		unlink(temporary);                 /* also there when both were links to one file already */
	} else {
		ok = file_write_if_changed(path, file->text.at ? file->text.at : "", file->text.len) == 0;
		if (!ok)
			err((struct place){path, 0, 0}, "cannot write: %s", strerror(errno));
	}
	return ok;
}

/* What an earlier bundle brought and this one does not; folders that are empty then go, too. */
static void remove_stale(struct bundle *x)
{
	for (int i = 0; i < x->before.count; i++) {
		const char *path = is_planned(x, x->before.at[i]) ? NULL : within(x, x->before.at[i]);
		if (path)
			unlink(arena_printf(&x->b->arena, "%s.part", path));
		if (!path || unlink(path) != 0)
			continue;
		char *folder = arena_strdup(&x->b->arena, path);
		for (char *slash; (slash = strrchr(folder, '/')) && slash > folder + strlen(x->dir); ) {
			*slash = 0;
			if (rmdir(folder) != 0)
				break;
		}
	}
}

static bool write_all(struct bundle *x)
{
	if (make_dirs(x->dir) != 0) {
		err((struct place){x->dir, 0, 0}, "cannot make this folder: %s", strerror(errno));
		return false;
	}
	if (!all_free(x) || !write_manifest(x, true))
		return false;
	for (int i = 0; i < x->files.count; i++)
		if (!write_file(x, i))
			return false;
	remove_stale(x);
	return write_manifest(x, false);
}

bool bundle_write(struct build *b)
{
	struct bundle x = {.b = b, .dir = b->options.bundle};
	int count = b->programs.count;
	struct bundle_program *programs = arena_alloc(&b->arena, ((size_t)count + 1) * sizeof *programs);
	int lock = build_lock(b);
	bool ok = open_folder(&x);
	for (int i = 0; i < count; i++) {
		programs[i] = (struct bundle_program){.program = b->programs.at[i], .trainer = arena_printf(&b->arena, "%s/trainer", b->programs.at[i]->folder)};
		ok = ok && plan_program(&x, &programs[i]);
	}
	if (ok)
		bundle_contents(b, programs, &plan(&x, NULL, "README.md", NULL, false)->text);
	ok = ok && write_all(&x);
	if (lock >= 0)
		close(lock);
	if (ok && !b->options.quiet)
		printf("%s: %d program%s to be shipped, %.1f MB; each folder runs alone, its README.md says how\n", x.dir, count, count == 1 ? "" : "s", x.bytes / 1e6);
	for (int i = 0; i < x.files.count; i++)
		text_free(&x.files.at[i].text);
	return ok;
}
