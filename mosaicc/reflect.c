/* reflect.c: parses a user's C source with libclang and keeps it open for questions. Its neighbours reflect_class.c,
** reflect_method.c, reflect_text.c and reflect_variable.c read what is in it; no other file includes clang-c. */
#include "reflect_unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SOURCE_LIMIT = 16 * 1024 * 1024, STACK_SIZE = 512 * 1024 * 1024 };

static const char *const *include_dirs = (const char *const[]){NULL};

void reflect_include_dirs(const char *const *dirs)
{
	include_dirs = dirs;
}

const char *const *reflect_include_list(void)
{
	return include_dirs;
}

const char *taken(struct arena *a, CXString s)
{
	const char *text = clang_getCString(s);
	const char *copy = arena_strdup(a, text ? text : "");
	clang_disposeString(s);
	return copy;
}

/* ---- messages of the C compiler ------------------------------------------------------------- */

static struct place any_place(struct arena *a, CXSourceLocation loc)
{
	CXFile file;
	unsigned line, col;
	clang_getFileLocation(loc, &file, &line, &col, NULL);
	if (!file)
		return (struct place){0};
	return (struct place){taken(a, clang_getFileName(file)), (int)line, (int)col};
}

/* ---- the nearest field, which clang does not tell in C ---- */

struct member_search { struct arena *arena; char name[128], in[128]; VEC(const char *) fields; };

static enum CXVisitorResult add_member(CXCursor c, CXClientData data)
{
	struct member_search *s = data;
	VEC_PUSH(s->arena, &s->fields, taken(s->arena, clang_getCursorSpelling(c)));
	return CXVisit_Continue;
}

static enum CXChildVisitResult find_struct(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	struct member_search *s = data;
	if (clang_getCursorKind(c) != CXCursor_StructDecl || !clang_isCursorDefinition(c))
		return CXChildVisit_Continue;
	if (strcmp(taken(s->arena, clang_getCursorSpelling(c)), s->in) != 0)
		return CXChildVisit_Continue;
	clang_Type_visitFields(clang_getCursorType(c), add_member, s);
	return CXChildVisit_Break;
}

static void member_hint(struct arena *a, struct unit *u, const char *message)
{
	struct member_search s = {.arena = a};
	if (sscanf(message, "no member named '%127[^']' in 'struct %127[^']'", s.name, s.in) != 2 || strstr(message, "did you mean"))
		return;
	clang_visitChildren(clang_getTranslationUnitCursor(u->tu), find_struct, &s);
	const char *near = nearest_name(s.name, s.fields.at, s.fields.count);
	if (near)
		hint("did you mean '%s'?", near);
}

static void add_hint(const char *message, const char *file)
{
	if (strstr(message, "mosaic.h' file not found") || strstr(message, "mosaic_ops.h' file not found"))
		hint("mosaicc looks for it in %s", include_dirs[0] ? include_dirs[0] : "no folder at all: it is not installed well");
	else if (strstr(message, "'stddef.h' file not found") || strstr(message, "'stdbool.h' file not found"))
		hint("clang's own headers are missing: apt install libclang-common-14-dev");
	else if (strstr(message, "file not found"))
		hint("a library's headers are found through pkg-config: MOSAIC_PKG(\"name\") after #include <mosaic.h>");
	else if (strstr(message, "function 'mosaic_download_file'") || strstr(message, "function 'download_file'"))
		hint("add #include <mosaic_download.h> at the top of %s", file);
	else if (strstr(message, "unknown type name 'nn_tensor'") || strstr(message, "unknown type name 'mosaic_"))
		hint("add #include <mosaic.h> at the top of %s", file);
}

static void show_diagnostic(struct unit *u, CXDiagnostic d)
{
	struct arena a = {0};
	enum CXDiagnosticSeverity severity = clang_getDiagnosticSeverity(d);
	struct place at = any_place(&a, clang_getDiagnosticLocation(d));
	const char *message = taken(&a, clang_getDiagnosticSpelling(d));
	const char *option = taken(&a, clang_getDiagnosticOption(d, NULL));
	if (*option)
		message = arena_printf(&a, "%s [%s]", message, option);
	if (!at.file)
		at.file = u->files.at[0].name;
	if (severity >= CXDiagnostic_Error) {
		err(at, "%s", message);
		add_hint(message, u->files.at[0].name);
		member_hint(&a, u, message);
	} else if (severity == CXDiagnostic_Warning) {
		warn(at, "%s", message);
	} else {
		note(at, "%s", message);
	}
	CXDiagnosticSet notes = clang_getChildDiagnostics(d);
	for (unsigned i = 0; i < clang_getNumDiagnosticsInSet(notes); i++) {
		CXDiagnostic n = clang_getDiagnosticInSet(notes, i);
		note(any_place(&a, clang_getDiagnosticLocation(n)), "%s", taken(&a, clang_getDiagnosticSpelling(n)));
		clang_disposeDiagnostic(n);
	}
	arena_free(&a);
}

