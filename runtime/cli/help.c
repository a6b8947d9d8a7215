/* help.c: help and man pages, from a table of commands. */
#include "cli.h"

#include <string.h>

static const char exits_before[] = "  0  all is well\n", exits_after[] = "  2  wrong arguments, or a file that cannot be used\n";

int option_count(const struct command *c)
{
	int n = 0;
	while (n < OPTIONS_MAX && c->options[n].name)
		n++;
	return n;
}

bool value_optional(const struct option_row *o)
{
	return o->value && *o->value == '[';
}

static const char *gap(const struct option_row *o)
{
	return o->value && !value_optional(o) ? " " : "";
}

static void usage(const struct program_table *p, const struct command *c, FILE *out)
{
	const char *options = option_count(c) ? "[options] " : "";
	if (!p->alone) {
		fprintf(out, "usage: %s %s %s%s\n       %s_%s ...\n", p->name, c->name, options, c->usage, p->name, c->name);
		return;
	}
	const char *line = c->usage;
	for (bool first = true; *line; first = false) {
		size_t n = strcspn(line, "\n");
		fprintf(out, "%s %s %.*s\n", first ? "usage:" : "      ", p->name, (int)n, line);
		line += n + (line[n] == '\n');
	}
	fputc('\n', out);
}

void print_help(const struct program_table *p, const struct command *c, FILE *out)
{
	usage(p, c, out);
	fputs(c->about, out);
	fputs("options:\n", out);
	for (int i = 0; i < option_count(c); i++) {
		const struct option_row *o = &c->options[i];
		char name[96];
		if (!o->help)
			continue;
		snprintf(name, sizeof name, "%s--%s%s%s", o->letter ? (char[]){'-', o->letter, ',', ' ', 0} : "    ", o->name, gap(o), o->value ? o->value : "");
		if (strlen(name) > 22)
			fprintf(out, "  %s\n  %-22s %s\n", name, "", o->help);
		else
			fprintf(out, "  %-22s %s\n", name, o->help);
	}
	fprintf(out, "  %-22s %s\n", "-h, --help", "this text");
	fprintf(out, "exit codes:\n%s", exits_before);
	if (!c->exits || !strstr(c->exits, "\n  2  "))
		fputs(exits_after, out);
	fputs(c->exits ? c->exits : "", out);
}

void print_commands(const struct program_table *p, FILE *out)
{
	fprintf(out, "usage: %s COMMAND ...   (or %s_COMMAND ...)\n", p->name, p->name);
	for (const struct command *c = p->commands; c->name; c++)
		fprintf(out, "  %-10s %s\n", c->name, c->summary);
	fprintf(out, "`%s COMMAND --help` explains a command.\n", p->name);
}

/* ---- man pages --------------------------------------------------------------------------------- */

/* Text for troff: backslashes, minus signs and dots at the start of a line are no commands. */
static void man_text(const char *s, FILE *out)
{
	for (bool start = true; *s; start = *s == '\n', s++) {
		if (start && (*s == '.' || *s == '\''))
			fputs("\\&", out);
		if (*s == '\\')
			fputs("\\e", out);
		else if (*s == '-')
			fputs("\\-", out);
		else if (*s == '"')
			fputs("\\(dq", out);
		else
			fputc(*s, out);
	}
}

static void man_options(const struct command *c, FILE *out)
{
	for (int i = 0; i < option_count(c); i++) {
		const struct option_row *o = &c->options[i];
		if (!o->help)
			continue;
		fprintf(out, ".TP\n.B ");
		if (o->letter)
			fprintf(out, "\\-%c, ", o->letter);
		fprintf(out, "\\-\\-");
		man_text(o->name, out);
		if (o->value) {
			fprintf(out, "%s\\fI", gap(o));
			man_text(o->value, out);
			fprintf(out, "\\fR");
		}
		fputc('\n', out);
		man_text(o->help, out);
		fputc('\n', out);
	}
}

static void man_command(const struct command *c, FILE *out)
{
	fprintf(out, ".SS \"");
	man_text(c->name, out);
	fputc(' ', out);
	man_text(c->usage, out);
	fprintf(out, "\"\n");
	man_text(c->summary, out);
	fprintf(out, ".\n");
	man_text(c->about, out);
	man_options(c, out);
	if (c->exits) {
		fprintf(out, ".PP\nExit codes:\n.nf\n");
		man_text(c->exits, out);
		fprintf(out, ".fi\n");
	}
}

static void man_alone(const struct program_table *p, FILE *out)
{
	const struct command *c = p->commands;
	fprintf(out, ".SH SYNOPSIS\n");
	for (const char *line = c->usage; *line;) {
		size_t n = strcspn(line, "\n");
		char text[160];
		snprintf(text, sizeof text, "%.*s", (int)n, line);
		fprintf(out, ".B %s\n", p->name);
		man_text(text, out);
		fprintf(out, "\n.br\n");
		line += n + (line[n] == '\n');
	}
	fprintf(out, ".SH DESCRIPTION\n");
	man_text(c->about, out);
	fprintf(out, ".SH OPTIONS\n");
	man_options(c, out);
}

void print_man(const struct program_table *p, FILE *out)
{
	char upper[32] = "";
	for (size_t i = 0; p->name[i] && i < sizeof upper - 1; i++)
		upper[i] = p->name[i] >= 'a' && p->name[i] <= 'z' ? (char)(p->name[i] - 'a' + 'A') : p->name[i];
	fprintf(out, ".TH %s 1 \"\" \"%s %s\"\n.SH NAME\n%s \\- %s\n", upper, p->name, p->version, p->name, p->summary);
	if (p->alone) {
		man_alone(p, out);
	} else {
		fprintf(out, ".SH SYNOPSIS\n.B %s\n.I command\n\\&...\n.br\n.BI %s_ command\n\\&...\n.SH COMMANDS\n", p->name, p->name);
		for (const struct command *c = p->commands; c->name; c++)
			man_command(c, out);
	}
	fprintf(out, ".SH EXIT STATUS\n.nf\n%s", exits_before);
	if (!p->alone || !p->commands->exits || !strstr(p->commands->exits, "\n  2  "))
		fputs(exits_after, out);
	if (p->alone && p->commands->exits)
		man_text(p->commands->exits, out);
	fprintf(out, ".fi\n.SH ENVIRONMENT\n.TP\n.B NO_COLOR\nWhen it is set and not empty, nothing is coloured; what is no terminal never is.\n"
		".SH SEE ALSO\n.BR %s (1)\n", p->see_also);
}
