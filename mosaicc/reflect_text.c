/* reflect_text.c: the tokens of the user's files: a hash that no comment changes, and which comment documents what.
** libclang could attach comments itself, but it takes a licence for the documentation of the first struct. */
#include "reflect_unit.h"

#include <string.h>

/* ---- tokens --------------------------------------------------------------------------------- */

struct scan {                            /* one file being read */
	struct unit *unit;
	struct user_file *file;
	const char *bytes;
	size_t size;
	struct text *tokens;                 /* what is hashed */
	unsigned end;                        /* of the token before */
	bool directive;                      /* inside #define, #include, ... */
};

static void add_comment(struct scan *s, unsigned from, unsigned to, int line, int col)
{
	struct comment c = {arena_strndup(&s->unit->arena, s->bytes + from, to - from), line, col, line, from, true};
	for (const char *t = c.text; *t; t++)
		c.last_line += *t == '\n';
	for (unsigned i = from; i > 0 && s->bytes[i - 1] != '\n'; i--)
		c.first = c.first && (s->bytes[i - 1] == ' ' || s->bytes[i - 1] == '\t');
	VEC_PUSH(&s->unit->arena, &s->file->comments, c);
}

/* Is there a line end between two tokens that no backslash takes back? */
static bool line_ends(const char *bytes, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		unsigned before = i > from && bytes[i - 1] == '\r' ? i - 1 : i;
		if (bytes[i] == '\n' && !(before > from && bytes[before - 1] == '\\'))
			return true;
	}
	return false;
}

/* Tokens are hashed with a NUL between. In a directive line ends and blanks count too: `#define f(x)` is not `#define f (x)`. */
static void add_token(struct scan *s, unsigned from, unsigned to, int line)
{
	bool new_line = s->end == 0 || line_ends(s->bytes, s->end, from);
	if (s->directive && new_line)
		text_addn(s->tokens, "\n", 1);
	else if (s->directive && from > s->end)
		text_addn(s->tokens, " ", 1);
	if (new_line)
		s->directive = s->bytes[from] == '#';
	text_addn(s->tokens, s->bytes + from, to - from);
	text_addn(s->tokens, "", 1);
	char c = s->bytes[from];
	if (to == from + 1 && (c == ';' || c == '}')) {
		struct mark m = {from, line, c};
		VEC_PUSH(&s->unit->arena, &s->file->marks, m);
	}
	s->end = to;
}

static void scan_file(struct unit *u, struct user_file *f, struct text *tokens)
{
	struct scan s = {.unit = u, .file = f, .tokens = tokens};
	s.bytes = clang_getFileContents(u->tu, f->file, &s.size);
	f->bytes = s.bytes;
	if (!s.bytes || s.size == 0)
		return;
	CXSourceLocation end = clang_getLocationForOffset(u->tu, f->file, (unsigned)s.size);
	CXSourceRange all = clang_getRange(clang_getLocationForOffset(u->tu, f->file, 0), end);
	CXToken *list = NULL;
	unsigned count = 0;
	clang_tokenize(u->tu, all, &list, &count);
	for (unsigned i = 0; i < count; i++) {
		CXSourceRange range = clang_getTokenExtent(u->tu, list[i]);
		unsigned from, to, line, col;
		clang_getFileLocation(clang_getRangeStart(range), NULL, &line, &col, &from);
		clang_getFileLocation(clang_getRangeEnd(range), NULL, NULL, NULL, &to);
		if (to <= from || to > s.size)
			continue;
		if (clang_getTokenKind(list[i]) == CXToken_Comment)
			add_comment(&s, from, to, (int)line, (int)col);
		else
			add_token(&s, from, to, (int)line);
	}
	clang_disposeTokens(u->tu, list, count);
}

void read_user_files(struct unit *u, struct hash128 *hash)
{
	struct text tokens = {0};
	for (int i = 0; i < u->files.count; i++) {
		text_addn(&tokens, "\f", 2);
		if (u->files.at[i].file)
			scan_file(u, &u->files.at[i], &tokens);
	}
	*hash = hash_bytes(tokens.at, tokens.len);
	text_free(&tokens);
}

int user_place(struct unit *u, CXSourceLocation loc, struct place *at, unsigned *offset)
{
	CXFile file;
	unsigned line, col, from;
	clang_getFileLocation(loc, &file, &line, &col, &from);
	if (at)
		*at = (struct place){0};
	for (int i = 0; file && i < u->files.count; i++)
		if (u->files.at[i].file && clang_File_isEqual(u->files.at[i].file, file)) {
			if (at)
				*at = (struct place){u->files.at[i].name, (int)line, (int)col};
			if (offset)
				*offset = from;
			return i;
		}
	return -1;
}

/* ---- the text of a comment ------------------------------------------------------------------ */

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* One line of a comment without its decoration. */
static void bare_line(const char **from, const char **to)
{
	while (*from < *to && blank(**from))
		(*from)++;
	while (*from < *to && **from == '*')
		(*from)++;
	while (*from < *to && blank(**from))
		(*from)++;
	while (*to > *from && (blank((*to)[-1]) || (*to)[-1] == '*'))
		(*to)--;
}

