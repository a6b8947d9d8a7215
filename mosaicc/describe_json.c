/* describe_json.c: `mosaicc --describe FILE --json`: what a source offers to a config, for scripts and editors. */
#include "build.h"

#include <jansson.h>
#include <stdlib.h>

static json_t *text_or_null(const char *s)
{
	return s ? text_json(s) : json_null();
}

static json_t *field_json(const struct field *f)
{
	static const char *const kinds[] = {
		[FIELD_INT] = "integer", [FIELD_UINT] = "integer", [FIELD_FLOAT] = "number", [FIELD_DOUBLE] = "number", [FIELD_BOOL] = "bool", [FIELD_STRING] = "text",
		[FIELD_ENUM] = "choice", [FIELD_INTS] = "integers", [FIELD_FLOATS] = "numbers", [FIELD_DERIVED] = "derived"};
	json_t *o = json_pack("{so so ss so so si}", "name", text_json(f->name), "type", text_or_null(f->type), "kind", kinds[f->kind], "default", text_or_null(f->fallback),
		"comment", text_or_null(f->comment), "line", f->at.line);
	json_t *values = json_array();
	for (int i = 0; i < f->enumerators.count; i++)
		json_array_append_new(values, text_json(f->enumerators.at[i].name));
	if (f->kind == FIELD_ENUM)
		json_object_set(o, "values", values);
	json_decref(values);
	return o;
}

static json_t *class_json(const struct class *c)
{
	json_t *parameters = json_array(), *derived = json_array(), *methods = json_array();
	for (int i = 0; i < c->fields.count; i++)
		json_array_append_new(c->fields.at[i].kind == FIELD_DERIVED ? derived : parameters, field_json(&c->fields.at[i]));
	for (int k = 0; k < METHOD_COUNT; k++)
		if (c->methods[k].present)
			json_array_append_new(methods, json_pack("{ss so si}", "name", method_names[k], "comment", text_or_null(c->methods[k].comment), "line", c->methods[k].at.line));
	return json_pack("{so so si so so so}", "name", text_json(c->name), "comment", text_or_null(c->comment), "line", c->at.line, "parameters", parameters, "derived", derived,
		"methods", methods);
}

void describe_json(FILE *out, const struct source *s)
{
	json_t *packages = json_array(), *classes = json_array();
	for (int i = 0; i < s->packages.count; i++)
		json_array_append_new(packages, text_json(s->packages.at[i]));
	for (int i = 0; i < s->classes.count; i++)
		json_array_append_new(classes, class_json(&s->classes.at[i]));
	json_t *all = json_pack("{so so so}", "file", text_json(s->path), "packages", packages, "classes", classes);
	char *text = all ? json_dumps(all, JSON_INDENT(1)) : NULL;
	if (!text)
		die("a module could not be described as JSON");
	fprintf(out, "%s\n", text);
	free(text);
	json_decref(all);
}
