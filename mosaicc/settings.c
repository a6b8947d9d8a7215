/* settings.c: the keys of [PROCESS], [MONITOR] and [SEARCH] in one table. Their checks, the messages about them and the tables of
** doc/config.md follow from it. A loss of builtin.c or an optimiser of templates/optimizers/ has its name and its keys here;
** tests/config/names.sh compares. */
#include "config.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LOSSES "MSELoss L1Loss SmoothL1Loss HuberLoss BCELoss BCEWithLogitsLoss CrossEntropyLoss NLLLoss KLDivLoss PoissonNLLLoss " \
	"GaussianNLLLoss HingeEmbeddingLoss CosineEmbeddingLoss MarginRankingLoss"
#define OPTIMIZERS "Adam AdamW SGD RMSprop Adagrad Adadelta NAdam RAdam Adamax Lion LBFGS LevenbergMarquardt"
#define DECAYING "Adam AdamW SGD RMSprop Adagrad Adadelta NAdam RAdam Adamax Lion"
#define ADAMS "Adam AdamW NAdam RAdam Adamax"
#define SCHEDULERS "none ConstantLR StepLR MultiStepLR ExponentialLR LinearLR PolynomialLR CosineAnnealingLR CosineAnnealingWarmRestarts OneCycleLR ReduceLROnPlateau"
#define FLOAT_MOST 3.4028234e38

#define PROCESS(key, type, ...) {.section = "PROCESS", .name = key, .kind = SETTING_##type, __VA_ARGS__}
#define MONITOR(key, type, ...) {.section = "MONITOR", .name = key, .kind = SETTING_##type, .single = true, __VA_ARGS__}
#define SEARCH(key, type, ...) {.section = "SEARCH", .name = key, .kind = SETTING_##type, .single = true, __VA_ARGS__}
#define OPTIMIZER(...) .reader = READ_BY_OPTIMIZER, .of = __VA_ARGS__
#define SCHEDULER(...) .reader = READ_BY_SCHEDULER, .of = __VA_ARGS__
#define LOSS(...) .reader = READ_BY_LOSS, .of = __VA_ARGS__

