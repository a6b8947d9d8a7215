/* reflect_error.c: what is said about a class or a method that the config asks for and the source does not have. */
#include "mosaicc.h"

static void list_classes(const struct source *s, struct text *out)
{
	for (int i = 0; i < s->classes.count; i++)
		text_printf(out, "%s%s", i ? ", " : "", s->classes.at[i].name);
}

void err_no_class(const struct source *s, const char *name, struct place at)
{
	struct arena a = {0};
	struct text list = {0};
	VEC(const char *) names = {0};
	for (int i = 0; i < s->classes.count; i++)
		VEC_PUSH(&a, &names, s->classes.at[i].name);
	list_classes(s, &list);
	if (err_once(at, "there is no class '%s' in %s", shown(&a, name), s->path)) {
		const char *near = nearest_name(name, names.at, names.count);
		if (near)
			hint("did you mean '%s'? Classes there: %s", near, list.at);
		else if (names.count)
			hint("classes there: %s", list.at);
		else
			hint("a class is a struct and functions named after it: struct %s { ... }; nn_tensor %s_forward(...)", shown(&a, name), shown(&a, name));
	}
	text_free(&list);
	arena_free(&a);
}

void err_no_method(const struct class *c, enum method_kind method, struct place at)
{
	struct arena a = {0};
	if (err_once(at, "class %s has no method %s_%s", c->name, c->name, method_names[method])) {
		note(c->at, "the class is here");
		hint("write %s", method_prototype(&a, c->name, method));
	}
	arena_free(&a);
}
