/* reflect_method.c: what the methods of a class must look like, and whether one does. The prototypes are those at the top of
** runtime/mosaic.h. */
#include "reflect_unit.h"

#include <string.h>

#define TRAILING " [, const mosaic_run_info *run [, const mosaic_module_info *module]])"

const char *const method_names[METHOD_COUNT] = {
	"init", "info", "forward", "prepare", "transform", "parameters", "metric", "save_model", "load_model", "loss",
};

enum { TENSORS_MAX = 8 };              /* mosaic.h's NN_TENSORS_MAX */

/* Types as libclang spells canonical ones. `@` in a prototype is the class. */
static const struct signature {
	const char *result, *argument;         /* after self, or NULL */
	int tensors;                           /* at least so many after that, or one nn_tensors; 0: none */
	bool self_const, run_info, lists;      /* run_info: may go on with run, module; lists: may return nn_tensors */
	const char *prototype;
} signatures[METHOD_COUNT] = {
	[METHOD_INIT] = {"void", NULL, .prototype = "void @_init(struct @ *self)"},
	[METHOD_INFO] = {"void", "mosaic_info *", .self_const = true,
		.prototype = "void @_info(const struct @ *self, mosaic_info *info)"},
	[METHOD_FORWARD] = {"nn_tensor", NULL, .tensors = 1, .self_const = true, .run_info = true, .lists = true,
		.prototype = "nn_tensor @_forward(const struct @ *self, nn_tensor x" TRAILING},
	[METHOD_PREPARE] = {"void", "mosaic_data *", .self_const = true, .run_info = true,
		.prototype = "void @_prepare(const struct @ *self, mosaic_data *data" TRAILING},
	[METHOD_TRANSFORM] = {"void", "mosaic_data *", .self_const = true, .run_info = true,
		.prototype = "void @_transform(const struct @ *self, mosaic_data *data" TRAILING},
	[METHOD_PARAMETERS] = {"bool", "const char *", .self_const = true,
		.prototype = "bool @_parameters(const struct @ *self, const char *name)"},
	[METHOD_METRIC] = {"void", NULL, .tensors = 2, .self_const = true,
		.prototype = "void @_metric(const struct @ *self, nn_tensor prediction, nn_tensor target [, nn_tensor input])"},
	[METHOD_SAVE_MODEL] = {"void", "const char *", .self_const = true,
		.prototype = "void @_save_model(const struct @ *self, const char *path)"},
	[METHOD_LOAD_MODEL] = {"void", "const char *", .prototype = "void @_load_model(struct @ *self, const char *path)"},
	[METHOD_LOSS] = {"nn_tensor", NULL, .tensors = 2, .self_const = true,
		.prototype = "nn_tensor @_loss(const struct @ *self, nn_tensor prediction, nn_tensor target [, nn_tensor input])"},
};

const char *method_prototype(struct arena *a, const char *class, enum method_kind method)
{
	struct text t = {0};
	for (const char *c = signatures[method].prototype; *c; c++)
		text_addn(&t, *c == '@' ? class : c, *c == '@' ? strlen(class) : 1);
	const char *text = arena_strdup(a, t.at);
	text_free(&t);
	return text;
}

/* ---- types ---------------------------------------------------------------------------------- */

/* Is it the type that mosaic.h calls `name`? Compared by canonical spelling, so that typedefs of the user's own work. */
static bool type_is(CXType type, const char *name)
{
	static const char *const canonical[][2] = {
		{"nn_tensor", "struct node *"}, {"nn_group", "struct nn_group"}, {"bool", "_Bool"}, {"mosaic_data *", "struct mosaic_data *"}, {"mosaic_info *", "struct mosaic_info *"},
		{"const mosaic_run_info *", "const struct mosaic_run_info *"}, {"const mosaic_module_info *", "const struct mosaic_module_info *"},
	};
	const char *want = name;
	for (size_t i = 0; i < sizeof canonical / sizeof *canonical; i++)
		if (strcmp(name, canonical[i][0]) == 0)
			want = canonical[i][1];
	CXString s = clang_getTypeSpelling(clang_getCanonicalType(type));
	const char *have = clang_getCString(s);
	bool equal = have && strcmp(have, want) == 0;
	clang_disposeString(s);
	return equal;
}

struct check {
	struct arena *arena;
	struct unit *unit;
	CXCursor function;
	CXType type;                         /* canonical */
	const char *class;
	enum method_kind kind;
	int count;                           /* arguments */
};

static struct place argument_place(const struct check *k, int i)
{
	struct place at;
	CXCursor c = i >= 0 && i < k->count ? clang_Cursor_getArgument(k->function, (unsigned)i) : k->function;
	CXSourceLocation loc = i >= 0 && i < k->count ? clang_getRangeStart(clang_getCursorExtent(c)) : clang_getCursorLocation(c);
	if (user_place(k->unit, loc, &at, NULL) < 0)
		user_place(k->unit, clang_getCursorLocation(k->function), &at, NULL);
	return at;
}