const struct setting settings[] = {
	PROCESS("data_scheme", TYPES, .single = true, .required = true,
		.doc = "types of the data modules, in the order in which they prepare the data"),
	PROCESS("pipeline_scheme", TYPES, .single = true, .required = true,
		.doc = "types of the modules that the data goes through, in order"),
	PROCESS("epochs", INT, .low = 1, .high = 1e9, .required = true, .doc = "how often the train part is gone through"),
	PROCESS("lr", FLOAT, .low = 0, .high = FLOAT_MOST, .fallback = "1e-3", .of = DECAYING " LBFGS", .doc = "learning rate (RMSprop and Adagrad 1e-2, Adadelta 1, NAdam and Adamax 2e-3, Lion 1e-4, LBFGS 1; LevenbergMarquardt takes none)"),
	PROCESS("seed", INT, .low = 0, .high = 9007199254740992, .fallback = "1",
		.doc = "seed of the first repetition; repetition k has seed + k - 1"),
	PROCESS("run_files_path", TEXT, .single = true, .fallback = "run_files", .doc = "folder of logs, histories, models and checkpoints"),
	PROCESS("precision", CHOICE, .choices = "float32 float64", .fallback = "float32", .doc = "type of every number of a network"),
	PROCESS("accuracy", ACCURACY, .choices = "auto sign threshold argmax none", .fallback = "auto",
		.doc = "how outputs count as right: same sign, same side of 0.5 (`threshold 0.3`: of 0.3), same largest class (the first one at a tie); auto: argmax for CrossEntropyLoss and NLLLoss, threshold for BCELoss, else sign"),
	PROCESS("checkpoint", SECONDS, .single = true, .low = 0, .high = 1e9, .fallback = "60 s",
		.doc = "time between two checkpoints of a run; 0: only when it ends or is stopped"),
	PROCESS("timeout", SECONDS, .single = true, .low = 0, .high = 1e9, .fallback = "0", .doc = "time that a run may take; 0: any"),

	PROCESS("loss_function", CHOICE, .choices = LOSSES, .fallback = "MSELoss", .doc = "a loss of torch.nn"),
	PROCESS("class_loss_function", NAME, .doc = "your own loss class, instead of loss_function"),
	PROCESS("path_to_class_loss_function", TEXT, .single = true, .doc = "the C file of that class, or of all of a list"),
	PROCESS("delta", FLOAT, .low = 1e-30, .high = FLOAT_MOST, LOSS("HuberLoss"), .doc = "where the loss turns from square to linear (1)"),
	PROCESS("beta", FLOAT, .low = 0, .high = FLOAT_MOST, LOSS("SmoothL1Loss"), .doc = "where the loss turns from square to linear (1)"),
	PROCESS("weight", NUMBERS, .low = 0, .high = FLOAT_MOST, LOSS("CrossEntropyLoss NLLLoss"), .doc = "weight of each class: `[1, 2, 0.5]` (all 1)"),
	PROCESS("pos_weight", NUMBERS, .low = 0, .high = FLOAT_MOST, LOSS("BCEWithLogitsLoss"), .doc = "weight of targets of 1, one or one a column: `[3]` (1)"),
	PROCESS("ignore_index", INT, .low = -1000000000, .high = 1000000000, LOSS("CrossEntropyLoss NLLLoss"), .doc = "a label that does not count (none)"),
	PROCESS("label_smoothing", FLOAT, .low = 0, .high = 1, LOSS("CrossEntropyLoss"), .doc = "share of a label that goes to all classes (0)"),
	PROCESS("log_target", BOOL, LOSS("KLDivLoss"), .doc = "the target holds logarithms (False)"),
	PROCESS("reduction", CHOICE, .choices = "mean sum batchmean", LOSS(LOSSES), .doc = "the mean over all values of a batch, their sum, or of KLDivLoss the sum over the number of samples (mean)"),
	PROCESS("log_input", BOOL, LOSS("PoissonNLLLoss"), .doc = "the prediction is the logarithm of the rate (True)"),
	PROCESS("full", BOOL, LOSS("PoissonNLLLoss GaussianNLLLoss"), .doc = "with the terms that the prediction does not change (False)"),
	PROCESS("margin", FLOAT, .low = -FLOAT_MOST, .high = FLOAT_MOST, LOSS("HingeEmbeddingLoss CosineEmbeddingLoss MarginRankingLoss"),
		.doc = "distance that is wanted (1; CosineEmbeddingLoss, MarginRankingLoss 0)"),

	PROCESS("optimizer", CHOICE, .choices = OPTIMIZERS, .fallback = "Adam", .doc = "an optimiser of torch.optim"),
	PROCESS("betas", PAIR, .low = 0, .high = 0x1.fffffffffffffp-1, OPTIMIZER(ADAMS " Lion"),
		.doc = "decay of both running means ([0.9, 0.999]; Lion [0.9, 0.99])"),
	PROCESS("eps", FLOAT, .low = 0, .high = FLOAT_MOST, OPTIMIZER(ADAMS " RMSprop Adagrad Adadelta"),
		.doc = "keeps divisions from 0 (1e-8; Adagrad 1e-10, Adadelta 1e-6)"),
	PROCESS("weight_decay", FLOAT, .low = 0, .high = FLOAT_MOST, OPTIMIZER(DECAYING),
		.doc = "decay of the weights (0; AdamW 1e-2)"),
	PROCESS("amsgrad", BOOL, OPTIMIZER("Adam AdamW"), .doc = "divide by the root of the largest mean of squares so far (False)"),
	PROCESS("maximize", BOOL, OPTIMIZER(DECAYING), .doc = "climb: steps that make the loss larger (False)"),
	PROCESS("momentum", FLOAT, .low = 0, .high = FLOAT_MOST, OPTIMIZER("SGD RMSprop"), .doc = "share of the last step that is kept (0)"),
	PROCESS("dampening", FLOAT, .low = -FLOAT_MOST, .high = FLOAT_MOST, OPTIMIZER("SGD"), .doc = "of the momentum (0)"),
	PROCESS("nesterov", BOOL, OPTIMIZER("SGD"), .doc = "Nesterov's momentum (False)"),
	PROCESS("alpha", FLOAT, .low = 0, .high = 1, OPTIMIZER("RMSprop"), .doc = "decay of the running mean of squares (0.99)"),
	PROCESS("centered", BOOL, OPTIMIZER("RMSprop"), .doc = "take the square of the running mean off the mean of squares (False)"),
	PROCESS("rho", FLOAT, .low = 0, .high = 1, OPTIMIZER("Adadelta"), .doc = "decay of both running means (0.9)"),
	PROCESS("lr_decay", FLOAT, .low = 0, .high = FLOAT_MOST, OPTIMIZER("Adagrad"), .doc = "step t has lr / (1 + (t - 1) lr_decay) (0)"),
	PROCESS("initial_accumulator_value", FLOAT, .low = 0, .high = FLOAT_MOST, OPTIMIZER("Adagrad"), .doc = "what the sum of squares starts from (0)"),
	PROCESS("momentum_decay", FLOAT, .low = 0, .high = 10, OPTIMIZER("NAdam"), .doc = "how fast the momentum grows (4e-3)"),
	PROCESS("max_iter", INT, .low = 1, .high = 1e6, OPTIMIZER("LBFGS"), .doc = "iterations a step (20)"),
	PROCESS("max_eval", INT, .low = 1, .high = 1e6, OPTIMIZER("LBFGS"), .doc = "evaluations of the loss a step (5/4 of max_iter)"),
	PROCESS("tolerance_grad", FLOAT, .low = 0, .high = FLOAT_MOST, OPTIMIZER("LBFGS"), .doc = "a step ends where no derivative is larger (1e-7)"),
	PROCESS("tolerance_change", FLOAT, .low = 0, .high = FLOAT_MOST, OPTIMIZER("LBFGS"), .doc = "a step ends where loss or weights change by less (1e-9)"),
	PROCESS("history_size", INT, .low = 1, .high = 1000, OPTIMIZER("LBFGS"), .doc = "pairs of changes that stand for the inverse Hessian (100)"),
	PROCESS("line_search_fn", CHOICE, .choices = "none strong_wolfe", OPTIMIZER("LBFGS"), .doc = "how far a step goes: `lr`, or as a search says (none)"),
	PROCESS("damping", FLOAT, .low = 1e-20, .high = FLOAT_MOST, OPTIMIZER("LevenbergMarquardt"), .doc = "what is added to the diagonal of J'J, at first (1e-3)"),
	PROCESS("damping_up", FLOAT, .low = 1.000001, .high = FLOAT_MOST, OPTIMIZER("LevenbergMarquardt"), .doc = "its factor after a step that lowered nothing (10)"),
	PROCESS("damping_down", FLOAT, .low = 1e-30, .high = 1, OPTIMIZER("LevenbergMarquardt"), .doc = "its factor after one that did (0.1)"),
	PROCESS("damping_max", FLOAT, .low = 1e-20, .high = FLOAT_MOST, OPTIMIZER("LevenbergMarquardt"), .doc = "no further tries beyond (1e10)"),

	PROCESS("clip_grad_value", FLOAT, .low = 1e-30, .high = FLOAT_MOST, .of = DECAYING, .doc = "limits every gradient to so much, before the optimiser (none)"),
	PROCESS("clip_grad_norm", FLOAT, .low = 1e-30, .high = FLOAT_MOST, .of = DECAYING, .doc = "shortens the gradient of all parameters together to this length (none)"),
	PROCESS("accumulate", INT, .low = 1, .high = 1e6, .fallback = "1", .of = DECAYING, .doc = "batches a step: it takes the mean of their gradients"),
	PROCESS("ema_decay", FLOAT, .low = 0, .high = 0x1.fffffffffffffp-1,
		.doc = "evaluate and keep the running mean of the weights, this share of it kept each step: `0.999` (none)"),
	PROCESS("scheduler", CHOICE, .choices = SCHEDULERS, .fallback = "none", .of = DECAYING " LBFGS", .doc = "how the learning rate changes, a scheduler of torch.optim.lr_scheduler; each epoch a step, OneCycleLR each batch"),
	PROCESS("warmup_epochs", FLOAT, .low = 0, .high = 1e9, .of = DECAYING " LBFGS", .doc = "over so many epochs the learning rate rises from 0, batch by batch (0)"),
	PROCESS("step_size", INT, .low = 1, .high = 1e9, SCHEDULER("StepLR"), .doc = "epochs between two decays (30)"),
	PROCESS("gamma", FLOAT, .low = 0, .high = FLOAT_MOST, SCHEDULER("StepLR MultiStepLR ExponentialLR"), .doc = "factor of a decay (0.1)"),
	PROCESS("milestones", LIST, .low = 0, .high = 1e9, SCHEDULER("MultiStepLR"), .doc = "epochs of the decays: [30, 80]"),
	PROCESS("start_factor", FLOAT, .low = 0, .high = FLOAT_MOST, SCHEDULER("LinearLR"), .doc = "factor in the first epoch (0.333)"),
	PROCESS("end_factor", FLOAT, .low = 0, .high = FLOAT_MOST, SCHEDULER("LinearLR"), .doc = "factor after `total_iters` epochs (1)"),
	PROCESS("total_iters", INT, .low = 1, .high = 1e9, SCHEDULER("ConstantLR LinearLR PolynomialLR"), .doc = "epochs that it takes (5)"),
	PROCESS("power", FLOAT, .low = 0, .high = 100, SCHEDULER("PolynomialLR"), .doc = "of the polynomial (1)"),
	PROCESS("T_max", INT, .low = 1, .high = 1e9, SCHEDULER("CosineAnnealingLR OneCycleLR"), .doc = "epochs to the lowest rate (epochs)"),
	PROCESS("T_0", INT, .low = 1, .high = 1e9, SCHEDULER("CosineAnnealingWarmRestarts"), .doc = "epochs to the first restart (10)"),
	PROCESS("T_mult", INT, .low = 1, .high = 1e6, SCHEDULER("CosineAnnealingWarmRestarts"), .doc = "each period is so much longer than the one before (1)"),
	PROCESS("eta_min", FLOAT, .low = 0, .high = FLOAT_MOST, SCHEDULER("CosineAnnealingLR CosineAnnealingWarmRestarts"), .doc = "lowest rate (0)"),
	PROCESS("pct_start", FLOAT, .low = 1e-9, .high = 0x1.fffffffffffffp-1, SCHEDULER("OneCycleLR"), .doc = "share of the batches in which the rate rises, to `lr` (0.3)"),
	PROCESS("anneal_strategy", CHOICE, .choices = "cos linear", SCHEDULER("OneCycleLR"), .doc = "rises and falls along half a cosine or a line (cos)"),
	PROCESS("three_phase", BOOL, SCHEDULER("OneCycleLR"), .doc = "falls to the first rate as fast as it rose, then to the last one (False)"),
	PROCESS("div_factor", FLOAT, .low = 1e-30, .high = FLOAT_MOST, SCHEDULER("OneCycleLR"), .doc = "the first rate is lr / div_factor (25)"),
	PROCESS("final_div_factor", FLOAT, .low = 1e-30, .high = FLOAT_MOST, SCHEDULER("OneCycleLR"), .doc = "the last rate is the first one / final_div_factor (1e4)"),
	PROCESS("cycle_momentum", BOOL, SCHEDULER("OneCycleLR"), .doc = "move the momentum (the first of betas) against the rate (True)"),
	PROCESS("base_momentum", FLOAT, .low = 0, .high = 1, SCHEDULER("OneCycleLR"), .doc = "momentum at the highest rate (0.85)"),
	PROCESS("max_momentum", FLOAT, .low = 0, .high = 1, SCHEDULER("OneCycleLR"), .doc = "momentum at the ends (0.95)"),
	PROCESS("factor", FLOAT, .low = 0, .high = 1, SCHEDULER("ReduceLROnPlateau ConstantLR"), .doc = "factor of a decay (0.1); ConstantLR: of the first `total_iters` epochs (0.333)"),
	PROCESS("patience", INT, .low = 0, .high = 1e9, SCHEDULER("ReduceLROnPlateau"), .doc = "epochs without a better validation_loss (train_loss where there is no validation part) that are borne (10); of early_stopping, too"),
	PROCESS("mode", CHOICE, .choices = "min max", SCHEDULER("ReduceLROnPlateau"), .doc = "a better loss is a lower one, or with `maximize` a higher one: max (min)"),
	PROCESS("threshold", FLOAT, .low = 0, .high = FLOAT_MOST, SCHEDULER("ReduceLROnPlateau"), .doc = "better means better by this share, see threshold_mode (1e-4)"),
	PROCESS("threshold_mode", CHOICE, .choices = "rel abs", SCHEDULER("ReduceLROnPlateau"), .doc = "rel: a share of the best loss so far; abs: by `threshold` itself (rel)"),
	PROCESS("cooldown", INT, .low = 0, .high = 1e9, SCHEDULER("ReduceLROnPlateau"), .doc = "epochs after a decay that do not count (0)"),
	PROCESS("min_lr", FLOAT, .low = 0, .high = FLOAT_MOST, SCHEDULER("ReduceLROnPlateau"), .doc = "lowest rate (0); a fall of at most 1e-8 is not made"),

	PROCESS("early_stopping", COLUMN, .fallback = "none",
		.doc = "stop a run when this column of the history gets no better: `test_loss`; accuracies are better when larger, `max test_f1` says it of others"),
	PROCESS("keep_best", COLUMN, .choices = "True False", .fallback = "none",
		.doc = "keep the parameters of the best epoch, too, by this column; True: by that of early_stopping"),
	PROCESS("early_stopping_patience", INT, .low = 0, .high = 1e9, .reader = READ_BY_EARLY,
		.doc = "so many epochs in a row without a better one are enough (patience, else 10)"),
	PROCESS("min_delta", FLOAT, .low = 0, .high = FLOAT_MOST, .reader = READ_BY_EARLY, .fallback = "0", .doc = "better means better by more than this"),

	MONITOR("need_gpu", BOOL, .fallback = "False", .doc = "True: train on the GPUs of `gpu_available`, see gpu.md"),
	MONITOR("gpu_available", DEVICES, .fallback = "None", .doc = "GPUs that may be used: `cuda:0, cuda:1`, or `None`"),
	MONITOR("nb_processus", INT, .low = 1, .high = 4096, .fallback = "1", .doc = "how many trainers run at a time"),
	MONITOR("multiplicity", REPEATS, .low = 1, .high = RUN_LIMIT, .fallback = "1",
		.doc = "how often each pipeline is trained, with a seed each; auto: as often as it takes to tell them apart"),
	MONITOR("database", TEXT, .fallback = "database.db", .doc = "where results go"),
	MONITOR("cache_database_path", TEXT, .fallback = "cache.db", .doc = "list of the downloaded files, see data.md"),
	MONITOR("cache_size", SIZE, .low = 0, .high = 9e18, .fallback = "1G", .doc = "most bytes that downloaded files may take: `10K`, `1M`, `1G`, `1T`"),
	MONITOR("target", WORD, .fallback = "native", .doc = "processor that trainers are compiled for, as -march names it"),
	MONITOR("target_gpu", WORD, .fallback = "sm_80", .doc = "GPU that trainers are compiled for, as nvcc names it: `sm_90`, or `native`; newer ones take a moment at the first start"),
	MONITOR("cc", TEXT, .fallback = "clang", .doc = "compiler of the trainers"),

	MONITOR("min_multiplicity", INT, .low = 2, .high = RUN_LIMIT, .fallback = "4", .reader = READ_BY_AUTO, .doc = "repetitions of every pipeline before the first look"),
	MONITOR("max_multiplicity", INT, .low = 2, .high = RUN_LIMIT, .fallback = "20", .reader = READ_BY_AUTO, .doc = "repetitions of a pipeline at most"),
	MONITOR("looks", INT, .low = 1, .high = 100, .fallback = "3", .reader = READ_BY_AUTO, .doc = "how often the pipelines are compared, fixed beforehand"),
	MONITOR("criterion", CRITERION, .choices = "overfit trainability slope", .fallback = "test_loss", .reader = READ_BY_AUTO, .doc = "what is compared"),
	MONITOR("by", WORD, .reader = READ_BY_AUTO, .doc = "parameter whose values are compared, such as `mlp_key`; none: the pipelines"),
	MONITOR("alpha", FLOAT, .low = 1e-6, .high = 0.5, .fallback = "0.05", .reader = READ_BY_AUTO, .doc = "how often, over all looks, chance alone may tell two apart"),

	SEARCH("where", RULE, .doc = "conditions that every pipeline fulfils"),
	SEARCH("zip", RULE, .doc = "parameters whose values are paired, not multiplied"),
	SEARCH("match", RULE, .doc = "equal size: `nb_params 50 by width`"),
	SEARCH("method", CHOICE, .choices = "grid random sobol", .fallback = "grid", .doc = "all combinations, or a sample of `budget` pipelines"),
	SEARCH("budget", INT, .low = 1, .high = RUN_LIMIT, .reader = READ_BY_SAMPLE, .doc = "how many pipelines are made"),
	SEARCH("seed", INT, .low = 0, .high = 9007199254740992, .reader = READ_BY_SAMPLE,
		.doc = "of the sample (random: 1; sobol: none, the sequence as published; with a seed it is shifted)"),
	SEARCH("halving", CRITERION, .doc = "stop the worse pipelines early, by this column of the history"),
	SEARCH("eta", INT, .low = 2, .high = 1000, .fallback = "3", .reader = READ_BY_HALVING, .doc = "one in `eta` goes on, `eta` times as long"),
	SEARCH("min_epochs", INT, .low = 1, .high = 1e9, .reader = READ_BY_HALVING, .doc = "epochs before the first decision (epochs / eta / eta)"),
	SEARCH("asynchronous", BOOL, .fallback = "no", .reader = READ_BY_HALVING, .doc = "decide as results come, without waiting for all; which run goes on then depends on the machine"),
	{0}
};

