/* shim.c: the text of a shim: a C file that includes the user's source and gives every method one uniform signature. So static
** functions are reached, the C compiler checks every call, and the layout that libclang reported is asserted. */
#include "trace.h"

#include <string.h>

static void asserts(const struct class *c, struct text *out)
{
	text_printf(out, "_Static_assert(sizeof(struct %s) == %ld, \"size of struct %s\");\n", c->name, c->size, c->name);
	for (int i = 0; i < c->fields.count; i++) {
		const struct field *f = &c->fields.at[i];
		if (f->kind == FIELD_DERIVED)
			continue;                          /* may be a bit-field, which has no offset */
		text_printf(out, "_Static_assert(offsetof(struct %s, %s) == %ld, \"place of %s.%s\");\n", c->name, f->name, f->offset, c->name, f->name);
	}
}

/* "in[0], in[1]", or the whole list for a method that takes nn_tensors; then what else it declares. */
static void arguments(const struct method *m, struct text *out)
{
	if (m->tensors < 0)
		text_add(out, ", list");
	for (int i = 0; i < m->tensors; i++)
		text_printf(out, ", in[%d]", i);
	if (m->run_info)
		text_add(out, ", run");
	if (m->module_info)
		text_add(out, ", module");
}

static void head(const struct class *c, enum method_kind kind, const char *parameters, struct text *out)
{
	text_printf(out, "void mosaicc_%s_%s(%s)\n{\n", c->name, method_names[kind], parameters);
}

/* forward, loss, metric: tensors in a list, tensors out of one. */
static void tensor_method(const struct class *c, enum method_kind kind, struct text *out)
{
	const struct method *m = &c->methods[kind];
	head(c, kind, "const void *self, const nn_tensor *in, int count, nn_tensors *out, const mosaic_run_info *run,"
		" const mosaic_module_info *module", out);
	text_add(out, "\t(void)in, (void)count, (void)out, (void)run, (void)module;\n");
	if (m->tensors < 0)
		text_add(out, "\tnn_tensors list = {.count = count};\n\tfor (int i = 0; i < count; i++)\n\t\tlist.at[i] = in[i];\n");
	if (!m->returns_void)
		text_add(out, m->returns_tensors ? "\t*out = " : "\tout->count = 1;\n\tout->at[0] = ");
	text_printf(out, "%s%s_%s(self", m->returns_void ? "\t" : "", c->name, method_names[kind]);
	arguments(m, out);
	text_add(out, ");\n}\n");
}

static void plain_method(const struct class *c, enum method_kind kind, const char *parameters, const char *call, struct text *out)
{
	struct text rest = {0};
	text_add(&rest, "");
	arguments(&c->methods[kind], &rest);
	head(c, kind, parameters, out);
	text_printf(out, "\t%s_%s(", c->name, method_names[kind]);
	if (kind == METHOD_PREPARE)                /* may write into self */
		text_printf(out, "(struct %s *)", c->name);
	text_printf(out, "self%s%s);\n}\n", call, rest.at);
	text_free(&rest);
}

static void class_shim(const struct class *c, struct text *out)
{
	text_printf(out, "\n/* %s */\n", c->name);
	asserts(c, out);
	for (enum method_kind k = 0; k < METHOD_COUNT; k++) {
		if (!c->methods[k].present)
			continue;
		if (k == METHOD_INIT) {
			plain_method(c, k, "void *self", "", out);
		} else if (k == METHOD_INFO) {
			plain_method(c, k, "const void *self, mosaic_info *info, const mosaic_run_info *run, const mosaic_module_info *module", ", info", out);
		} else if (k == METHOD_PREPARE || k == METHOD_TRANSFORM) {
			plain_method(c, k, "const void *self, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module", ", data", out);
		} else if (k == METHOD_FORWARD || k == METHOD_LOSS || k == METHOD_METRIC) {
			tensor_method(c, k, out);
		} else if (k == METHOD_PARAMETERS) {
			text_printf(out, "void mosaicc_%s_parameters(const void *self, const char *name, nn_group *out)\n{\n"
				"\t%s%s_parameters(self, name)%s;\n}\n", c->name, c->methods[k].returns_group ? "*out = " : "*out = (nn_group){.frozen = !", c->name,
				c->methods[k].returns_group ? "" : "}");
		}
	}
}

void shim_text(const struct source *s, const char *real_path, struct text *out)
{
	text_add(out, "/* Made by mosaicc " MOSAICC_VERSION ": reaches the methods of the source below. */\n");
	text_printf(out, "#include \"%s\"\n#include <mosaic.h>\n#include <stddef.h>\n", real_path);
	for (int i = 0; i < s->classes.count; i++)
		class_shim(&s->classes.at[i], out);
}