/* Lines of a paragraph become one, empty lines separate paragraphs, lists keep their lines. */
static void add_line(struct text *out, const char *from, const char *to, bool *paragraph)
{
	if (from == to) {
		*paragraph = out->len > 0;
		return;
	}
	bool item = to - from > 1 && (*from == '-' || *from == '+') && blank(from[1]);
	if (out->len)
		text_add(out, *paragraph ? "\n\n" : item ? "\n" : out->at[out->len - 1] == '\n' ? "" : " ");
	for (const char *c = from; c < to; c++)        /* the text goes to terminals: no control characters */
		text_addn(out, (unsigned char)*c < ' ' ? " " : c, 1);
	*paragraph = false;
}

static void add_bare(struct text *out, const char *comment, bool *paragraph)
{
	size_t n = strlen(comment);
	const char *from = comment + 2, *end = comment + n;
	if (n >= 4 && comment[1] == '*')
		end -= 2;
	while (from < end && (*from == '*' || *from == '/' || *from == '!'))
		from++;
	if (from < end && *from == '<')
		from++;
	while (from <= end) {
		const char *line_end = memchr(from, '\n', (size_t)(end - from));
		const char *next = line_end ? line_end : end, *to = next;
		bare_line(&from, &to);
		add_line(out, from, to < from ? from : to, paragraph);
		from = next + 1;
	}
}

/* ---- which comment ------------------------------------------------------------------------- */

/* A line comment right below another one: c[-1] exists. */
static bool continues(const struct comment *c)
{
	return c->text[1] == '/' && c[-1].text[1] == '/' && c->line == c[-1].line + 1;
}

static bool is_licence(const struct comment *c, int first)
{
	if (first != 0)
		return false;
	static const char *const words[] = {"opyright", "COPYRIGHT", "SPDX-License", "icense", "icence", "LICENSE", "LICENCE"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(c->text, words[i]))
			return true;
	return false;
}

/* Does a declaration start its line? Of several on a line, or inside a struct on one line, only the first has what stands above. */
static bool starts_line(const struct user_file *f, unsigned offset)
{
	const char *at = f->bytes + offset;
	while (at > f->bytes && blank(at[-1]))
		at--;
	return at == f->bytes || at[-1] == '\n' || (at[-1] == '/' && at > f->bytes + 1 && at[-2] == '*');
}

/* The comment that ends on the line above the declaration, with the line comments that it goes on from. */
static void add_leading(struct text *out, const struct user_file *f, struct place start)
{
	int last = -1;
	for (int i = 0; i < f->comments.count && f->comments.at[i].line < start.line; i++)
		if (f->comments.at[i].last_line == start.line - 1)
			last = i;
	if (last < 0 || !f->comments.at[last].first)
		return;
	int first = last;
	const struct comment *c = f->comments.at;
	while (first > 0 && continues(&c[first]) && c[first - 1].first)
		first--;
	/* A comment behind the declaration above may go on below it, further right than this declaration starts. */
	bool goes_on = first > 0 && !c[first - 1].first && c[first - 1].last_line == c[first].line - 1 && c[first].col > start.col;
	bool paragraph = false;
	if (goes_on || is_licence(&c[first], first))
		return;
	for (int i = first; i <= last; i++)
		add_bare(out, c[i].text, &paragraph);
}

/* The end of a field: its semicolon; of one that a macro wrote without: the macro's name. */
static struct mark field_end(const struct user_file *f, struct place name, unsigned offset, bool macro)
{
	for (int i = 0; i < f->marks.count; i++) {
		struct mark m = f->marks.at[i];
		if (m.offset >= offset && m.what == ';' && (!macro || m.line == name.line))
			return m;
		if (m.offset >= offset)
			break;
	}
	return (struct mark){offset, name.line, ';'};
}

static void add_trailing(struct text *out, const struct user_file *f, struct place start, struct mark end)
{
	int i = 0;
	while (i < f->comments.count && (f->comments.at[i].line < end.line || f->comments.at[i].offset < end.offset))
		i++;
	const struct comment *c = f->comments.at;
	if (i == f->comments.count || c[i].line != end.line)
		return;
	for (int k = 0; k < f->marks.count; k++)           /* behind the struct's own brace it is about the struct */
		if (f->marks.at[k].what == '}' && f->marks.at[k].offset > end.offset && f->marks.at[k].offset < c[i].offset)
			return;
	bool paragraph = false;
	do
		add_bare(out, c[i].text, &paragraph);
	while (++i < f->comments.count && c[i].first && continues(&c[i]) && c[i].col > start.col);
}

static bool in_macro(CXSourceLocation loc)
{
	CXFile a, b;
	unsigned x, y;
	clang_getSpellingLocation(loc, &a, NULL, NULL, &x);
	clang_getExpansionLocation(loc, &b, NULL, NULL, &y);
	return x != y || !clang_File_isEqual(a, b);
}

const char *comment_of(struct arena *a, struct unit *u, CXSourceLocation first, CXSourceLocation name, bool field)
{
	struct place start, at;
	unsigned offset, from;
	int index = user_place(u, first, &start, &from);
	if (index < 0 || user_place(u, name, &at, &offset) != index)
		return NULL;
	const struct user_file *f = &u->files.at[index];
	struct text t = {0};
	if (f->bytes && starts_line(f, from))
		add_leading(&t, f, start);
	if (field)
		add_trailing(&t, f, start, field_end(f, at, offset, in_macro(name)));
	const char *comment = t.len ? arena_strdup(a, t.at) : NULL;
	text_free(&t);
	return comment;
}
