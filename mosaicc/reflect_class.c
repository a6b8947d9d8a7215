/* reflect_class.c: structs and functions of the user's files become classes with fields and methods. What a method's type
** must be is in reflect_method.c. */
#include "reflect_unit.h"

#include <string.h>

struct structure { const char *name; CXCursor cursor; bool is_class; };
struct function { const char *name, *self; CXCursor cursor; };  /* self: struct that the first parameter points to, or NULL */
struct collected {
	struct arena *arena;
	struct unit *unit;
	struct source *source;
	VEC(struct structure) structs;
	VEC(struct function) functions;
};

static struct place cursor_place(struct unit *u, CXCursor c)
{
	struct place at;
	user_place(u, clang_getCursorLocation(c), &at, NULL);
	return at;
}

/* ---- fields --------------------------------------------------------------------------------- */

struct field_search { struct collected *all; struct class *class; struct field *field; bool derived; };

static enum CXChildVisitResult visit_field_attribute(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	struct field_search *s = data;
	if (clang_getCursorKind(c) != CXCursor_AnnotateAttr)
		return CXChildVisit_Continue;
	const char *text = taken(s->all->arena, clang_getCursorSpelling(c));
	if (strcmp(text, "mosaic.derived") == 0)
		s->derived = true;
	else if (strncmp(text, "mosaic.default=", 15) == 0)
		s->field->fallback = text + 15;
	return CXChildVisit_Continue;
}

static enum CXChildVisitResult visit_enumerator(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	struct field_search *s = data;
	if (clang_getCursorKind(c) != CXCursor_EnumConstantDecl)
		return CXChildVisit_Continue;
	struct enumerator e = {taken(s->all->arena, clang_getCursorSpelling(c)), clang_getEnumConstantDeclValue(c)};
	VEC_PUSH(s->all->arena, &s->field->enumerators, e);
	return CXChildVisit_Continue;
}

static bool is_const_char(CXType pointee)
{
	enum CXTypeKind k = pointee.kind;
	return (k == CXType_Char_S || k == CXType_Char_U) && clang_isConstQualifiedType(pointee);
}

static bool spelled(CXType t, const char *name)
{
	CXString s = clang_getTypeSpelling(t);
	const char *text = clang_getCString(s);
	if (text && strncmp(text, "const ", 6) == 0)
		text += 6;
	bool equal = text && strcmp(text, name) == 0;
	clang_disposeString(s);
	return equal;
}

/* False: a type that no config value can fill. */
static bool field_kind_of(CXType canonical, enum field_kind *kind)
{
	switch (canonical.kind) {
	case CXType_Char_S: case CXType_SChar: case CXType_Short: case CXType_Int: case CXType_Long: case CXType_LongLong:
		*kind = FIELD_INT;
		return true;
	case CXType_Char_U: case CXType_UChar: case CXType_UShort: case CXType_UInt: case CXType_ULong: case CXType_ULongLong:
		*kind = FIELD_UINT;
		return true;
	case CXType_Bool: *kind = FIELD_BOOL; return true;
	case CXType_Float: *kind = FIELD_FLOAT; return true;
	case CXType_Double: *kind = FIELD_DOUBLE; return true;
	case CXType_Enum: *kind = FIELD_ENUM; return true;
	case CXType_Pointer:
		*kind = FIELD_STRING;
		return is_const_char(clang_getPointeeType(canonical));
	case CXType_Record:
		*kind = spelled(canonical, "mosaic_ints") ? FIELD_INTS : FIELD_FLOATS;
		return *kind == FIELD_INTS || spelled(canonical, "mosaic_floats");
	default:
		return false;
	}
}

static const char *field_type(struct arena *a, CXType type, const struct field *f)
{
	if (f->kind == FIELD_BOOL)
		return "bool";
	const char *text = taken(a, clang_getTypeSpelling(type));
	if (f->kind != FIELD_ENUM || !strchr(text, '('))
		return text;
	struct text t = {0};                    /* an enum without a tag: clang would show its place */
	text_add(&t, "enum {");
	for (int i = 0; i < f->enumerators.count; i++)
		text_printf(&t, "%s %s", i ? "," : "", f->enumerators.at[i].name);
	text_add(&t, " }");
	text = arena_strdup(a, t.at);
	text_free(&t);
	return text;
}

static bool field_error(struct field_search *s, const struct field *f, CXType type, CXType canonical)
{
	const char *text = taken(s->all->arena, clang_getTypeSpelling(type));
	err(f->at, "%s.%s: a parameter cannot be of type '%s'", s->class->name, f->name, strstr(text, " (") ? "an unnamed struct or union" : text);
	if (canonical.kind == CXType_Pointer && !is_const_char(clang_getPointeeType(canonical)) && spelled(canonical, "char *"))
		hint("a text is `const char *%s`", f->name);
	else if (canonical.kind == CXType_ConstantArray || canonical.kind == CXType_IncompleteArray)
		hint("a list is `mosaic_ints %s` or `mosaic_floats %s`, written [1, 2, 3] in the config", f->name, f->name);
	hint("allowed: integers, float, double, bool, enums, const char *, mosaic_ints, mosaic_floats; a field that init fills: MOSAIC_DERIVED "
		"behind its name");
	return false;
}

