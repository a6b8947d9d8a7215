/* fuzz_config.c: any bytes as a config. Nothing may crash; what is accepted must be whole. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

static void check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

static void check_sweep(const struct sweep *s)
{
	check(s->pipelines.count > 0 && s->multiplicity > 0 && s->epochs > 0, "counts");
	check(s->optimizer && s->precision && s->database && s->run_files_path && (s->loss_function || s->loss.class), "settings");
	for (int i = 0; i < s->pipelines.count; i++) {
		const struct pipeline *p = &s->pipelines.at[i];
		check(p->line && p->modules.count > 1, "pipeline");
		for (int k = 0; k < p->modules.count; k++) {
			const struct module *m = &p->modules.at[k];
			check(m->section && m->type && m->class && m->key, "module");
			for (int j = 0; j < m->params.count; j++) {
				const struct param *q = &m->params.at[j];
				check(name_is_identifier(q->name) && q->value && q->at.line > 0 && q->at.col > 0, "param");
				check(!strpbrk(q->value, "\n\r\x1b"), "no control character in a value");
			}
		}
	}
	struct text json = {0};
	pipelines_json(s, &json);
	text_free(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena a = {0};
	struct sweep sweep = {.run_limit = 300};
	if (!diag.out)
		diag.out = fopen("/dev/null", "w");
	diag.errors = diag.seen.count = 0;
	char *text = arena_strndup(&a, (const char *)bytes, size);
	bool ok = ini_parse(&a, "fuzz.ini", text, size, &sweep.ini) && expand(&a, &sweep);
	check(ok == (diag.errors == 0), "refused with a message, or accepted without");
	if (ok)
		check_sweep(&sweep);
	arena_free(&a);
	return 0;
}
