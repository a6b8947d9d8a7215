/* schedule.c: learning rates that change: torch.optim.lr_scheduler's, by its names. The rate of a step follows from the epoch, the step and
** the history of the run alone, so that a resumed run goes on with the same. Only + - * / of doubles: the same bits on every machine. */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

enum kind { NONE, CONSTANT, STEP, MULTI_STEP, EXPONENTIAL, LINEAR, POLYNOMIAL, COSINE, RESTARTS, ONE_CYCLE, PLATEAU };
static const char *const kinds[] = {"none", "ConstantLR", "StepLR", "MultiStepLR", "ExponentialLR", "LinearLR", "PolynomialLR", "CosineAnnealingLR",
	"CosineAnnealingWarmRestarts", "OneCycleLR", "ReduceLROnPlateau"};
enum { KINDS = sizeof kinds / sizeof *kinds, MILESTONES_MAX = 64 };

enum key { STEP_SIZE, GAMMA, START_FACTOR, END_FACTOR, TOTAL_ITERS, POWER, T_MAX, ETA_MIN, T_0, T_MULT, PCT_START, ANNEAL_STRATEGY, THREE_PHASE, DIV_FACTOR,
	FINAL_DIV_FACTOR, CYCLE_MOMENTUM, BASE_MOMENTUM, MAX_MOMENTUM, FACTOR, PATIENCE, MODE, THRESHOLD, THRESHOLD_MODE, COOLDOWN, MIN_LR, WARMUP, KEYS };
#define BIT(kind) (1u << (kind))
/* Defaults of torch, and the schedulers that read a key. T_max: mosaicc sets the epochs of the configuration, so that a run that is trained further keeps it. */
static const struct { const char *name; double fallback; unsigned of; } keys[KEYS] = {
	[STEP_SIZE] = {"step_size", 30, BIT(STEP)},
	[GAMMA] = {"gamma", 0.1, BIT(STEP) | BIT(MULTI_STEP) | BIT(EXPONENTIAL)},
	[START_FACTOR] = {"start_factor", 1.0 / 3, BIT(LINEAR)},
	[END_FACTOR] = {"end_factor", 1, BIT(LINEAR)},
	[TOTAL_ITERS] = {"total_iters", 5, BIT(CONSTANT) | BIT(LINEAR) | BIT(POLYNOMIAL)},
	[POWER] = {"power", 1, BIT(POLYNOMIAL)},
	[T_MAX] = {"T_max", 100, BIT(COSINE) | BIT(ONE_CYCLE)},
	[ETA_MIN] = {"eta_min", 0, BIT(COSINE) | BIT(RESTARTS)},
	[T_0] = {"T_0", 10, BIT(RESTARTS)},
	[T_MULT] = {"T_mult", 1, BIT(RESTARTS)},
	[PCT_START] = {"pct_start", 0.3, BIT(ONE_CYCLE)},
	[ANNEAL_STRATEGY] = {"anneal_strategy", 0, BIT(ONE_CYCLE)},
	[THREE_PHASE] = {"three_phase", 0, BIT(ONE_CYCLE)},
	[DIV_FACTOR] = {"div_factor", 25, BIT(ONE_CYCLE)},
	[FINAL_DIV_FACTOR] = {"final_div_factor", 1e4, BIT(ONE_CYCLE)},
	[CYCLE_MOMENTUM] = {"cycle_momentum", 1, BIT(ONE_CYCLE)},
	[BASE_MOMENTUM] = {"base_momentum", 0.85, BIT(ONE_CYCLE)},
	[MAX_MOMENTUM] = {"max_momentum", 0.95, BIT(ONE_CYCLE)},
	[FACTOR] = {"factor", 0.1, BIT(PLATEAU) | BIT(CONSTANT)},
	[PATIENCE] = {"patience", 10, BIT(PLATEAU)},
	[MODE] = {"mode", 0, BIT(PLATEAU)},
	[THRESHOLD] = {"threshold", 1e-4, BIT(PLATEAU)},
	[THRESHOLD_MODE] = {"threshold_mode", 0, BIT(PLATEAU)},
	[COOLDOWN] = {"cooldown", 0, BIT(PLATEAU)},
	[MIN_LR] = {"min_lr", 0, BIT(PLATEAU)},
	[WARMUP] = {"warmup_epochs", 0, ~0u},
};

