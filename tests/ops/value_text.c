/* value_text.c: the value texts of elementwise.def, read as ordinary expressions and worked out with the C library in long double.
** No knowledge of single ops: only what the functions of real.h are called and what they mean. */
#include "reference.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum kind { PUSH, OPERAND, CALL };
struct step { enum kind kind; number value; int operand, arity; number (*f)(const number *x); };
struct value_text { const char *text; VEC(struct step) steps; };
struct parser { struct arena *arena; struct value_text *out; const char *at; };

#define F1(name, value) static number name(const number *x) { return value; }
F1(f_same, x[0])
F1(f_neg, -x[0])
F1(f_exp, expl(x[0]))
F1(f_exp2, exp2l(x[0]))
F1(f_expm1, expm1l(x[0]))
F1(f_log, logl(x[0]))
F1(f_log2, log2l(x[0]))
F1(f_log10, log10l(x[0]))
F1(f_log1p, log1pl(x[0]))
F1(f_sqrt, sqrtl(x[0]))
F1(f_rsqrt, 1 / sqrtl(x[0]))
F1(f_rcp, 1 / x[0])
F1(f_abs, fabsl(x[0]))
F1(f_sign, (x[0] > 0) - (x[0] < 0))
F1(f_sin, sinl(x[0]))
F1(f_cos, cosl(x[0]))
F1(f_tan, tanl(x[0]))
F1(f_asin, asinl(x[0]))
F1(f_acos, acosl(x[0]))
F1(f_atan, atanl(x[0]))
F1(f_sinh, sinhl(x[0]))
F1(f_cosh, coshl(x[0]))
F1(f_tanh, tanhl(x[0]))
F1(f_erf, erfl(x[0]))
F1(f_erfc, erfcl(x[0]))
F1(f_sigmoid, 1 / (1 + expl(-x[0])))
F1(f_softplus, log1pl(expl(-fabsl(x[0]))) + fmaxl(x[0], 0))
F1(f_cdf, erfcl(-x[0] * 0.70710678118654752440084436210485L) / 2)
F1(f_pdf, expl(-x[0] * x[0] / 2) * 0.39894228040143267793994605993438L)
F1(f_round, rintl(x[0]))
F1(f_floor, floorl(x[0]))
F1(f_ceil, ceill(x[0]))
F1(f_trunc, truncl(x[0]))
F1(f_add, x[0] + x[1])
F1(f_sub, x[0] - x[1])
F1(f_mul, x[0] * x[1])
F1(f_div, x[0] / x[1])
F1(f_pow, powl(x[0], x[1]))
F1(f_min, x[0] < x[1] ? x[0] : x[1])
F1(f_max, x[0] > x[1] ? x[0] : x[1])
F1(f_copysign, copysignl(x[0], x[1]))
F1(f_lt, x[0] < x[1])
F1(f_le, x[0] <= x[1])
F1(f_gt, x[0] > x[1])
F1(f_ge, x[0] >= x[1])
F1(f_eq, x[0] == x[1])
F1(f_ne, x[0] != x[1])
F1(f_and, x[0] != 0 && x[1] != 0)
F1(f_or, x[0] != 0 || x[1] != 0)
F1(f_not, x[0] == 0)
F1(f_sel, x[0] != 0 ? x[1] : x[2])
F1(f_fma, x[0] * x[1] + x[2])
F1(f_clamp, x[0] < x[1] ? x[1] : x[0] > x[2] ? x[2] : x[0])

static const struct { const char *name; int arity; number (*f)(const number *x); } functions[] = {
	{"R", 1, f_same}, {"splat_", 1, f_same}, {"bool_", 1, f_same}, {"exp_", 1, f_exp}, {"exp2_", 1, f_exp2}, {"expm1_", 1, f_expm1},
	{"log_", 1, f_log}, {"log2_", 1, f_log2}, {"log10_", 1, f_log10}, {"log1p_", 1, f_log1p}, {"sqrt_", 1, f_sqrt}, {"rsqrt_", 1, f_rsqrt},
	{"rcp_", 1, f_rcp}, {"abs_", 1, f_abs}, {"sign_", 1, f_sign}, {"sin_", 1, f_sin}, {"cos_", 1, f_cos}, {"tan_", 1, f_tan},
	{"asin_", 1, f_asin}, {"acos_", 1, f_acos}, {"atan_", 1, f_atan}, {"sinh_", 1, f_sinh}, {"cosh_", 1, f_cosh}, {"tanh_", 1, f_tanh},
	{"erf_", 1, f_erf}, {"erfc_", 1, f_erfc}, {"sigmoid_", 1, f_sigmoid}, {"softplus_", 1, f_softplus}, {"normal_cdf_", 1, f_cdf},
	{"normal_pdf_", 1, f_pdf}, {"round_", 1, f_round}, {"floor_", 1, f_floor}, {"ceil_", 1, f_ceil}, {"trunc_", 1, f_trunc},
	{"not_", 1, f_not}, {"div_", 2, f_div}, {"pow_", 2, f_pow}, {"min_", 2, f_min}, {"max_", 2, f_max}, {"copysign_", 2, f_copysign},
	{"lt_", 2, f_lt}, {"le_", 2, f_le}, {"gt_", 2, f_gt}, {"ge_", 2, f_ge}, {"eq_", 2, f_eq}, {"ne_", 2, f_ne}, {"and_", 2, f_and},
	{"or_", 2, f_or}, {"sel_", 3, f_sel}, {"fma_", 3, f_fma}, {"clamp_", 3, f_clamp}};

