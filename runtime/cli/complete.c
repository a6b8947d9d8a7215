/* complete.c: what bash, zsh and fish complete, from a table of commands: names of commands, options, and for values and arguments what
** their names in the table promise (cli.h). The scripts hold all that they need: they call no program of ours. */
#include "cli.h"

#include <ctype.h>
#include <string.h>

/* ---- what a word of the table stands for --------------------------------------------------------- */

enum kind { KIND_OWN, KIND_CHOICE, KIND_FILES, KIND_ANY_FILE, KIND_FOLDER, KIND_COMMAND };
struct meaning { enum kind kind; char words[128]; };       /* choices or endings, separated by spaces */

static void lower(char *s)
{
	for (; *s; s++)
		*s = (char)tolower((unsigned char)*s);
}

static void meaning_of_word(const char *word, struct meaning *m)
{
	static const struct { const char *name, *endings; } files[] = {
		{"DATABASE", "db"}, {"DB", "db"}, {"COPY", "db"}, {"PICTURE", "pdf svg png"}};
	const char *dot = strrchr(word, '.');
	*m = (struct meaning){.kind = KIND_OWN};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (strcmp(word, files[i].name) == 0) {
			m->kind = KIND_FILES;
			snprintf(m->words, sizeof m->words, "%s", files[i].endings);
		}
	if (dot && isalpha((unsigned char)dot[1])) {
		m->kind = KIND_FILES;
		snprintf(m->words, sizeof m->words, "%s", dot + 1);
		lower(m->words);
	} else if (strcmp(word, "DIR") == 0 || strcmp(word, "RUN_FILES_PATH") == 0) {
		m->kind = KIND_FOLDER;
	} else if (strcmp(word, "FILE") == 0 || strcmp(word, "SPOOL") == 0) {
		m->kind = KIND_ANY_FILE;
	} else if (strcmp(word, "COMMAND") == 0) {
		m->kind = KIND_COMMAND;
	}
}

/* Of the value of an option. */
static struct meaning meaning_of_value(const char *value)
{
	struct meaning m = {.kind = KIND_OWN};
	if (!strchr(value, '|')) {
		char word[64];
		snprintf(word, sizeof word, "%.*s", (int)strcspn(value, " "), value);
		meaning_of_word(word, &m);
		return m;
	}
	m.kind = KIND_CHOICE;
	snprintf(m.words, sizeof m.words, "%.*s", (int)strcspn(value + (*value == '[' ? 2 : 0), "]"), value + (*value == '[' ? 2 : 0));
	for (char *c = m.words; *c; c++)
		*c = *c == '|' ? ' ' : *c;
	return m;
}

/* Of all arguments together: any of their endings. "[DATABASE] RUN_ID", "DATABASE SPOOL...". */
static struct meaning meaning_of_usage(const char *usage)
{
	struct meaning all = {.kind = KIND_OWN};
	while (*usage) {
		char word[64];
		usage += strspn(usage, "[] .\n");
		size_t n = strcspn(usage, "[] \n");
		snprintf(word, sizeof word, "%.*s", (int)n, usage);
		usage += n;
		if (n > 3 && strncmp(usage - 3, "...", 3) == 0 && n < sizeof word)
			word[n - 3] = '\0';
		struct meaning m;
		meaning_of_word(word, &m);
		if (*word == '-' || m.kind == KIND_OWN || all.kind == KIND_ANY_FILE)
			continue;
		if (m.kind == KIND_FILES && all.kind == KIND_FILES && !strstr(all.words, m.words)) {
			size_t used = strlen(all.words);
			if (snprintf(all.words + used, sizeof all.words - used, " %s", m.words) >= (int)(sizeof all.words - used))
				all.kind = KIND_ANY_FILE;                  /* more endings than there is room for */
		} else if (all.kind == KIND_OWN || m.kind == KIND_ANY_FILE) {
			all = m;
		}
	}
	return all;
}

/* ---- quoting ---------------------------------------------------------------------------------------- */