/* Keys that are words: 0 or 1, the place of theirs. */
static const char *const choices[KEYS][2] = {[ANNEAL_STRATEGY] = {"cos", "linear"}, [MODE] = {"min", "max"}, [THRESHOLD_MODE] = {"rel", "abs"}};

struct trainer_schedule {
	enum kind kind;
	double lr, at[KEYS], milestones[MILESTONES_MAX];
	int milestone_count, lr_row, momentum_row;       /* rows of hyper; -1: the optimiser has none */
	/* PLATEAU: what the first `seen` rows of the history say. */
	int64_t seen;
	double best, scale;
	int bad, cooling;
};

bool trainer_schedule_key(const char *name)
{
	for (int k = 0; k < KEYS; k++)
		if (strcmp(keys[k].name, name) == 0)
			return true;
	return strcmp(name, "scheduler") == 0 || strcmp(name, "milestones") == 0;
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool read_milestones(struct trainer_schedule *s, const char *text, char *why, size_t size)
{
	const char *c = text + strspn(text, " [");
	while (*c && *c != ']') {
		char *end;
		double v = strtod(c, &end);
		if (end == c || s->milestone_count == MILESTONES_MAX || !(v >= 0 && v <= 1e9) || (s->milestone_count && v < s->milestones[s->milestone_count - 1])) {
			snprintf(why, size, "milestones: '%s' is no list of at most %d epochs that rise, such as [30, 80]", text, MILESTONES_MAX);
			return false;
		}
		s->milestones[s->milestone_count++] = v;
		c = end + strspn(end, " ,");
	}
	return true;
}

static int row_of(const struct mosaic_optimizer *o, const char *name)
{
	for (int i = 0; i < o->hyper_count; i++)
		if (strcmp(o->hyper_names[i], name) == 0)
			return i;
	return -1;
}

static bool read_key(struct trainer_schedule *s, enum key k, const char *text, char *why, size_t size)
{
	static const char counts[] = " step_size total_iters T_max T_0 T_mult ";
	char padded[32];
	double v;
	s->at[k] = k == FACTOR && s->kind == CONSTANT ? 1.0 / 3 : keys[k].fallback;
	if (!text)
		return true;
	if (choices[k][0]) {
		s->at[k] = strcmp(text, choices[k][1]) == 0;
		if (s->at[k] != 0 || strcmp(text, choices[k][0]) == 0)
			return true;
		snprintf(why, size, "%s: '%s' is neither %s nor %s", keys[k].name, text, choices[k][0], choices[k][1]);
		return false;
	}
	bool yes = strcmp(text, "true") == 0, no = strcmp(text, "false") == 0;
	if (!yes && !no && !trainer_number(text, &s->at[k])) {
		snprintf(why, size, "%s: '%s' is not a number", keys[k].name, text);
		return false;
	}
	v = s->at[k] = yes ? 1 : no ? 0 : s->at[k];
	snprintf(padded, sizeof padded, " %s ", keys[k].name);
	bool count = strstr(counts, padded) != NULL;
	if (v < 0 || (count && (v < 1 || v != (double)(int64_t)v)) || (k == PCT_START && !(v > 0 && v < 1)) || ((k == DIV_FACTOR || k == FINAL_DIV_FACTOR) && v == 0)) {
		snprintf(why, size, "%s: %s is out of range", keys[k].name, text);
		return false;
	}
	return true;
}

bool trainer_schedule_read(const struct mosaic_program *p, struct trainer_run *run, trainer_setting_of *get, char *why, size_t size)
{
	const char *name = get(p, run, "scheduler"), *milestones = get(p, run, "milestones"), *warmup = get(p, run, "warmup_epochs");
	int kind = 0;
	if (!name && !warmup)
		return true;
	while (name && kind < KINDS && strcmp(kinds[kind], name) != 0)
		kind++;
	if (kind == KINDS) {
		const char *near = trainer_nearest(name, kinds, KINDS);
		snprintf(why, size, "there is no scheduler '%s'%s%s%s", name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
		return false;
	}
	struct trainer_schedule *s = trainer_pool_alloc(&run->pool, 1, sizeof *s);
	*s = (struct trainer_schedule){.kind = kind, .scale = 1, .lr_row = row_of(&p->optimizer, "lr")};
	s->momentum_row = row_of(&p->optimizer, "beta1") >= 0 ? row_of(&p->optimizer, "beta1") : row_of(&p->optimizer, "momentum");
	for (int k = 0; k < KEYS; k++) {
		const char *text = get(p, run, keys[k].name);
		if (!read_key(s, k, text, why, size))
			return false;
		if (text && keys[k].of >> kind & 1)
			trainer_pairs_set(&run->pool, &run->facts, keys[k].name, text);
	}
	if (milestones && !read_milestones(s, milestones, why, size))
		return false;
	if (milestones && kind == MULTI_STEP)
		trainer_pairs_set(&run->pool, &run->facts, "milestones", milestones);
	trainer_pairs_set(&run->pool, &run->facts, "scheduler", kinds[kind]);
	s->lr = s->lr_row >= 0 ? run->hyper[s->lr_row] : 0;
	s->best = s->at[MODE] != 0 ? -__builtin_inf() : __builtin_inf();
	run->schedule = s;
	return true;
}

/* ---- arithmetic ----------------------------------------------------------------------------- */

static double power(double x, int64_t n)
{
	double r = 1;
	for (; n > 0; n /= 2, x *= x)
		if (n % 2)
			r *= x;
	return r;
}

/* cos(pi u) for u in [0, 1], by its series. */
static double cos_pi(double u)
{
	double x = 3.14159265358979323846 * (u > 0.5 ? 1 - u : u), x2 = x * x, sum = 1;
	for (int k = 24; k > 0; k -= 2)
		sum = 1 - x2 * sum / (k * (k - 1));
	return u > 0.5 ? -sum : sum;
}

/* From `from` at u = 0 to `to` at u = 1, along half a cosine. */
static double annealed(double from, double to, double u)
{
	return to + (from - to) * (1 + cos_pi(u < 0 ? 0 : u > 1 ? 1 : u)) / 2;
}

/* The fractional power of PolynomialLR: x^y for x in [0, 1] by exp and log of their series; whole powers exactly. */
static double fraction_power(double x, double y)
{
	if (x <= 0)
		return 0;
	if (y == (double)(int64_t)y)
		return power(x, (int64_t)y);
	int halvings = 0;
	for (; x < 0.7071067811865476; halvings++)
		x *= 2;
	double t = (x - 1) / (x + 1), t2 = t * t, log = 0;
	for (int k = 41; k > 0; k -= 2)
		log = t2 * log + 2.0 / k;
	double e = y * (t * log - halvings * 0.69314718055994530942), r = 1;
	int doublings = 0;
	for (; e < -0.5; doublings++)
		e /= 2;
	for (int k = 20; k > 0; k--)
		r = 1 + e * r / k;
	for (; doublings > 0; doublings--)
		r *= r;
	return r;
}

/* ---- the schedules -------------------------------------------------------------------------- */

/* Epoch within the restart that `t` belongs to, and its length. */
static void find_restart(const struct trainer_schedule *s, double t, double *since, double *length)
{
	*length = s->at[T_0];
	if (s->at[T_MULT] == 1) {
		*since = t - (double)(int64_t)(t / *length) * *length;
		return;
	}
	while (t >= *length) {
		t -= *length;
		*length *= s->at[T_MULT];
	}
	*since = t;
}

/* torch.optim.lr_scheduler.ReduceLROnPlateau: validation_loss where there is a validation part, else train_loss. */
static void look_at_history(struct trainer_schedule *s, const struct trainer_run *run, int columns)
{
	int rows = run->validation ? 3 * columns : 2 * columns, at = run->validation ? 2 * columns : 0;
	for (; s->seen < run->history_rows && s->seen < run->epoch; s->seen++) {
		double loss = run->history[s->seen * rows + at];
		double by = s->at[MODE] != 0 ? s->at[THRESHOLD] : -s->at[THRESHOLD], enough = s->at[THRESHOLD_MODE] != 0 ? s->best + by : s->best * (1 + by);
		if (s->at[MODE] != 0 ? loss > enough : loss < enough) {
			s->best = loss;
			s->bad = 0;
		} else
			s->bad++;
		if (s->cooling > 0) {
			s->cooling--;
			s->bad = 0;
		}
		if (s->bad > s->at[PATIENCE]) {
			double now = s->lr * s->scale, next = now * s->at[FACTOR] > s->at[MIN_LR] ? now * s->at[FACTOR] : s->at[MIN_LR];
			s->scale = now - next > 1e-8 ? s->scale * (next / now) : s->scale;
			s->cooling = (int)s->at[COOLDOWN];
			s->bad = 0;
		}
	}
}

static double of_epoch(const struct trainer_schedule *s, int64_t t)
{
	double lr = s->lr, most = s->at[TOTAL_ITERS], done = t < most ? (double)t : most, since, length;
	int passed = 0;
	switch (s->kind) {
	case CONSTANT: return (double)t < most ? lr * s->at[FACTOR] : lr;
	case STEP: return lr * power(s->at[GAMMA], t / (int64_t)s->at[STEP_SIZE]);
	case MULTI_STEP:
		while (passed < s->milestone_count && (double)t >= s->milestones[passed])
			passed++;
		return lr * power(s->at[GAMMA], passed);
	case EXPONENTIAL: return lr * power(s->at[GAMMA], t);
	case LINEAR: return lr * (s->at[START_FACTOR] + (s->at[END_FACTOR] - s->at[START_FACTOR]) * done / most);
	case POLYNOMIAL: return lr * fraction_power(1 - done / most, s->at[POWER]);
	case COSINE:
		since = (double)(t % (2 * (int64_t)s->at[T_MAX])) / s->at[T_MAX];    /* back up again after T_max, as torch does */
		return annealed(lr, s->at[ETA_MIN], since > 1 ? 2 - since : since);
	case RESTARTS:
		find_restart(s, (double)t, &since, &length);
		return annealed(lr, s->at[ETA_MIN], since / length);
	case PLATEAU: return lr * s->scale;
	default: return lr;
	}
}

/* torch's OneCycleLR; lr is its max_lr. Up, down to the last rate; three phases: up, down to the first rate, down to the last one. */
static void one_cycle(const struct trainer_schedule *s, double step, double steps, double *lr, double *momentum)
{
	double first = s->lr / s->at[DIV_FACTOR], last = first / s->at[FINAL_DIV_FACTOR], high = s->at[MAX_MOMENTUM], low = s->at[BASE_MOMENTUM];
	double up = s->at[PCT_START] * steps - 1, down = s->at[THREE_PHASE] != 0 ? 2 * up : steps - 1, after = s->at[THREE_PHASE] != 0 ? first : last;
	double from = 0, to = up, lrs[] = {first, s->lr}, momenta[] = {high, low};
	if (step > up) {
		bool falls = step <= down || down >= steps - 1;
		from = falls ? up : down;
		to = falls ? down : steps - 1;
		lrs[0] = falls ? s->lr : first;
		lrs[1] = falls ? after : last;
		momenta[0] = falls ? low : high;
		momenta[1] = high;
	}
	double u = to > from && step < to ? (step - from) / (to - from) : 1;
	bool straight = s->at[ANNEAL_STRATEGY] != 0;
	*lr = straight ? lrs[0] + (lrs[1] - lrs[0]) * u : annealed(lrs[0], lrs[1], u);
	*momentum = straight ? momenta[0] + (momenta[1] - momenta[0]) * u : annealed(momenta[0], momenta[1], u);
}

bool trainer_schedule_steps(const struct trainer_run *run)
{
	return run->schedule && (run->schedule->kind == ONE_CYCLE || run->schedule->at[WARMUP] > 0);
}

void trainer_schedule_apply(const struct mosaic_program *p, struct trainer_run *run, int64_t epoch, int64_t step, int64_t steps, double *hyper)
{
	struct trainer_schedule *s = run->schedule;
	double lr, momentum;
	if (!s || s->lr_row < 0)
		return;
	if (s->kind == PLATEAU)
		look_at_history(s, run, p->column_count);
	lr = of_epoch(s, epoch);
	if (s->kind == ONE_CYCLE) {
		one_cycle(s, (double)(epoch * steps + step), s->at[T_MAX] * (double)steps, &lr, &momentum);
		if (s->at[CYCLE_MOMENTUM] != 0 && s->momentum_row >= 0)
			hyper[s->momentum_row * p->lanes] = momentum;
	}
	double warm = ((double)epoch * (double)steps + (double)step + 1) / (s->at[WARMUP] * (double)steps);
	hyper[s->lr_row * p->lanes] = s->at[WARMUP] > 0 && warm < 1 ? lr * warm : lr;
}