const struct setting *setting_find(const char *section, const char *name)
{
	for (const struct setting *s = settings; s->name; s++)
		if (strcmp(s->section, section) == 0 && strcasecmp(s->name, name) == 0)
			return s;
	return NULL;
}

bool word_in(const char *word, const char *words)
{
	size_t n = strlen(word);
	for (const char *w = words; n && *w; w += strcspn(w, " "), w += *w == ' ')
		if (strcspn(w, " ") == n && memcmp(w, word, n) == 0)
			return true;
	return false;
}

/* ---- reading -------------------------------------------------------------------------------- */

bool bool_read(const char *text, bool *out)
{
	static const char *const names[] = {"false", "true", "no", "yes", "0", "1"};
	for (int i = 0; i < 6; i++) {
		if (strcasecmp(text, names[i]) != 0)
			continue;
		*out = i % 2;
		return true;
	}
	return false;
}

static bool number_read(const char *text, double *out)
{
	size_t n = strlen(text);
	if (n == 0 || number_length(text, n) != n)
		return false;
	*out = strtod(text, NULL);
	return isfinite(*out);
}

static bool integer_read(const char *text, double *out)
{
	const char *c = text + (*text == '-' || *text == '+');
	return *c && strspn(c, "0123456789") == strlen(c) && number_read(text, out);
}