/* False when the source is not valid C. */
static bool show_diagnostics(struct unit *u)
{
	bool ok = true;
	for (unsigned i = 0; i < clang_getNumDiagnostics(u->tu); i++) {
		CXDiagnostic d = clang_getDiagnostic(u->tu, i);
		ok = ok && clang_getDiagnosticSeverity(d) < CXDiagnostic_Error;
		show_diagnostic(u, d);
		clang_disposeDiagnostic(d);
	}
	return ok;
}

/* ---- parsing -------------------------------------------------------------------------------- */

static const char *const c_flags[] = {
	"-xc", "-std=gnu11", "-Wall", "-Wno-unused-function", "-Werror=implicit-function-declaration", "-Werror=return-type",
	"-Werror=incompatible-pointer-types", "-Werror=int-conversion", "-ferror-limit=20",
	"-fspell-checking",                     /* libclang turns it off: 'did you mean' */
};

static bool parse(struct unit *u, const char *path, const struct words *library_flags)
{
	VEC(const char *) args = {0};
	for (size_t i = 0; i < sizeof c_flags / sizeof *c_flags; i++)
		VEC_PUSH(&u->arena, &args, c_flags[i]);
	for (int i = 0; include_dirs[i]; i++) {
		VEC_PUSH(&u->arena, &args, "-isystem");
		VEC_PUSH(&u->arena, &args, include_dirs[i]);
	}
	for (int i = 0; i < library_flags->list.count; i++) {
		const char *flag = library_flags->list.at[i];
		bool folder = strncmp(flag, "-I", 2) == 0;     /* a library's warnings are not the user's */
		if (folder)
			VEC_PUSH(&u->arena, &args, arena_printf(&u->arena, "-isystem%s", flag + 2));
		else if (strncmp(flag, "-D", 2) == 0 || strncmp(flag, "-U", 2) == 0 || strncmp(flag, "-isystem", 8) == 0)
			VEC_PUSH(&u->arena, &args, flag);
	}
	if (u->tu)
		clang_disposeTranslationUnit(u->tu);
	u->tu = NULL;
	enum CXErrorCode code = clang_parseTranslationUnit2(u->index, path, args.at, args.count, NULL, 0, CXTranslationUnit_KeepGoing, &u->tu);
	return code == CXError_Success && u->tu;
}

/* ---- packages and includes ------------------------------------------------------------------ */

struct package_search { struct arena *arena; struct unit *unit; struct source *source; VEC(struct place) places; };

static enum CXChildVisitResult visit_annotation(CXCursor c, CXCursor parent, CXClientData data)
{
	struct package_search *s = data;
	if (clang_getCursorKind(c) != CXCursor_AnnotateAttr)
		return CXChildVisit_Continue;
	const char *text = taken(s->arena, clang_getCursorSpelling(c));
	if (strncmp(text, "mosaic.pkg=", 11) != 0)
		return CXChildVisit_Continue;
	for (int i = 0; i < s->source->packages.count; i++)
		if (strcmp(s->source->packages.at[i], text + 11) == 0)
			return CXChildVisit_Continue;
	struct place at;
	if (user_place(s->unit, clang_getCursorLocation(parent), &at, NULL) < 0)
		at = (struct place){.file = s->source->path};
	VEC_PUSH(s->arena, &s->source->packages, text + 11);
	VEC_PUSH(s->arena, &s->places, at);
	return CXChildVisit_Continue;
}

static enum CXChildVisitResult visit_package(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	if (clang_getCursorKind(c) != CXCursor_VarDecl)
		return CXChildVisit_Continue;
	CXString name = clang_getCursorSpelling(c);
	if (strcmp(clang_getCString(name), "mosaic_pkg") == 0)
		clang_visitChildren(c, visit_annotation, data);
	clang_disposeString(name);
	return CXChildVisit_Continue;
}

static void visit_include(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
	(void)stack;
	struct unit *u = data;
	if (depth > 0 && clang_Location_isInSystemHeader(clang_getLocation(u->tu, file, 1, 1)))
		return;
	for (int i = 0; i < u->files.count; i++)
		if (u->files.at[i].file && clang_File_isEqual(u->files.at[i].file, file))
			return;
	struct user_file f = {.file = file, .name = taken(u->names, clang_getFileName(file))};
	if (depth == 0)
		u->files.at[0].file = file;
	else
		VEC_PUSH(&u->arena, &u->files, f);
}

