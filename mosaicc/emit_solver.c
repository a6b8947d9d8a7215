/* emit_solver.c: optimizers that take a whole step themselves (LBFGS, Levenberg-Marquardt): their memory and the call of the runtime. */
#include "emit.h"

void emit_solver(const struct emission *e, struct text *out)
{
	const struct optimizer *o = e->program->optimizer;
	text_add(out, "\n#if LANES != 1\n#error \"this optimizer trains one run at a time: LANES is 1\"\n#endif\n");
	if (o->history)
		text_printf(out, "\n/* Pairs of changes of weights and gradients, and places to work. */\nenum { HISTORY = %d };\nstatic struct {\n"
			"\tdouble direction[TRAINED], last_grads[TRAINED], changes[HISTORY][TRAINED], steps[HISTORY][TRAINED], ro[HISTORY];\n"
			"\tdouble weights[TRAINED], now[TRAINED], trial[TRAINED], low[TRAINED], high[TRAINED];\n} pairs;\n", o->history);
	else
		text_printf(out, "\n/* J'J and its factor, and places to work; predictions of a batch, and what chooses one of them. */\nenum { PREDICTED = %lld };\nstatic struct {\n"
			"\tdouble normal[TRAINED][TRAINED], factor[TRAINED][TRAINED], gradient[TRAINED], delta[TRAINED], row[TRAINED], weights[TRAINED];\n"
			"\treal predictions[BATCH][PREDICTED], seed[PREDICTED];\n} normal;\n",
			(long long)(shape_count(&graph_find_output(e->plan.graph, "prediction")->shape) / e->plan.graph->batch));
	text_printf(out, "\n/* %s */\nstatic void %s(const struct mosaic_step *step)\n{\n%s}\n", o->about, o->body, op_body_find(o->body, false)->text);
}

/* What the checkpoint holds of it. */
void emit_history_table(struct text *out)
{
	text_add(out, "static const struct mosaic_extra extras[] = {\n\t{\"direction\", 1, {TRAINED}, pairs.direction},\n\t{\"last_grads\", 1, {TRAINED}, pairs.last_grads},\n"
		"\t{\"changes\", 2, {HISTORY, TRAINED}, pairs.changes[0]},\n\t{\"steps\", 2, {HISTORY, TRAINED}, pairs.steps[0]},\n\t{\"ro\", 1, {HISTORY}, pairs.ro},\n};\n");
}