static void parse_sum(struct parser *p);

static void add_step(struct parser *p, struct step s)
{
	VEC_PUSH(p->arena, &p->out->steps, s);
}

static void call(struct parser *p, int arity, number (*f)(const number *x))
{
	add_step(p, (struct step){.kind = CALL, .arity = arity, .f = f});
}

static bool next_is(struct parser *p, char c)
{
	p->at += strspn(p->at, " ");
	if (*p->at != c)
		return false;
	p->at++;
	return true;
}

static void parse_call(struct parser *p, const char *name)
{
	int count = 0;
	do {
		parse_sum(p);
		count++;
	} while (next_is(p, ','));
	if (!next_is(p, ')'))
		die("missing ) in \"%s\"", p->out->text);
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
		if (strcmp(functions[i].name, name) == 0 && functions[i].arity == count) {
			call(p, count, functions[i].f);
			return;
		}
	die("value_text.c does not know %s of %d arguments in \"%s\": add a line to its table", name, count, p->out->text);
}

static void parse_primary(struct parser *p)
{
	if (next_is(p, '-')) {
		parse_primary(p);
		call(p, 1, f_neg);
	} else if (next_is(p, '(')) {
		parse_sum(p);
		if (!next_is(p, ')'))
			die("missing ) in \"%s\"", p->out->text);
	} else if (isdigit((unsigned char)*p->at)) {
		char *end;
		add_step(p, (struct step){.kind = PUSH, .value = strtold(p->at, &end)});
		p->at = end;
	} else {
		char name[32] = "";
		size_t n = 0;
		for (; (isalnum((unsigned char)*p->at) || *p->at == '_') && n < sizeof name - 1; p->at++)
			name[n++] = *p->at;
		if (next_is(p, '('))
			parse_call(p, name);
		else if (n == 1 && name[0] >= 'a' && name[0] <= 'c')
			add_step(p, (struct step){.kind = OPERAND, .operand = name[0] - 'a'});
		else
			die("unknown name '%s' in \"%s\"", name, p->out->text);
	}
}

static void parse_product(struct parser *p)
{
	parse_primary(p);
	for (;;) {
		bool times = next_is(p, '*');
		if (!times && !next_is(p, '/'))
			return;
		parse_primary(p);
		call(p, 2, times ? f_mul : f_div);
	}
}

static void parse_sum(struct parser *p)
{
	parse_product(p);
	for (;;) {
		bool plus = next_is(p, '+');
		if (!plus && !next_is(p, '-'))
			return;
		parse_product(p);
		call(p, 2, plus ? f_add : f_sub);
	}
}

const struct value_text *value_text_parse(struct arena *a, const char *text)
{
	struct value_text *v = arena_alloc(a, sizeof *v);
	struct parser p = {a, v, text};
	v->text = text;
	parse_sum(&p);
	if (*p.at)
		die("text after the end of \"%s\"", text);
	return v;
}

void value_text_apply(const struct value_text *v, int64_t count, const number *const operand[3], number *out)
{
	for (int64_t e = 0; e < count; e++) {
		number stack[32];
		int top = 0;
		for (int i = 0; i < v->steps.count; i++) {
			const struct step *s = &v->steps.at[i];
			if (top >= 31)
				die("\"%s\" is too deep", v->text);
			if (s->kind == PUSH)
				stack[top++] = s->value;
			else if (s->kind == OPERAND)
				stack[top++] = operand[s->operand][e];
			else {
				top -= s->arity;
				stack[top] = s->f(stack + top);
				top++;
			}
		}
		out[e] = stack[0];
	}
}