/* The inside of '...' in bash and zsh; `also`: characters that get a backslash, for zsh's _arguments. */
static void quoted(const char *s, const char *also, FILE *out)
{
	for (; *s; s++)
		if (*s == '\'')
			fputs("'\\''", out);
		else if (strchr(also, *s))
			fprintf(out, "\\%c", *s);
		else if (*s != '\n')
			fputc(*s, out);
}

static void quoted_fish(const char *s, FILE *out)
{
	for (; *s; s++)
		if (*s == '\'' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if (*s != '\n')
			fputc(*s, out);
}

static void names(const struct program_table *p, const char *between, FILE *out)
{
	for (const struct command *c = p->commands; c->name; c++)
		fprintf(out, "%s%s", c == p->commands ? "" : between, c->name);
}

static void all_programs(const struct program_table *p, FILE *out)
{
	fputs(p->name, out);
	for (const struct command *c = p->commands; c->name && !p->alone; c++)
		fprintf(out, " %s_%s", p->name, c->name);
}

/* ---- bash -------------------------------------------------------------------------------------------- */

static void bash_meaning(const struct program_table *p, const struct meaning *m, FILE *out)
{
	if (m->kind == KIND_COMMAND) {
		fputs("_words '", out);
		names(p, " ", out);
		fputs("'", out);
	} else if (m->kind == KIND_CHOICE) {
		fprintf(out, "_words '%s'", m->words);
	} else if (m->kind == KIND_FILES) {
		fprintf(out, "_files %s", m->words);
	} else {
		fputs(m->kind == KIND_ANY_FILE ? "_any" : m->kind == KIND_FOLDER ? "_files" : "_own", out);
	}
}

static void bash_command(const struct program_table *p, const struct command *c, FILE *out)
{
	fprintf(out, "\t%s)\n\t\toptions='", c->name);
	for (int i = 0; i < option_count(c); i++)
		if (c->options[i].help)
			fprintf(out, "--%s ", c->options[i].name);
	fputs("--help'\n\t\tcase $before in\n", out);
	for (int i = 0; i < option_count(c); i++) {
		const struct option_row *o = &c->options[i];
		if (!o->value || (value_optional(o) && !strchr(o->value, '|')))
			continue;
		struct meaning m = meaning_of_value(o->value);
		fprintf(out, "\t\t--%s", o->name);
		if (o->letter)
			fprintf(out, "|-%c", o->letter);
		fprintf(out, ") what=");
		fputc('"', out);
		bash_meaning(p, &m, out);
		fputs("\" ;;\n", out);
	}
	struct meaning m = meaning_of_usage(c->usage);
	fputs("\t\t*) what=\"", out);
	bash_meaning(p, &m, out);
	fputs("\" ;;\n\t\tesac ;;\n", out);
}

static void print_bash(const struct program_table *p, FILE *out)
{
	const char *n = p->name;
	fprintf(out, "# What bash completes for %s.\n"
		"_%s_words() { compgen -W \"$1\" -- \"$word\"; }\n"
		"_%s_any() { compgen -f -- \"$word\"; }\n"
		"_%s_own() { :; }\n"
		"_%s_files() {\n\tlocal ending\n\tcompgen -d -- \"$word\"\n\tfor ending; do\n\t\tcompgen -f -X \"!*.$ending\" -- \"$word\"\n\tdone\n}\n", n, n, n, n, n);
	fprintf(out, "_%s() {\n\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[0]##*/} options what=_own\n"
		"\tif [ \"$word\" = = ]; then\n\t\tword=\n\telif [ \"$before\" = = ]; then\n\t\tbefore=${COMP_WORDS[COMP_CWORD-2]}\n\tfi\n", n);
	if (!p->alone) {
		fprintf(out, "\tif [ \"$command\" = %s ]; then\n\t\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\t\tmapfile -t COMPREPLY < <(compgen -W '", n);
		names(p, " ", out);
		fprintf(out, "' -- \"$word\")\n\t\t\treturn\n\t\tfi\n\t\tcommand=${COMP_WORDS[1]}\n\tfi\n");
	}
	fprintf(out, "\tcase ${command#%s_} in\n", n);
	for (const struct command *c = p->commands; c->name; c++)
		bash_command(p, c, out);
	/* An option stands for itself unless it is the value of the one before. */
	fprintf(out, "\tesac\n\tcase $word in\n\t-*) what=\"_words '$options'\" ;;\n\tesac\n"
		"\tmapfile -t COMPREPLY < <(eval \"_%s$what\" | sort -u)\n}\ncomplete -o filenames -F _%s ", n, n);
	all_programs(p, out);
	fputc('\n', out);
}

/* ---- zsh --------------------------------------------------------------------------------------------- */

static void zsh_meaning(const struct program_table *p, const struct meaning *m, FILE *out)
{
	if (m->kind == KIND_COMMAND) {
		fputs("(", out);
		names(p, " ", out);
		fputs(")", out);
	} else if (m->kind == KIND_CHOICE) {
		fprintf(out, "(%s)", m->words);
	} else if (m->kind == KIND_FILES) {
		bool several = strchr(m->words, ' ');          /* "*.(db)" would be a file with the qualifiers d and b */
		fputs(several ? "_files -g \"*.(" : "_files -g \"*.", out);
		for (const char *c = m->words; *c; c++)
			fputc(*c == ' ' ? '|' : *c, out);
		fputs(several ? ")\"" : "\"", out);
	} else {
		fputs(m->kind == KIND_ANY_FILE ? "_files" : m->kind == KIND_FOLDER ? "_files -/" : " ", out);
	}
}

static void zsh_value(const struct program_table *p, const struct option_row *o, FILE *out)
{
	if (!o->value)
		return;
	struct meaning m = meaning_of_value(o->value);
	const char *space = strchr(o->value, ' ');
	fputs(value_optional(o) ? "::" : ":", out);
	fprintf(out, "%.*s:", (int)strcspn(o->value, " |[]"), o->value);
	zsh_meaning(p, &m, out);
	if (space)
		fprintf(out, ":%s: ", space + 1);
}

static void zsh_command(const struct program_table *p, const struct command *c, FILE *out)
{
	fprintf(out, "\t%s)\n\t\t_arguments", c->name);
	for (int i = 0; i < option_count(c); i++) {
		const struct option_row *o = &c->options[i];
		const char *tail = !o->value ? "" : value_optional(o) ? "=-" : strchr(o->value, ' ') ? "" : "=";
		if (!o->help)
			continue;
		if (o->letter)
			fprintf(out, " \\\n\t\t\t'(-%c --%s)'{-%c,--%s%s}'[", o->letter, o->name, o->letter, o->name, tail);
		else
			fprintf(out, " \\\n\t\t\t'--%s%s[", o->name, tail);
		quoted(o->help, "[]", out);
		fputs("]", out);
		zsh_value(p, o, out);
		fputs("'", out);
	}
	struct meaning m = meaning_of_usage(c->usage);
	fputs(" \\\n\t\t\t'(-h --help)'{-h,--help}'[explain it]'", out);
	if (m.kind != KIND_OWN) {
		fputs(" \\\n\t\t\t'*:argument:", out);
		zsh_meaning(p, &m, out);
		fputs("'", out);
	}
	fputs(" ;;\n", out);
}

static void print_zsh(const struct program_table *p, FILE *out)
{
	const char *n = p->name;
	fputs("#compdef ", out);
	all_programs(p, out);
	fprintf(out, "\n# What zsh completes for %s.\n_%s() {\n\tlocal command=${words[1]:t}\n", n, n);
	if (!p->alone) {
		fprintf(out, "\tif [[ $command == %s ]]; then\n\t\tif (( CURRENT == 2 )); then\n\t\t\tlocal -a commands=(", n);
		for (const struct command *c = p->commands; c->name; c++) {
			fprintf(out, "\n\t\t\t\t'%s:", c->name);
			quoted(c->summary, "", out);
			fputs("'", out);
		}
		fprintf(out, ")\n\t\t\t_describe command commands\n\t\t\treturn\n\t\tfi\n\t\tcommand=${words[2]}\n\t\tshift words\n\t\t(( CURRENT-- ))\n\tfi\n");
	}
	fprintf(out, "\tcase ${command#%s_} in\n", n);
	for (const struct command *c = p->commands; c->name; c++)
		zsh_command(p, c, out);
	fprintf(out, "\tesac\n}\nif [[ $funcstack[1] == _%s ]]; then\n\t_%s \"$@\"\nelse\n\tcompdef _%s ", n, n, n);
	all_programs(p, out);
	fputs("\nfi\n", out);
}

/* ---- fish -------------------------------------------------------------------------------------------- */

static void fish_meaning(const struct program_table *p, const struct meaning *m, FILE *out)
{
	if (m->kind == KIND_OWN)
		return;
	fputs(" -k -a '", out);
	if (m->kind == KIND_COMMAND)
		names(p, " ", out);
	else if (m->kind == KIND_CHOICE)
		fputs(m->words, out);
	else if (m->kind == KIND_ANY_FILE)
		fputs("(__fish_complete_path)", out);
	else if (m->kind == KIND_FOLDER)
		fputs("(__fish_complete_directories)", out);
	else {
		fputs("(__fish_complete_suffix", out);
		for (const char *word = m->words; *word; word += strspn(word, " ")) {
			size_t n = strcspn(word, " ");
			fprintf(out, " .%.*s", (int)n, word);
			word += n;
		}
		fputs(")", out);
	}
	fputs("'", out);
}

/* The options of a command of the program, and of the same command under its own name. */
static void fish_options(const struct program_table *p, const struct command *c, bool own_name, FILE *out)
{
	char start[256];
	if (p->alone)
		snprintf(start, sizeof start, "complete -c %s", p->name);
	else if (own_name)
		snprintf(start, sizeof start, "complete -c %s_%s", p->name, c->name);
	else
		snprintf(start, sizeof start, "complete -c %s -n '__fish_seen_subcommand_from %s'", p->name, c->name);
	struct meaning m = meaning_of_usage(c->usage);
	fprintf(out, "%s -f", start);
	fish_meaning(p, &m, out);
	fputc('\n', out);
	for (int i = 0; i < option_count(c); i++) {
		const struct option_row *o = &c->options[i];
		if (!o->help)
			continue;
		fprintf(out, "%s -l %s", start, o->name);
		if (o->letter)
			fprintf(out, " -s %c", o->letter);
		if (o->value) {
			m = meaning_of_value(o->value);
			fputs(value_optional(o) ? " -f" : " -x", out);
			fish_meaning(p, &m, out);
		}
		fputs(" -d '", out);
		quoted_fish(o->help, out);
		fputs("'\n", out);
	}
	fprintf(out, "%s -l help -s h -d 'explain it'\n", start);
}

static void print_fish(const struct program_table *p, FILE *out)
{
	fprintf(out, "# What fish completes for %s.\n", p->name);
	for (const struct command *c = p->commands; c->name && !p->alone; c++) {
		fprintf(out, "complete -c %s -f -n __fish_use_subcommand -a %s -d '", p->name, c->name);
		quoted_fish(c->summary, out);
		fputs("'\n", out);
	}
	for (const struct command *c = p->commands; c->name; c++) {
		fish_options(p, c, false, out);
		if (!p->alone)
			fish_options(p, c, true, out);
	}
}

bool print_completion(const struct program_table *p, const char *shell, FILE *out)
{
	if (!*shell || strcmp(shell, "bash") == 0)
		print_bash(p, out);
	else if (strcmp(shell, "zsh") == 0)
		print_zsh(p, out);
	else if (strcmp(shell, "fish") == 0)
		print_fish(p, out);
	else
		return false;
	return true;
}