bool seconds_read(const char *text, double *out)
{
	static const struct { const char *unit; double seconds; } units[] = {{"", 1}, {"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
	size_t n = number_length(text, strlen(text));
	const char *unit = text + n;
	while (*unit == ' ')
		unit++;
	for (size_t i = 0; n && i < sizeof units / sizeof *units; i++) {
		if (strcmp(unit, units[i].unit) != 0)
			continue;
		*out = strtod(text, NULL) * units[i].seconds;
		return isfinite(*out);
	}
	return false;
}

bool size_read(const char *text, int64_t *out)
{
	size_t n = strspn(text, "0123456789");
	const char *units = "KMGT", *unit = text[n] ? strchr(units, toupper((unsigned char)text[n])) : NULL;
	if (n == 0 || n > 18 || (text[n] && (!unit || text[n + 1])))
		return false;
	long long size = strtoll(text, NULL, 10);
	for (long i = 0; unit && i <= unit - units; i++)
		if (__builtin_mul_overflow(size, 1024, &size))
			return false;
	*out = size;
	return true;
}

/* A column of the history, or one of `others`. */
static bool criterion_read(const char *text, const char *others)
{
	static const char *const parts[] = {"train_", "test_", "validation_"};
	for (int i = 0; i < 3; i++)
		if (strncmp(text, parts[i], strlen(parts[i])) == 0 && name_is_identifier(text) && text[strlen(parts[i])])
			return true;
	return others && word_in(text, others);
}

/* ---- checks --------------------------------------------------------------------------------- */

static bool wrong(struct arena *a, const struct setting *s, struct value v, const char *wanted)
{
	err(v.at, "'%s' takes %s, not '%s'", s->name, wanted, ini_shown(a, v.text));
	return false;
}

static bool check_bounds(struct arena *a, const struct setting *s, struct value v, double number)
{
	if (number >= s->low && number <= s->high)
		return true;
	err(v.at, "'%s' is out of range: '%s'", s->name, ini_shown(a, v.text));
	if (s->low == 0 && s->high < 1)
		hint("from 0 to less than 1");
	else if (s->high >= FLOAT_MOST)
		hint("%s", s->low == 0 ? "at least 0" : s->low > 0 ? "greater than 0" : "a number that a float can hold");
	else
		hint("from %.16g to %.16g", s->low, s->high);
	return false;
}

/* The words of a list, for nearest_name(); their count. */
static int split_words(struct arena *a, const char *words, const char **out, int most)
{
	int count = 0;
	for (const char *w = words; *w && count < most; w += strcspn(w, " "), w += *w == ' ')
		out[count++] = arena_strndup(a, w, strcspn(w, " "));
	return count;
}

const char *words_joined(struct arena *a, const char *words)
{
	const char *out = "", *names[64];
	int count = split_words(a, words, names, 64);
	for (int i = 0; i < count; i++)
		out = arena_printf(a, "%s%s%s", out, i ? ", " : "", names[i]);
	return out;
}

/* "adam" means Adam and "crossentropy" CrossEntropyLoss: more than an edit distance sees. */
static const char *meant(const char *text, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (strcasecmp(names[i], text) == 0)
			return names[i];
	for (int i = 0; i < count && strlen(text) >= 3; i++)
		if (strcasestr(names[i], text))
			return names[i];
	return nearest_name(text, names, count);
}

static bool check_choice(struct arena *a, const struct setting *s, struct value v)
{
	if (word_in(v.text, s->choices))
		return true;
	const char *names[64];
	const char *near = meant(v.text, names, split_words(a, s->choices, names, 64));
	err(v.at, "'%s' cannot be '%s'", s->name, ini_shown(a, v.text));
	if (near)
		hint("did you mean %s?", near);
	else
		hint("one of: %s", words_joined(a, s->choices));
	return false;
}

/* [0.9, 0.999]; or any count of numbers. */
static bool check_pair(struct arena *a, const struct setting *s, struct value v)
{
	const char *c = v.text + (v.text[0] == '[');
	int count = 0;
	for (;; c++) {
		c += strspn(c, " ");
		size_t n = number_length(c, strlen(c));
		if (n == 0)
			break;
		if (!check_bounds(a, s, v, strtod(c, NULL)))
			return false;
		count++;
		c += n + strspn(c + n, " ");
		if (*c != ',')
			break;
	}
	if (s->kind == SETTING_NUMBERS)
		return (v.text[0] == '[' && count > 0 && strcmp(c, "]") == 0) || wrong(a, s, v, "numbers in brackets such as [1, 2, 0.5]");
	return (v.text[0] == '[' && count == 2 && strcmp(c, "]") == 0) || wrong(a, s, v, "two numbers in brackets such as [0.9, 0.999]");
}

/* It becomes an option of the compiler: no spaces, and it cannot be another option. */
static bool is_word(const char *text)
{
	return text[0] != '-' && text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-")] == 0;
}

static bool check_criterion(struct arena *a, const struct setting *s, struct value v)
{
	if (criterion_read(v.text, s->choices))
		return true;
	static const char *const names[] = {"train_loss", "test_loss", "validation_loss", "train_acc", "test_acc", "validation_acc"};
	const char *near = meant(v.text, names, 6);
	err(v.at, "'%s' cannot be '%s'", s->name, ini_shown(a, v.text));
	if (near)
		hint("did you mean %s?", near);
	else
		hint("train_, test_ or validation_ and then loss, acc or a metric%s%s", s->choices ? "; or " : "", s->choices ? words_joined(a, s->choices) : "");
	return false;
}

/* A column, with "min " or "max " before it; none; or one of the choices. */
static bool check_column(struct arena *a, const struct setting *s, struct value v)
{
	bool yes, says = strncmp(v.text, "min ", 4) == 0 || strncmp(v.text, "max ", 4) == 0;
	struct value column = {v.text + (says ? 4 + strspn(v.text + 4, " ") : 0), v.at};
	struct setting plain = *s;
	if (strcasecmp(v.text, "none") == 0 || (s->choices && bool_read(v.text, &yes)))
		return true;
	plain.choices = NULL;
	return check_criterion(a, &plain, column);
}

static bool check_text(struct arena *a, const struct setting *s, struct value v)
{
	if (s->kind == SETTING_NAME && !name_is_identifier(v.text))
		return wrong(a, s, v, "the name of a C struct");
	if (s->kind == SETTING_WORD && !is_word(v.text))
		return wrong(a, s, v, "a name of letters, digits and _ . + -");
	if (v.text[0])
		return true;
	err(v.at, "'%s' cannot be empty", s->name);
	return false;
}

/* "[30, 80]": numbers that rise. */
static bool check_list(struct arena *a, const struct setting *s, struct value v)
{
	const char *c = v.text + strspn(v.text, " [");
	double last = s->low, number;
	bool ok = v.text[0] == '[';
	for (; ok && *c && *c != ']'; c += strspn(c, " ,")) {
		char *end;
		number = strtod(c, &end);
		ok = end > c && number >= last && number <= s->high;
		last = number;
		c = end;
	}
	return (ok && *c == ']') || wrong(a, s, v, "numbers that rise, in brackets, such as [30, 80]");
}

static bool check_device(struct arena *a, const struct setting *s, struct value v)
{
	size_t n = strncmp(v.text, "cuda:", 5) == 0 ? strspn(v.text + 5, "0123456789") : 0;
	if (strcasecmp(v.text, "None") == 0 || (n > 0 && n < 5 && v.text[5 + n] == 0))
		return true;
	return wrong(a, s, v, "GPUs such as cuda:0, cuda:1, or None");
}

bool setting_check(struct arena *a, const struct setting *s, struct value v)
{
	double number = 0;
	int64_t size;
	bool yes;
	switch (s->kind) {
	case SETTING_INT:
		return integer_read(v.text, &number) ? check_bounds(a, s, v, number) : wrong(a, s, v, "an integer");
	case SETTING_REPEATS:
		if (strcmp(v.text, "auto") == 0)
			return true;
		return integer_read(v.text, &number) ? check_bounds(a, s, v, number) : wrong(a, s, v, "an integer or auto");
	case SETTING_CRITERION:
		return check_criterion(a, s, v);
	case SETTING_COLUMN:
		return check_column(a, s, v);
	case SETTING_FLOAT:
		return number_read(v.text, &number) ? check_bounds(a, s, v, number) : wrong(a, s, v, "a number");
	case SETTING_SECONDS:
		return seconds_read(v.text, &number) ? check_bounds(a, s, v, number) : wrong(a, s, v, "a time such as 60 s, 5 min or 2 h");
	case SETTING_SIZE:
		return size_read(v.text, &size) || wrong(a, s, v, "a size such as 10K, 1M, 1G or 1T");
	case SETTING_BOOL:
		return bool_read(v.text, &yes) || wrong(a, s, v, "True or False");
	case SETTING_ACCURACY:
		if (strncmp(v.text, "threshold", 9) == 0 && number_read(v.text + 9 + strspn(v.text + 9, " "), &number))
			return true;
		return check_choice(a, s, v);
	case SETTING_CHOICE:
		return check_choice(a, s, v);
	case SETTING_PAIR:
	case SETTING_NUMBERS:
		return check_pair(a, s, v);
	case SETTING_LIST:
		return check_list(a, s, v);
	case SETTING_DEVICES:
		return check_device(a, s, v);
	case SETTING_RULE:                     /* condition.c */
		return true;
	case SETTING_TYPES:
	case SETTING_TEXT:
	case SETTING_WORD:
	case SETTING_NAME:
		return check_text(a, s, v);
	}
	return false;
}

static void hint_keys(struct arena *a, const char *section)
{
	const char *keys = "";
	for (const struct setting *s = settings; s->name; s++)
		if (strcmp(s->section, section) == 0 && (s->reader == READ_ALWAYS || strcmp(section, "SEARCH") == 0))
			keys = arena_printf(a, "%s%s%s", keys, *keys ? ", " : "", s->name);
	hint("its keys: %s%s", keys, strcmp(section, "PROCESS") == 0 ? ", and the parameters of losses, optimisers and schedulers" : "");
}

void setting_unknown(struct arena *a, const char *section, const struct ini_pair *pair)
{
	const char *names[sizeof settings / sizeof *settings];
	const struct setting *other = NULL;
	int count = 0;
	for (const struct setting *s = settings; s->name; s++) {
		if (strcmp(s->section, section) == 0)
			names[count++] = s->name;
		else if (!other && strcasecmp(s->name, pair->key) == 0)
			other = s;
	}
	const char *near = nearest_name(pair->key, names, count);
	err(pair->key_at, "[%s] has no key '%s'", section, ini_shown(a, pair->key));
	if (other)
		hint("it belongs in [%s]", other->section);
	else if (near)
		hint("did you mean %s?", near);
	else
		hint_keys(a, section);
}

/* ---- documentation -------------------------------------------------------------------------- */

static void document_type(const struct setting *s, struct text *out)
{
	static const char *const names[] = {
		[SETTING_INT] = "integer", [SETTING_FLOAT] = "number", [SETTING_BOOL] = "True, False", [SETTING_TEXT] = "text",
		[SETTING_WORD] = "name", [SETTING_NAME] = "class", [SETTING_TYPES] = "types", [SETTING_SECONDS] = "time",
		[SETTING_SIZE] = "size", [SETTING_DEVICES] = "devices", [SETTING_PAIR] = "two numbers in [ ]", [SETTING_NUMBERS] = "numbers in [ ]",
		[SETTING_REPEATS] = "auto, or an integer", [SETTING_CRITERION] = "criterion",
		[SETTING_RULE] = "see above", [SETTING_COLUMN] = "column, none", [SETTING_LIST] = "numbers in [ ]",
	};
	if (s->choices && s->kind != SETTING_CRITERION && s->kind != SETTING_COLUMN) {
		for (const char *w = s->choices; *w; w += strcspn(w, " "), w += *w == ' ')
			text_printf(out, "%s%.*s", w == s->choices ? "" : ", ", (int)strcspn(w, " "), w);
		return;
	}
	text_add(out, names[s->kind]);
	if (s->kind == SETTING_INT || s->kind == SETTING_REPEATS)
		text_printf(out, ", %.16g to %.16g", s->low, s->high);
	else if ((s->kind == SETTING_FLOAT || s->kind == SETTING_PAIR || s->kind == SETTING_NUMBERS) && s->low >= 0)
		text_add(out, s->low > 0 ? ", above 0" : s->high < 1 ? ", 0 to less than 1" : ", at least 0");
}

static void document(const char *section, enum setting_reader reader, struct text *out)
{
	bool readers = reader == READ_BY_LOSS || reader == READ_BY_OPTIMIZER || reader == READ_BY_SCHEDULER;
	struct arena a = {0};
	text_printf(out, "| key | value | %s | meaning |\n|---|---|---|---|\n", readers ? "read by" : "default");
	for (const struct setting *s = settings; s->name; s++) {
		if (strcmp(s->section, section) != 0 || s->reader != reader)
			continue;
		text_printf(out, "| `%s` | ", s->name);
		document_type(s, out);
		if (readers)
			text_printf(out, " | %s | %s |\n", strcmp(s->of, LOSSES) == 0 ? "every loss" : words_joined(&a, s->of), s->doc);
		else
			text_printf(out, " | %s | %s |\n", s->required ? "required" : s->fallback ? s->fallback : "", s->doc);
	}
	arena_free(&a);
}

void settings_document(struct text *out)
{
	static const struct { const char *title, *section; enum setting_reader when; } parts[] = {
		{"### [PROCESS]", "PROCESS", READ_ALWAYS},
		{"\nParameters of the losses; the default is in parentheses:", "PROCESS", READ_BY_LOSS},
		{"\nParameters of the optimisers; the default is in parentheses:", "PROCESS", READ_BY_OPTIMIZER},
		{"\nParameters of the schedulers; the default is in parentheses:", "PROCESS", READ_BY_SCHEDULER},
		{"\nWith `early_stopping`:", "PROCESS", READ_BY_EARLY},
		{"\n### [MONITOR]", "MONITOR", READ_ALWAYS},
		{"\nWith `multiplicity = auto`:", "MONITOR", READ_BY_AUTO},
		{"\n### [SEARCH]", "SEARCH", READ_ALWAYS},
		{"\nWith `method = random` or `sobol`:", "SEARCH", READ_BY_SAMPLE},
		{"\nWith `halving`:", "SEARCH", READ_BY_HALVING}};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		text_printf(out, "%s\n\n", parts[i].title);
		document(parts[i].section, parts[i].when, out);
	}
}
