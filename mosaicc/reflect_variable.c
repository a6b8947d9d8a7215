/* reflect_variable.c: which variable of the user's a call's value goes to, so that generated code keeps the names.
** All calls are indexed once, on the first question, by the place that debug information gives them: of a call inside a
** macro, where the outermost macro is used. */
#include "reflect_unit.h"

#include <stdlib.h>
#include <string.h>

struct walk { struct unit *unit; const char *target; int statement; };

/* ---- names of what is assigned to ----------------------------------------------------------- */

static enum CXChildVisitResult first_child(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	*(CXCursor *)data = c;
	return CXChildVisit_Break;
}

static CXCursor child_of(CXCursor c)
{
	CXCursor child = clang_getNullCursor();
	clang_visitChildren(c, first_child, &child);
	return child;
}

/* "h" of `h`, "hidden" of `s->hidden`, "layers" of `layers[i]` and `*layers`; NULL of anything else. */
static const char *lvalue_name(struct unit *u, CXCursor c)
{
	for (int depth = 0; depth < 16 && !clang_Cursor_isNull(c); depth++) {
		switch (clang_getCursorKind(c)) {
		case CXCursor_DeclRefExpr:
		case CXCursor_MemberRefExpr: {
			const char *name = taken(&u->arena, clang_getCursorSpelling(c));
			return name_is_identifier(name) ? name : NULL;
		}
		case CXCursor_ArraySubscriptExpr:
		case CXCursor_UnaryOperator:
		case CXCursor_ParenExpr:
		case CXCursor_UnexposedExpr:
			c = child_of(c);
			break;
		default:
			return NULL;
		}
	}
	return NULL;
}

/* libclang 14 does not tell which operator a binary one is. Of two tensors, the result a tensor, it is an assignment (or
** a comma, whose left side would hardly be a plain variable). */
static bool is_assignment(CXCursor c, CXCursor left)
{
	CXType t = clang_getCanonicalType(clang_getCursorType(c)), l = clang_getCanonicalType(clang_getCursorType(left));
	bool value = t.kind == CXType_Pointer || t.kind == CXType_Record;
	return value && (clang_equalTypes(t, l) || t.kind == l.kind);
}

/* ---- the walk ------------------------------------------------------------------------------- */

static void add_call(struct unit *u, CXCursor c, const struct walk *w)
{
	CXFile file;
	unsigned line, col;
	clang_getExpansionLocation(clang_getRangeStart(clang_getCursorExtent(c)), &file, &line, &col, NULL);
	for (int i = 0; file && i < u->files.count; i++)
		if (u->files.at[i].file && clang_File_isEqual(u->files.at[i].file, file)) {
			struct call k = {i, (int)line, (int)col, u->calls.count, w->statement, w->target};
			VEC_PUSH(&u->arena, &u->calls, k);
			return;
		}
}

static enum CXChildVisitResult visit(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	struct walk *w = data;
	struct walk inner = *w;
	switch (clang_getCursorKind(c)) {
	case CXCursor_VarDecl:
		inner.target = taken(&w->unit->arena, clang_getCursorSpelling(c));
		inner.statement = ++w->unit->statements;
		break;
	case CXCursor_BinaryOperator: {
		CXCursor left = child_of(c);
		const char *name = clang_Cursor_isNull(left) || !is_assignment(c, left) ? NULL : lvalue_name(w->unit, left);
		inner.target = name ? name : w->target;
		inner.statement = name ? ++w->unit->statements : w->statement;
		break;
	}
	case CXCursor_ReturnStmt:
		inner.target = "";
		inner.statement = ++w->unit->statements;
		break;
	case CXCursor_CallExpr:
		if (!inner.statement)
			inner.statement = ++w->unit->statements;
		add_call(w->unit, c, &inner);
		break;
	default:
		if (clang_isStatement(clang_getCursorKind(c)) && clang_getCursorKind(c) != CXCursor_DeclStmt) {
			inner.target = NULL;
			inner.statement = 0;
		}
	}
	clang_visitChildren(c, visit, &inner);
	return CXChildVisit_Continue;
}

static enum CXChildVisitResult visit_top(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	struct walk *w = data;
	bool function = clang_getCursorKind(c) == CXCursor_FunctionDecl && clang_isCursorDefinition(c);
	if (function && user_place(w->unit, clang_getCursorLocation(c), NULL, NULL) >= 0) {
		struct walk inner = {.unit = w->unit};
		clang_visitChildren(c, visit, &inner);
	}
	return CXChildVisit_Continue;
}

/* ---- the index ------------------------------------------------------------------------------ */

static int by_place(const struct call *a, const struct call *b)
{
	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return (a->col > b->col) - (a->col < b->col);
}

/* At one place those with a variable come first, the outermost first among them. */
static int compare_calls(const void *x, const void *y)
{
	const struct call *a = x, *b = y;
	int order = by_place(a, b);
	if (order)
		return order;
	if (!a->variable != !b->variable)
		return a->variable ? -1 : 1;
	return a->order - b->order;
}

static void index_calls(void *context)
{
	struct unit *u = context;
	struct walk w = {.unit = u};
	clang_visitChildren(clang_getTranslationUnitCursor(u->tu), visit_top, &w);
	if (u->calls.count)
		qsort(u->calls.at, (size_t)u->calls.count, sizeof *u->calls.at, compare_calls);
	u->indexed = true;
}

static int file_index(const struct unit *u, const char *file)
{
	for (int i = 0; i < u->files.count; i++)
		if (strcmp(u->files.at[i].name, file) == 0 || (u->files.at[i].real && strcmp(u->files.at[i].real, file) == 0))
			return i;
	char *real = realpath(file, NULL);
	int found = -1;
	for (int i = 0; real && found < 0 && i < u->files.count; i++)
		if (u->files.at[i].real && strcmp(u->files.at[i].real, real) == 0)
			found = i;
	free(real);
	return found;
}

static const struct call *call_at(struct unit *u, int file, int line, int col)
{
	if (!u->indexed)
		on_deep_stack(index_calls, u);
	struct call wanted = {.file = file, .line = line, .col = col};
	int low = 0, high = u->calls.count;
	while (low < high) {
		int middle = low + (high - low) / 2;
		if (by_place(&u->calls.at[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == u->calls.count || by_place(&u->calls.at[low], &wanted) != 0)
		return NULL;
	return &u->calls.at[low];
}

const char *reflect_variable_at(const struct source *s, const char *file, int line, int col)
{
	int index = s->unit && file ? file_index(s->unit, file) : -1;
	const struct call *c = index < 0 ? NULL : call_at(s->unit, index, line, col);
	return c ? c->variable : NULL;
}

int reflect_statement_at(const struct source *s, const char *file, int line, int col)
{
	int index = s->unit && file ? file_index(s->unit, file) : -1;
	const struct call *c = index < 0 ? NULL : call_at(s->unit, index, line, col);
	return c ? c->statement : 0;
}

const char *reflect_variable(const struct source *s, int line, int col)
{
	const struct call *c = s->unit ? call_at(s->unit, 0, line, col) : NULL;
	return c ? c->variable : NULL;
}
