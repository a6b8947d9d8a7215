/* describe.c: `mosaicc --describe FILE`: what a source offers to a config, for people to read. */
#include "mosaicc.h"

#include <string.h>

enum { WIDTH = 100, NAME_MOST = 24, TYPE_MOST = 36 };

/* Text in lines of at most WIDTH columns; what follows the first starts `indent` columns in. Counts UTF-8 characters. */
static void wrapped(FILE *out, const char *text, int indent)
{
	int col = indent;
	bool start = true;
	while (*text) {
		if (*text == '\n') {
			fprintf(out, "\n%*s", text[1] == '\n' ? 0 : indent, "");
			col = indent;
			start = true;
			text++;
			continue;
		}
		size_t bytes = strcspn(text, " \n");
		int columns = 0;
		for (size_t i = 0; i < bytes; i++)
			columns += ((unsigned char)text[i] & 0xc0) != 0x80;
		if (!start && col + 1 + columns > WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			col = indent;
		} else if (!start) {
			fputc(' ', out);
			col++;
		}
		fwrite(text, 1, bytes, out);
		col += columns;
		start = false;
		text += bytes + strspn(text + bytes, " ");
	}
	fputc('\n', out);
}

static int widest(int now, const char *s, int most)
{
	int n = (int)strlen(s);
	return n > now && n <= most ? n : now;
}

static const char *type_text(struct arena *a, const struct field *f)
{
	static const char *const words[] = {
		[FIELD_STRING] = "text", [FIELD_INTS] = "list of integers", [FIELD_FLOATS] = "list of numbers", [FIELD_DERIVED] = NULL,
	};
	const char *type = words[f->kind] ? words[f->kind] : f->type;
	if (!f->fallback)
		return type;
	bool bare = f->kind == FIELD_STRING && *f->fallback != '"';
	return arena_printf(a, "%s = %s", type, bare ? quoted_c(a, f->fallback) : f->fallback);
}

static void describe_field(FILE *out, struct arena *a, const struct field *f, int name_width, int type_width)
{
	const char *type = type_text(a, f);
	bool more = f->comment || f->kind == FIELD_ENUM;
	int indent = 4 + name_width + 2 + type_width + 2;
	if (!more) {
		fprintf(out, "    %-*s  %s\n", name_width, f->name, type);
		return;
	}
	fprintf(out, "    %-*s  %-*s  ", name_width, f->name, type_width, type);
	if (strlen(type) > (size_t)type_width || strlen(f->name) > (size_t)name_width)
		fprintf(out, "\n%*s", indent, "");
	struct text t = {0};
	text_add(&t, f->comment ? f->comment : "");
	for (int i = 0; f->kind == FIELD_ENUM && i < f->enumerators.count; i++)
		text_printf(&t, "%s%s", i ? ", " : f->comment ? "; one of " : "one of ", f->enumerators.at[i].name);
	wrapped(out, t.at, indent);
	text_free(&t);
}

static void describe_fields(FILE *out, const struct class *c, bool derived)
{
	struct arena a = {0};
	int name_width = 0, type_width = 0, count = 0;
	for (int i = 0; i < c->fields.count; i++) {
		const struct field *f = &c->fields.at[i];
		if ((f->kind == FIELD_DERIVED) != derived)
			continue;
		name_width = widest(name_width, f->name, NAME_MOST);
		type_width = widest(type_width, type_text(&a, f), TYPE_MOST);
		count++;
	}
	if (count)
		fprintf(out, "\n  %s\n", derived ? "filled by init" : "parameters");
	for (int i = 0; i < c->fields.count; i++)
		if ((c->fields.at[i].kind == FIELD_DERIVED) == derived)
			describe_field(out, &a, &c->fields.at[i], name_width, type_width);
	arena_free(&a);
}

static void describe_methods(FILE *out, const struct class *c)
{
	int width = 0;
	for (int k = 0; k < METHOD_COUNT; k++)
		if (c->methods[k].present)
			width = widest(width, method_names[k], NAME_MOST);
	fputs("\n  methods\n", out);
	for (int k = 0; k < METHOD_COUNT; k++) {
		if (!c->methods[k].present)
			continue;
		fprintf(out, "    %-*s", c->methods[k].comment ? width : 0, method_names[k]);
		fputs(c->methods[k].comment ? "  " : "\n", out);
		if (c->methods[k].comment)
			wrapped(out, c->methods[k].comment, 4 + width + 2);
	}
}

void describe(FILE *out, const struct source *s)
{
	fprintf(out, "%s\n", s->path);
	for (int i = 0; i < s->packages.count; i++)
		fprintf(out, "%s%s%s", i ? ", " : "needs ", s->packages.at[i], i == s->packages.count - 1 ? "\n" : "");
	if (!s->classes.count)
		fputs("\nNo class: no struct with functions <struct>_forward, <struct>_prepare, <struct>_loss, ...\n", out);
	for (int i = 0; i < s->classes.count; i++) {
		const struct class *c = &s->classes.at[i];
		fprintf(out, "\n%s\n", c->name);
		if (c->comment) {
			fputs("  ", out);
			wrapped(out, c->comment, 2);
		}
		describe_fields(out, c, false);
		describe_fields(out, c, true);
		describe_methods(out, c);
	}
}