static bool is_reserved(const char *name)
{
	return !strcmp(name, "type") || !strcmp(name, "class") || !strcmp(name, "path_to_class") || !strcmp(name, "key");
}

/* What is wrong with a field of a good type: its name, its default. */
static bool check_field(struct field_search *s, struct field *f)
{
	const char *c_text;
	if (f->kind == FIELD_DERIVED && f->fallback) {
		err(f->at, "%s.%s has MOSAIC_DERIVED and MOSAIC_DEFAULT: init fills it or the config does", s->class->name, f->name);
		return false;
	}
	if (f->kind != FIELD_DERIVED && is_reserved(f->name)) {
		err(f->at, "%s.%s: `%s` means something else in every section of a config: use another name", s->class->name, f->name, f->name);
		return false;
	}
	if (!f->fallback)
		return true;
	if (!field_value(s->all->arena, f, f->fallback, f->at, &c_text))
		return false;
	f->fallback = field_plain(s->all->arena, f, f->fallback, c_text);
	return true;
}

static bool read_field(struct field_search *s, CXCursor c)
{
	struct arena *a = s->all->arena;
	CXType type = clang_getCursorType(c), canonical = clang_getCanonicalType(type);
	struct field *f = s->field;
	f->name = taken(a, clang_getCursorSpelling(c));
	f->at = cursor_place(s->all->unit, c);
	s->derived = false;
	clang_visitChildren(c, visit_field_attribute, s);
	if (!*f->name) {
		err(f->at, "%s: a field without a name cannot be a parameter", s->class->name);
		return false;
	}
	if (clang_Cursor_isBitField(c)) {
		err(f->at, "%s.%s is a bit-field: its range would not be checked; use int8_t, uint8_t or bool", s->class->name, f->name);
		return false;
	}
	bool known = field_kind_of(canonical, &f->kind);
	if (s->derived)
		f->kind = FIELD_DERIVED;
	else if (!known)
		return field_error(s, f, type, canonical);
	if (f->kind == FIELD_ENUM)
		clang_visitChildren(clang_getTypeDeclaration(canonical), visit_enumerator, s);
	f->type = field_type(a, type, f);
	bool list = f->kind == FIELD_INTS || f->kind == FIELD_FLOATS;
	f->size = list ? 8 : (int)clang_Type_getSizeOf(canonical);
	f->offset = (long)(clang_Cursor_getOffsetOfField(c) / 8);
	f->comment = comment_of(a, s->all->unit, clang_getRangeStart(clang_getCursorExtent(c)), clang_getCursorLocation(c), true);
	return check_field(s, f);
}

static enum CXVisitorResult visit_field(CXCursor c, CXClientData data)
{
	struct field_search *s = data;
	struct field f = {0};
	s->field = &f;
	if (!read_field(s, c))
		s->all->source->ok = false;
	else
		VEC_PUSH(s->all->arena, &s->class->fields, f);
	return CXVisit_Continue;
}

/* ---- classes -------------------------------------------------------------------------------- */

static void read_class(struct collected *all, const struct structure *from)
{
	struct class c = {.name = from->name, .at = cursor_place(all->unit, from->cursor)};
	CXSourceLocation first = clang_getRangeStart(clang_getCursorExtent(from->cursor));
	CXType type = clang_getCursorType(from->cursor);
	c.file = c.at.file;
	c.size = (long)clang_Type_getSizeOf(type);
	c.comment = comment_of(all->arena, all->unit, first, clang_getCursorLocation(from->cursor), false);
	struct field_search s = {.all = all, .class = &c};
	clang_Type_visitFields(type, visit_field, &s);
	for (int i = 0; i < all->functions.count; i++) {
		size_t n = strlen(c.name);
		const char *name = all->functions.at[i].name;
		for (int k = 0; k < METHOD_COUNT; k++)
			if (strncmp(name, c.name, n) == 0 && name[n] == '_' && strcmp(name + n + 1, method_names[k]) == 0)
				all->source->ok &= read_method(all->arena, all->unit, all->functions.at[i].cursor, c.name, k, &c.methods[k]);
	}
	VEC_PUSH(all->arena, &all->source->classes, c);
}

/* The method that a function's name ends with: its place in the name, or NULL. */
static const char *method_suffix(const char *name)
{
	size_t n = strlen(name);
	for (int k = 0; k < METHOD_COUNT; k++) {
		size_t m = strlen(method_names[k]);
		if (n > m + 1 && name[n - m - 1] == '_' && strcmp(name + n - m, method_names[k]) == 0)
			return name + n - m;
	}
	return NULL;
}

static struct structure *find_struct(struct collected *all, const char *name, size_t n)
{
	for (int i = 0; i < all->structs.count; i++)
		if (strlen(all->structs.at[i].name) == n && strncmp(all->structs.at[i].name, name, n) == 0)
			return &all->structs.at[i];
	return NULL;
}