static void find_user_files(struct unit *u)
{
	u->files.count = 1;
	u->files.at[0].file = NULL;
	clang_getInclusions(u->tu, visit_include, u);
	for (int i = 0; i < u->files.count; i++) {
		char *real = realpath(u->files.at[i].name, NULL);
		u->files.at[i].real = real ? arena_strdup(&u->arena, real) : NULL;
		free(real);
	}
}

/* Parses once to learn which libraries the source asks for and, if it asks for any, once more with their flags. */
static bool parse_with_packages(struct arena *a, struct unit *u, struct source *s)
{
	struct words flags = {0};
	if (!parse(u, u->files.at[0].name, &flags))
		return false;
	find_user_files(u);
	struct package_search search = {.arena = a, .unit = u, .source = s};
	clang_visitChildren(clang_getTranslationUnitCursor(u->tu), visit_package, &search);
	if (!s->packages.count)
		return true;
	for (int i = 0; i < s->packages.count; i++)
		s->ok &= package_flags(a, s->packages.at[i], false, search.places.at[i], &flags);
	if (!s->ok)
		return true;
	if (!parse(u, u->files.at[0].name, &flags))
		return false;
	find_user_files(u);
	return true;
}

/* ---- a deep stack --------------------------------------------------------------------------- */

struct deep { void (*work)(void *context); void *context; };

static void *run_deep(void *data)
{
	struct deep *d = data;
	d->work(d->context);
	return NULL;
}

/* A sum of 100,000 terms is as many levels in clang, which ends the process when its stack does. Memory is taken as it is used. */
void on_deep_stack(void (*work)(void *context), void *context)
{
	struct deep d = {work, context};
	pthread_attr_t attr;
	pthread_t thread;
	pthread_attr_init(&attr);
	bool started = pthread_attr_setstacksize(&attr, STACK_SIZE) == 0 && pthread_create(&thread, &attr, run_deep, &d) == 0;
	pthread_attr_destroy(&attr);
	if (started)
		pthread_join(thread, NULL);
	else
		work(context);
}

/* ---- the source as a whole ------------------------------------------------------------------ */

static bool readable(const char *path)
{
	struct stat st;
	struct place at = {.file = path};
	if (stat(path, &st) != 0)
		err_once(at, "cannot read this file: %s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		err_once(at, "this is not a file");
	else if (st.st_size > SOURCE_LIMIT)
		err_once(at, "this source is larger than %d MiB", SOURCE_LIMIT / 1024 / 1024);
	else
		return true;
	return false;
}

struct reflecting { struct arena *arena; struct unit *unit; struct source *source; };

static void reflect_unit(void *context)
{
	struct reflecting *r = context;
	struct arena *a = r->arena;
	struct unit *u = r->unit;
	struct source *s = r->source;
	if (!parse_with_packages(a, u, s)) {
		err((struct place){.file = s->path}, "clang cannot parse this file");
		s->ok = false;
		return;
	}
	if (!s->ok || !show_diagnostics(u)) {
		s->ok = false;
		return;
	}
	read_user_files(u, &s->hash);
	for (int i = 1; i < u->files.count; i++)
		VEC_PUSH(a, &s->includes, u->files.at[i].name);
	collect_classes(a, u, s);
}

bool reflect(struct arena *a, const char *path, struct source *out)
{
	*out = (struct source){.path = arena_strdup(a, path)};
	if (!readable(path))
		return false;
	struct unit *u = calloc(1, sizeof *u);
	if (!u)
		die("out of memory");
	u->names = a;
	out->unit = u;
	out->ok = true;
	/* A name that starts with a dash would be taken for an option. */
	struct user_file source = {.name = *path == '-' ? arena_printf(a, "./%s", path) : out->path};
	VEC_PUSH(&u->arena, &u->files, source);
	u->index = clang_createIndex(0, 0);
	setenv("LIBCLANG_NOTHREADS", "1", 1);  /* it would parse in a thread of its own, with 8 MiB */
	on_deep_stack(reflect_unit, &(struct reflecting){a, u, out});
	unsetenv("LIBCLANG_NOTHREADS");
	if (!out->ok)
		reflect_close(out);
	return out->ok;
}

void reflect_close(struct source *s)
{
	struct unit *u = s->unit;
	if (!u)
		return;
	if (u->tu)
		clang_disposeTranslationUnit(u->tu);
	clang_disposeIndex(u->index);
	arena_free(&u->arena);
	free(u);
	s->unit = NULL;
}

const struct class *source_class(const struct source *s, const char *name)
{
	for (int i = 0; i < s->classes.count; i++)
		if (strcmp(s->classes.at[i].name, name) == 0)
			return &s->classes.at[i];
	return NULL;
}
