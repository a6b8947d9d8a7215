/* store.c: bound config text into the bytes of a module's struct, for the tracing child. The same function stores the fields of data
** classes in trainers, so that both read a value alike. */
#include "trace.h"

#include <trainer.h>

#include "trainer/driver.h"

static enum mosaic_field_kind trainer_kind(enum field_kind kind)
{
	static const enum mosaic_field_kind kinds[] = {
		[FIELD_INT] = MOSAIC_FIELD_INT, [FIELD_UINT] = MOSAIC_FIELD_UINT, [FIELD_FLOAT] = MOSAIC_FIELD_FLOAT,
		[FIELD_DOUBLE] = MOSAIC_FIELD_FLOAT, [FIELD_BOOL] = MOSAIC_FIELD_BOOL, [FIELD_STRING] = MOSAIC_FIELD_STRING,
		[FIELD_ENUM] = MOSAIC_FIELD_ENUM, [FIELD_INTS] = MOSAIC_FIELD_INTS, [FIELD_FLOATS] = MOSAIC_FIELD_FLOATS,
		[FIELD_DERIVED] = MOSAIC_FIELD_DERIVED,
	};
	return kinds[kind];
}

static const struct mosaic_enumerator *enumerators(struct arena *a, const struct field *f)
{
	struct mosaic_enumerator *list = arena_alloc(a, ((size_t)f->enumerators.count + 1) * sizeof *list);
	for (int i = 0; i < f->enumerators.count; i++)
		list[i] = (struct mosaic_enumerator){f->enumerators.at[i].name, f->enumerators.at[i].value};
	return list;
}

void *bind_store(struct arena *a, const struct bound *bound)
{
	struct trainer_pool pool = {0};        /* texts and lists live as long as the child */
	char *self = arena_alloc(a, (size_t)bound->class->size + 1), why[512];
	for (int i = 0; i < bound->fields.count; i++) {
		const struct bound_field *b = &bound->fields.at[i];
		const struct field *f = b->field;
		if (f->kind == FIELD_DERIVED || !b->text)
			continue;
		struct mosaic_field field = {
			.name = f->name, .kind = trainer_kind(f->kind), .size = f->size, .offset = (size_t)f->offset, .enumerators = enumerators(a, f),
		};
		if (!trainer_field_set(&pool, bound->class->name, &field, self, b->text, why, sizeof why))
			watch_fail(why);
	}
	return self;
}
