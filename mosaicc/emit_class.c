/* emit_class.c: data classes: the file that is compiled once for each, with its methods under names and signatures that all trainers call,
** and the table of those that a trainer uses. */
#include "emit.h"

#include <string.h>

#define DATA_ARGS "const void *self, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module"
static const struct { enum method_kind kind; const char *args; } methods[] = {
	{METHOD_INIT, "void *self"}, {METHOD_PREPARE, DATA_ARGS}, {METHOD_TRANSFORM, DATA_ARGS}, {METHOD_INFO, "const void *self, mosaic_info *info"},
};
enum { METHODS = sizeof methods / sizeof *methods };

static void emit_prototypes(const struct class *c, const char *as, struct text *out)
{
	for (int k = 0; k < METHODS; k++)
		if (c->methods[methods[k].kind].present)
			text_printf(out, "void class_%s_%s(%s);\n", as, method_names[methods[k].kind], methods[k].args);
}

/* ---- the table of a trainer ------------------------------------------------------------------ */

/* What its functions are called by and its file: the class, and a number where other files of the sweep have a class of that name, too. */
const char *data_class_name(struct arena *a, const struct sweep *sweep, const struct module *m)
{
	VEC(const char *) paths = {0};
	for (int i = 0; i < sweep->pipelines.count; i++)
		for (int k = 0; k < sweep->pipelines.at[i].modules.count; k++) {
			const struct module *o = &sweep->pipelines.at[i].modules.at[k];
			if (!o->data || strcmp(o->class, m->class) != 0)
				continue;
			if (strcmp(o->path, m->path) == 0)
				return paths.count ? arena_printf(a, "%s_%d", m->class, paths.count + 1) : m->class;
			bool seen = false;
			for (int j = 0; j < paths.count; j++)
				seen = seen || strcmp(paths.at[j], o->path) == 0;
			if (!seen)
				VEC_PUSH(a, &paths, o->path);
		}
	return m->class;
}

int emit_data_classes(const struct emission *e, struct text *out)
{
	const struct pipeline *p = e->program->first;
	int count = 0;
	for (int i = 0; i < p->modules.count; i++) {
		const struct module *m = &p->modules.at[i];
		const struct class *c = m->data ? source_class(e->sources[i], m->class) : NULL;
		if (!c)
			continue;
		if (!count)
			text_printf(out, "\n/* The data classes: the user's code, compiled once for all programs from classes/. */\n");
		const char *name = data_class_name(e->arena, e->sweep, m);
		text_printf(out, "extern const struct mosaic_field class_%s_fields[];\n", name);
		emit_prototypes(c, name, out);
		text_printf(out, "static const char *const pairs_%d[] = {\n", count);
		for (int k = 0; k < m->params.count; k++)
			emit_setting(out, m->params.at[k].name, m->params.at[k].value);
		text_add(out, "\tNULL\n};\n");
		count++;
	}
	text_add(out, "static const struct mosaic_data_class data_classes[] = {\n");
	count = 0;
	for (int i = 0; i < p->modules.count; i++) {
		const struct module *m = &p->modules.at[i];
		const struct class *c = m->data ? source_class(e->sources[i], m->class) : NULL;
		if (!c)
			continue;
		const char *name = data_class_name(e->arena, e->sweep, m);
		text_add(out, "\t{.section = ");
		emit_c_string(out, m->section);
		text_printf(out, ", .class = \"%s\", .size = %ld, .fields = class_%s_fields, .field_count = %d, .pairs = pairs_%d", c->name, c->size, name, c->fields.count, count);
		for (int k = 0; k < METHODS; k++)
			if (c->methods[methods[k].kind].present)
				text_printf(out, ", .%s = class_%s_%s", method_names[methods[k].kind], name, method_names[methods[k].kind]);
		text_add(out, "},\n");
		count++;
	}
	text_add(out, "};\n");
	return count;
}

/* ---- the file of a class --------------------------------------------------------------------- */

