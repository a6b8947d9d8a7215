/* bundle_readme.c: what a bundle says about itself, to whoever finds it on another machine. */
#include "bundle.h"

#include <string.h>
#include <sys/utsname.h>

/* Text of others in Markdown: what it would take for its own is escaped. */
static void plain(struct text *out, const char *s)
{
	for (; *s; s++) {
		if (strchr("\\`*_[]<>|#", *s))
			text_add(out, "\\");
		text_addn(out, *s == '\n' ? " " : s, 1);
	}
}

/* The first run of a pipeline, in the numbers that `mosaic job` takes. */
static int64_t first_run(const struct build *b, int pipeline)
{
	return (int64_t)pipeline * b->sweep.multiplicity + 1;
}

static void how_to_train(struct build *b, const struct bundle_program *p, struct text *out)
{
	text_add(out, "## Train, predict\n\nIn this folder:\n\n```sh\n./trainer --out run                        # train: checkpoint, model and history go to run/\n"
		"./trainer --out run --resume               # go on where it was interrupted\n"
		"./trainer predict new.csv --out run        # predictions for each row of a CSV file\n"
		"./trainer --help                           # what can be set: --epochs 800 --lr 1e-3 ...\n./trainer --info                           # what the program computes\n```\n\n"
		"A model that was trained elsewhere predicts here: copy its `checkpoint_ID.safetensors` to `run/`, and add `--id ID`.\n\n"
		"Runs of the sweep, for its database: where the sweep was compiled, `mosaic job` describes them, and `mosaic import` takes what they report:\n\n```sh\n");
	int64_t first = first_run(b, p->program->first->index);
	text_add(out, "mosaic job ");
	struct text path = {0};
	shell_word(&path, b->options.out);
	text_printf(out, "%s/sweep.json", path.at);
	text_free(&path);
	for (int i = 0; i < p->program->lanes && i < b->sweep.multiplicity; i++)
		text_printf(out, " %lld", (long long)first + i);
	text_add(out, " > job.txt   # there\n./trainer --job job.txt > spool.txt   # here\nmosaic import DATABASE spool.txt      # there\n```\n\n");
}

static void what_it_needs(struct build *b, const struct bundle_program *p, struct text *out)
{
	const char *target = b->sweep.target ? b->sweep.target : "native";
	struct utsname machine;
	bool known = uname(&machine) == 0;
	text_printf(out, "## What it needs\n\n- Linux 3.2 or later on %s.", known ? machine.machine : "the processor that it was compiled for");
	if (strcmp(target, "native") == 0)
		text_add(out, " It was compiled for the processor of the machine that built it (`target = native`): an older one may lack\n  instructions, and ends it with \"illegal instruction\". `target = x86-64-v3` in `[MONITOR]`"
			" makes trainers for all processors since about 2013.\n");
	else
		text_printf(out, " It was compiled for processors of the kind `%s`.\n", target);
	if (!p->needs.loader) {
		text_add(out, "- No library: `trainer` is one static file, and may be copied alone.\n");
	} else {
		text_add(out, "- This folder as a whole: `trainer` starts `lib/trainer` with the libraries of `lib/`, the C library and its loader among them.\n  Nothing need be installed, and what is installed does not matter.\n");
		if (p->certificates)
			text_add(out, "- To fetch by https, certificates: those of the machine, else `lib/certificates.pem`, which are those of the machine that made this folder.\n");
	}
	for (int i = 0; i < p->needs.machine.count; i++)
		text_printf(out, "- `%s` of the machine: it belongs to its driver, and is not brought along.\n", p->needs.machine.at[i]);
}

static void which_files(const struct bundle_program *p, struct text *out)
{
	if (!p->data.count) {
		text_add(out, "- No files of data: none was opened when it was compiled.\n");
		return;
	}
	text_add(out, "- These files of data, by these paths, looked for from the folder where it is started:\n");
	for (int i = 0; i < p->data.count; i++) {
		text_add(out, "  - ");
		plain(out, p->data.at[i].path);
		text_add(out, p->data.at[i].copied ? " (is here)\n" : p->data.at[i].path[0] == '/' ? " (from the root; not here)\n" : " (not here)\n");
	}
	text_add(out, "\n  `./trainer --info` shows which setting names a file; `--SECTION.FIELD PATH` gives another path.\n");
}

void bundle_readme(struct build *b, const struct bundle_program *p, struct text *out)
{
	text_printf(out, "# %s\n\nA trainer of the sweep ", p->program->name);
	plain(out, b->options.config);
	text_printf(out, ", made by mosaicc " MOSAICC_VERSION ": %lld parameters.\n\n", (long long)p->program->nb_params);
	how_to_train(b, p, out);
	what_it_needs(b, p, out);
	which_files(p, out);
	text_add(out, "\n## Its pipelines\n\n| runs | pipeline |\n|---|---|\n");
	for (int i = 0; i < p->program->pipelines.count; i++) {
		const struct pipeline *line = b->sweep.pipelines.at + p->program->pipelines.at[i];
		int64_t first = first_run(b, line->index);
		text_printf(out, "| %lld-%lld | ", (long long)first, (long long)first + b->sweep.multiplicity - 1);
		plain(out, line->line);
		text_add(out, " |\n");
	}
	if (p->needs.libraries.count) {
		text_add(out, "\n## Libraries in lib/\n\n");
		for (int i = 0; i < p->needs.libraries.count; i++)
			text_printf(out, "- `%s`\n", p->needs.libraries.at[i].name);
		text_add(out, "\nThey are copies of what was installed where this folder was made, under their own licences.\n");
	}
}

void bundle_contents(struct build *b, const struct bundle_program *programs, struct text *out)
{
	text_add(out, "# Trainers of ");
	plain(out, b->options.config);
	text_add(out, "\n\nEach folder is a program that runs alone: copy one of them, or all, and read its README.md.\n\n| folder | runs | parameters | shared libraries |\n|---|---|---|---|\n");
	for (int i = 0; i < b->programs.count; i++) {
		const struct program *pr = programs[i].program;
		text_printf(out, "| [%s](%s/README.md) | %d | %lld | %s |\n", pr->name, pr->name, pr->runs, (long long)pr->nb_params, programs[i].needs.loader ? "in lib/" : "none");
	}
	text_add(out, "\nFiles that several programs need may be one file with several names (hard links): `cp -a`, `rsync -aH` and `tar` keep them so.\n");
}
