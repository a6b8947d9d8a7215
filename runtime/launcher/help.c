/* help.c: what is printed from the table of commands: help, the man page, completion. */
#include "launcher.h"

#include <stdlib.h>
#include <string.h>

static const char exits_before[] = "  0  all is well\n", exits_after[] = "  2  wrong arguments, or a file that cannot be used\n";

void print_help(const struct command *c, FILE *out)
{
	fprintf(out, "usage: mosaic %s %s%s\n       mosaic_%s ...\n%s", c->name, option_count(c) ? "[options] " : "", c->usage, c->name, c->about);
	fputs("options:\n", out);
	for (int i = 0; i < option_count(c); i++) {
		const struct option_row *o = &c->options[i];
		if (!o->help)
			continue;
		char *name = format("%s--%s%s%s", o->letter ? (char[]){'-', o->letter, ',', ' ', 0} : "    ", o->name, o->value ? " " : "", o->value ? o->value : "");
		fprintf(out, "  %-22s %s\n", name, o->help);
		free(name);
	}
	fprintf(out, "  %-22s %s\n", "-h, --help", "this text");
	fprintf(out, "exit codes:\n%s%s%s", exits_before, exits_after, c->exits ? c->exits : "");
}

void print_commands(FILE *out)
{
	fputs("usage: mosaic COMMAND ...   (or mosaic_COMMAND ...)\n", out);
	for (const struct command *c = commands; c->name; c++)
		fprintf(out, "  %-10s %s\n", c->name, c->summary);
	fputs("`mosaic COMMAND --help` explains a command.\n", out);
}


/* Text for troff: backslashes, minus signs and dots at the start of a line are no commands. */
static void man_text(const char *s)
{
	for (bool start = true; *s; start = *s == '\n', s++) {
		if (start && (*s == '.' || *s == '\''))
			fputs("\\&", stdout);
		if (*s == '\\')
			fputs("\\e", stdout);
		else if (*s == '-')
			fputs("\\-", stdout);
		else
			putchar(*s);
	}
}

static void man_command(const struct command *c)
{
	printf(".SS \"");
	man_text(c->name);
	putchar(' ');
	man_text(c->usage);
	printf("\"\n");
	man_text(c->summary);
	printf(".\n");
	man_text(c->about);
	for (int i = 0; i < option_count(c); i++) {
		const struct option_row *o = &c->options[i];
		if (!o->help)
			continue;
		printf(".TP\n.B ");
		if (o->letter)
			printf("\\-%c, ", o->letter);
		printf("\\-\\-");
		man_text(o->name);
		if (o->value)
			printf(" \\fI%s\\fR", o->value);
		putchar('\n');
		man_text(o->help);
		putchar('\n');
	}
	if (c->exits) {
		printf(".PP\nExit codes:\n.nf\n");
		man_text(c->exits);
		printf(".fi\n");
	}
}

static void print_man(void)
{
	printf(".TH MOSAIC 1 \"\" \"mosaic %s\"\n.SH NAME\nmosaic \\- train, follow and keep sweeps of neural networks\n", MOSAIC_VERSION);
	printf(".SH SYNOPSIS\n.B mosaic\n.I command\n\\&...\n.br\n.BI mosaic_ command\n\\&...\n.SH COMMANDS\n");
	for (const struct command *c = commands; c->name; c++)
		man_command(c);
	printf(".SH EXIT STATUS\n.nf\n%s%s.fi\n.SH SEE ALSO\n.BR mosaicc (1)\n", exits_before, exits_after);
}

static void print_words(const struct command *c)
{
	for (int i = 0; i < option_count(c); i++)
		if (c->options[i].help)
			printf("--%s ", c->options[i].name);
	printf("--help");
}

/* Options of the command that stands in the line, names of commands in the first place, files elsewhere. */
static void print_completion(void)
{
	printf("_mosaic() {\n\tlocal word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[0]##*/} words=\n"
	       "\tif [ \"$command\" = mosaic ]; then\n\t\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\t\tCOMPREPLY=($(compgen -W '");
	for (const struct command *c = commands; c->name; c++)
		printf("%s%s", c == commands ? "" : " ", c->name);
	printf("' -- \"$word\"))\n\t\t\treturn\n\t\tfi\n\t\tcommand=${COMP_WORDS[1]}\n\tfi\n\tcase ${command#mosaic_} in\n");
	for (const struct command *c = commands; c->name; c++) {
		printf("\t%s) words='", c->name);
		print_words(c);
		printf("' ;;\n");
	}
	printf("\tesac\n\tcase $word in\n\t-*) COMPREPLY=($(compgen -W \"$words\" -- \"$word\")) ;;\n"
	       "\t*) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n\tesac\n}\ncomplete -o filenames -F _mosaic mosaic");
	for (const struct command *c = commands; c->name; c++)
		printf(" mosaic_%s", c->name);
	putchar('\n');
}

enum exit_code cmd_version(const struct args *args)
{
	(void)args;
	puts("mosaic " MOSAIC_VERSION);
	return EXIT_DONE;
}

enum exit_code cmd_help(const struct args *args)
{
	if (option(args, "names")) {
		for (const struct command *c = commands; c->name; c++)
			puts(c->name);
		return EXIT_DONE;
	}
	if (option(args, "man")) {
		print_man();
		return EXIT_DONE;
	}
	if (option(args, "completion")) {
		print_completion();
		return EXIT_DONE;
	}
	if (!args->count) {
		print_commands(stdout);
		return EXIT_DONE;
	}
	const struct command *c = command_or_complain(args->at[0]);
	if (!c)
		return EXIT_USAGE;
	print_help(c, stdout);
	return EXIT_DONE;
}