/* Argument i, or the whole function when there is none, is not as it must be. */
static bool wrong(const struct check *k, int i, const char *what)
{
	err(argument_place(k, i), "%s_%s: %s", k->class, method_names[k->kind], what);
	hint("expected %s", method_prototype(k->arena, k->class, k->kind));
	return false;
}

static bool argument_is(const struct check *k, int i, const char *type)
{
	return i < k->count && type_is(clang_getArgType(k->type, (unsigned)i), type);
}

static bool wrong_argument(const struct check *k, int i, const char *type)
{
	const char *have = taken(k->arena, clang_getTypeSpelling(clang_getCursorType(clang_Cursor_getArgument(k->function, (unsigned)i))));
	return wrong(k, i, arena_printf(k->arena, "argument %d is '%s', it must be '%s'", i + 1, have, type));
}

static bool need_argument(const struct check *k, int i, const char *type)
{
	if (argument_is(k, i, type))
		return true;
	if (i >= k->count)
		return wrong(k, -1, arena_printf(k->arena, "argument %d is missing, a '%s'", i + 1, type));
	return wrong_argument(k, i, type);
}

/* ---- one method ----------------------------------------------------------------------------- */

/* The tensors after self: one nn_tensors, or nn_tensor at least so often as the method must, at most eight times. -2: an error was
** printed. */
static int read_tensors(const struct check *k)
{
	int least = signatures[k->kind].tensors;
	if (argument_is(k, 1, "nn_tensors"))
		return -1;
	int n = 0;
	while (argument_is(k, 1 + n, "nn_tensor"))
		n++;
	if (n < least)
		need_argument(k, 1 + n, "nn_tensor");
	else if (n > TENSORS_MAX)
		wrong(k, 1 + TENSORS_MAX, "takes more than 8 tensors; take one nn_tensors");
	return n < least || n > TENSORS_MAX ? -2 : n;
}

static bool read_result(const struct check *k, struct method *m)
{
	const struct signature *s = &signatures[k->kind];
	CXType result = clang_getResultType(k->type);
	m->returns_void = type_is(result, "void");
	m->returns_tensors = type_is(result, "nn_tensors");
	m->returns_group = k->kind == METHOD_PARAMETERS && type_is(result, "nn_group");
	if (m->returns_group || type_is(result, s->result) || (s->lists && m->returns_tensors))
		return true;
	const char *have = taken(k->arena, clang_getTypeSpelling(clang_getResultType(clang_getCursorType(k->function))));
	return wrong(k, -1, arena_printf(k->arena, "returns '%s', it must return '%s'%s", have, s->result, s->lists ? " or 'nn_tensors'" : k->kind == METHOD_PARAMETERS ? " or 'nn_group'" : ""));
}

/* Arguments from `next` on: run, module, and nothing else. */
static bool read_trailing(const struct check *k, struct method *m, int next)
{
	const char *run = "const mosaic_run_info *", *module = "const mosaic_module_info *";
	if (signatures[k->kind].run_info && argument_is(k, next, run)) {
		m->run_info = true;
		next++;
		if (argument_is(k, next, module)) {
			m->module_info = true;
			next++;
		}
	} else if (argument_is(k, next, module) && signatures[k->kind].run_info) {
		return wrong(k, next, "`const mosaic_run_info *run` must stand before the module_info");
	}
	if (next >= k->count)
		return true;
	if (!signatures[k->kind].run_info || m->module_info)
		return wrong(k, next, arena_printf(k->arena, "takes too many arguments, from argument %d on", next + 1));
	return wrong_argument(k, next, m->run_info ? module : run);
}

bool read_method(struct arena *a, struct unit *u, CXCursor function, const char *class, enum method_kind kind, struct method *m)
{
	CXType type = clang_getCanonicalType(clang_getCursorType(function));
	struct check k = {a, u, function, type, class, kind, clang_Cursor_getNumArguments(function)};
	const struct signature *s = &signatures[kind];
	user_place(u, clang_getCursorLocation(function), &m->at, NULL);
	m->comment = comment_of(a, u, clang_getRangeStart(clang_getCursorExtent(function)), clang_getCursorLocation(function), false);
	m->present = true;
	if (clang_isFunctionTypeVariadic(k.type) && k.type.kind != CXType_FunctionNoProto)
		return wrong(&k, -1, "cannot take a variable number of arguments");
	if (!read_result(&k, m))
		return false;
	const char *self = arena_printf(a, "struct %s *", class);
	bool writes = kind == METHOD_PREPARE && argument_is(&k, 0, self); /* to tell info() what it found */
	if (!writes && !need_argument(&k, 0, s->self_const ? arena_printf(a, "const %s", self) : self))
		return false;
	int next = s->argument ? 2 : 1;
	if (s->argument && !need_argument(&k, 1, s->argument))
		return false;
	if (s->tensors) {
		m->tensors = read_tensors(&k);
		if (m->tensors == -2)
			return false;
		next += m->tensors < 0 ? 1 : m->tensors;
	}
	if (!read_trailing(&k, m, next))
		return false;
	if (kind == METHOD_SAVE_MODEL || kind == METHOD_LOAD_MODEL)
		warn(m->at, "%s_%s is not called: trainers write and read models as safetensors themselves", class, method_names[kind]);
	return true;
}