static const char *field_kind_text(enum field_kind k)
{
	static const char *const names[] = {[FIELD_INT] = "INT", [FIELD_UINT] = "UINT", [FIELD_FLOAT] = "FLOAT", [FIELD_DOUBLE] = "FLOAT", [FIELD_BOOL] = "BOOL", [FIELD_STRING] = "STRING",
		[FIELD_ENUM] = "ENUM", [FIELD_INTS] = "INTS", [FIELD_FLOATS] = "FLOATS", [FIELD_DERIVED] = "DERIVED"};
	return names[k];
}

static void emit_field(const struct class *c, const struct field *f, struct text *out)
{
	text_printf(out, "\t{\"%s\", ", f->name);
	f->fallback ? emit_c_string(out, f->fallback) : text_add(out, "NULL");
	text_add(out, ", ");
	f->comment ? emit_c_string(out, f->comment) : text_add(out, "NULL");
	if (f->kind == FIELD_DERIVED)
		text_add(out, ", MOSAIC_FIELD_DERIVED, 0, 0, NULL},\n");
	else if (f->kind == FIELD_ENUM)
		text_printf(out, ", MOSAIC_FIELD_ENUM, sizeof ((struct %s *)0)->%s, offsetof(struct %s, %s), class_%s_names},\n", c->name, f->name, c->name, f->name, f->name);
	else
		text_printf(out, ", MOSAIC_FIELD_%s, sizeof ((struct %s *)0)->%s, offsetof(struct %s, %s), NULL},\n", field_kind_text(f->kind), c->name, f->name, c->name, f->name);
}

static void emit_adapter(const struct class *c, const char *as, enum method_kind kind, struct text *out)
{
	const struct method *m = &c->methods[kind];
	if (!m->present)
		return;
	const char *name = method_names[kind];
	if (kind == METHOD_INIT) {
		text_printf(out, "\nvoid class_%s_init(void *self)\n{\n\t%s_init(self);\n}\n", as, c->name);
	} else if (kind == METHOD_INFO) {
		text_printf(out, "\nvoid class_%s_info(const void *self, mosaic_info *info)\n{\n\t%s_info(self, info);\n}\n", as, c->name);
	} else {
		text_printf(out, "\nvoid class_%s_%s(const void *self, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module)\n{\n\t(void)run, (void)module;\n\t%s_%s(",
			as, name, c->name, name);
		if (kind == METHOD_PREPARE)            /* may write into self */
			text_printf(out, "(struct %s *)", c->name);
		text_printf(out, "self, data%s%s);\n}\n", m->run_info ? ", run" : "", m->module_info ? ", module" : "");
	}
}

void emit_class(const struct class *c, const char *as, const char *include_path, struct text *out)
{
	text_printf(out, "/* Class %s for trainers: its fields, and its methods under one signature. */\n#include \"trainer.h\"\n", c->name);
	/* In <>, and found by -idirafter: a module may have the name of this file, or of a header of the system. Neither form knows escapes. */
	text_printf(out, strchr(include_path, '>') ? "#include \"%s\"\n\n" : "#include <%s>\n\n", include_path);
	for (int i = 0; i < c->fields.count; i++) {
		const struct field *f = &c->fields.at[i];
		if (f->kind != FIELD_ENUM)
			continue;
		text_printf(out, "static const struct mosaic_enumerator class_%s_names[] = {", f->name);
		for (int k = 0; k < f->enumerators.count; k++)
			text_printf(out, "{\"%s\", %lld}, ", f->enumerators.at[k].name, (long long)f->enumerators.at[k].value);
		text_add(out, "{NULL, 0}};\n");
	}
	text_printf(out, "extern const struct mosaic_field class_%s_fields[];\nconst struct mosaic_field class_%s_fields[] = {\n", as, as);
	for (int i = 0; i < c->fields.count; i++)
		emit_field(c, &c->fields.at[i], out);
	text_add(out, c->fields.count ? "};\n" : "\t{0}\n};\n");
	emit_prototypes(c, as, out);
	for (int k = 0; k < METHODS; k++)
		emit_adapter(c, as, methods[k].kind, out);
}