static bool has_function(const struct collected *all, const char *class, const char *method)
{
	size_t n = strlen(class);
	for (int i = 0; i < all->functions.count; i++) {
		const char *name = all->functions.at[i].name;
		if (strncmp(name, class, n) == 0 && name[n] == '_' && strcmp(name + n + 1, method) == 0)
			return true;
	}
	return false;
}

/* Short names that are near by chance ("load", "loss") are no misspellings: one letter for them, two for longer ones. */
static bool is_near(const char *name, const char *method)
{
	size_t n = strlen(name), m = strlen(method), same = 0, tail = 0;
	while (same < n && same < m && name[same] == method[same])
		same++;
	while (tail < n - same && tail < m - same && name[n - 1 - tail] == method[m - 1 - tail])
		tail++;
	size_t left = (n > m ? n : m) - same - tail;
	return left <= (m <= 5 ? 1 : 2) || (left == 2 && n == m && name[same] == method[same + 1] && name[same + 1] == method[same]);
}

/* mlp_foward(const struct mlp *self, ...): nobody would call it. */
static void warn_misspelt(struct collected *all, const struct function *f)
{
	size_t n = strlen(f->self);
	if (strncmp(f->name, f->self, n) != 0 || f->name[n] != '_')
		return;
	const char *near = nearest_name(f->name + n + 1, method_names, METHOD_COUNT);
	if (!near || !is_near(f->name + n + 1, near) || has_function(all, f->self, near))
		return;
	warn(cursor_place(all->unit, f->cursor), "nothing calls %s: did you mean %s_%s?", f->name, f->self, near);
}

/* A method by name whose struct is not there: of a typedef without a tag, or of a misspelt class. */
static void check_orphan(struct collected *all, const struct function *f, const char *suffix)
{
	size_t n = (size_t)(suffix - f->name) - 1;
	struct place at = cursor_place(all->unit, f->cursor);
	if (f->self && !find_struct(all, f->self, strlen(f->self)) && strlen(f->self) == n && strncmp(f->self, f->name, n) == 0) {
		err(at, "%s: the class needs a struct with that tag and its fields: struct %s { ... };", f->name, f->self);
		all->source->ok = false;
	} else if (f->self && find_struct(all, f->self, strlen(f->self))) {
		const char *class = arena_strndup(all->arena, f->name, n);
		if (nearest_name(class, &f->self, 1) && is_near(class, f->self))
			warn(at, "nothing calls %s: did you mean %s_%s?", f->name, f->self, suffix);
	}
}

static void match_functions(struct collected *all)
{
	for (int i = 0; i < all->functions.count; i++) {
		const struct function *f = &all->functions.at[i];
		const char *suffix = method_suffix(f->name);
		struct structure *s = suffix ? find_struct(all, f->name, (size_t)(suffix - f->name) - 1) : NULL;
		if (s)
			s->is_class = true;
		else if (suffix)
			check_orphan(all, f, suffix);
		else if (f->self)
			warn_misspelt(all, f);
	}
}

/* ---- what is in the file -------------------------------------------------------------------- */

/* Name of the struct, or of the typedef of one without a tag, that the first parameter points to. */
static const char *self_of(struct arena *a, CXCursor function)
{
	if (clang_Cursor_getNumArguments(function) < 1)
		return NULL;
	CXType pointee = clang_getPointeeType(clang_getCanonicalType(clang_getCursorType(clang_Cursor_getArgument(function, 0))));
	if (pointee.kind != CXType_Record)
		return NULL;
	const char *name = taken(a, clang_getTypeSpelling(pointee));
	if (strncmp(name, "const ", 6) == 0)
		name += 6;
	if (strncmp(name, "struct ", 7) == 0)
		name += 7;
	return name_is_identifier(name) ? name : NULL;
}

static enum CXChildVisitResult visit_top(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	struct collected *all = data;
	enum CXCursorKind kind = clang_getCursorKind(c);
	bool wanted = kind == CXCursor_StructDecl || kind == CXCursor_FunctionDecl;
	if (!wanted || !clang_isCursorDefinition(c) || user_place(all->unit, clang_getCursorLocation(c), NULL, NULL) < 0)
		return CXChildVisit_Continue;
	const char *name = taken(all->arena, clang_getCursorSpelling(c));
	if (!name_is_identifier(name))         /* newer libclangs describe a struct without a tag */
		return CXChildVisit_Continue;
	if (kind == CXCursor_StructDecl) {
		struct structure s = {name, c, false};
		VEC_PUSH(all->arena, &all->structs, s);
	} else {
		struct function f = {name, self_of(all->arena, c), c};
		VEC_PUSH(all->arena, &all->functions, f);
	}
	return CXChildVisit_Continue;
}

void collect_classes(struct arena *a, struct unit *u, struct source *s)
{
	struct collected all = {.arena = a, .unit = u, .source = s};
	clang_visitChildren(clang_getTranslationUnitCursor(u->tu), visit_top, &all);
	match_functions(&all);
	for (int i = 0; i < all.structs.count; i++)
		if (all.structs.at[i].is_class)
			read_class(&all, &all.structs.at[i]);
}
