/* settings.c: the keys of [PROCESS], [MONITOR] and [SEARCH] in one table. Their checks (settings_check.c), the messages about them and the
** tables of doc/config.md follow from it. A loss of builtin.c or an optimiser of templates/optimizers/ has its name and its keys here;
** tests/config/names.sh compares. */
#include "config.h"

#include <string.h>
#include <strings.h>

#define LOSSES "MSELoss L1Loss SmoothL1Loss HuberLoss BCELoss BCEWithLogitsLoss CrossEntropyLoss NLLLoss KLDivLoss PoissonNLLLoss " \
	"GaussianNLLLoss HingeEmbeddingLoss CosineEmbeddingLoss MarginRankingLoss"
#define OPTIMIZERS "Adam AdamW SGD RMSprop Adagrad Adadelta NAdam RAdam Adamax Lion LBFGS LevenbergMarquardt"
#define DECAYING "Adam AdamW SGD RMSprop Adagrad Adadelta NAdam RAdam Adamax Lion"
#define ADAMS "Adam AdamW NAdam RAdam Adamax"
#define SCHEDULERS "none ConstantLR StepLR MultiStepLR ExponentialLR LinearLR PolynomialLR CosineAnnealingLR CosineAnnealingWarmRestarts OneCycleLR ReduceLROnPlateau"

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
	PROCESS("precision", CHOICE, .choices = "float32 float64 tf32 bf16", .fallback = "float32",
		.doc = "type of every number of a network; on GPUs also tf32 and bf16: how its matrices are multiplied, all else is float32, see gpu.md"),
	PROCESS("gpu_products", CHOICE, .choices = "exact cublas", .fallback = "exact",
		.doc = "who multiplies matrices on a GPU: exact: kernels of our own, with the CPU's bits; cublas: NVIDIA's library, which tf32 and bf16 take in any case"),
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
	MONITOR("threads", INT, .low = 1, .high = 256, .fallback = "1", .doc = "threads of each trainer, for networks with large layers: they change no bit. Many trainers with one thread each are faster than few with many"),
	MONITOR("tune", TEXT, .doc = "file in which `mosaicc --tune` wrote what is fastest on this machine (none: by size, the same on all machines). It changes no result"),
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

/* ---- a key that there is not ------------------------------------------------------------------- */

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
