/* cli.h: a command and its options as rows of a table, for `mosaic` (launcher/commands.c) and for mosaicc (mosaicc/options.c): help,
** man pages and what three shells complete come from the table alone. Parsing is not here: each program has its own. */
#ifndef MOSAIC_CLI_H
#define MOSAIC_CLI_H

#include <stdbool.h>
#include <stdio.h>

/* Exit codes of every command; a command's help names those that it uses. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_RUNS_FAILED = 1,                                  /* it worked, but some run failed */
	EXIT_USAGE = 2,                                        /* wrong arguments, or a file that cannot be used */
	EXIT_IN_USE = 3,                                       /* another launcher holds the database */
	EXIT_STOPPED = 75,                                     /* interrupted; the same command goes on where it stopped */
};

enum { OPTIONS_MAX = 24 };
/* value: NULL for a flag; with a space in it the option takes two; "a|b|c": one of these; "[=a|b|c]": may be left out. A row without
** help is another spelling of the row before it. What a value or an argument is called says what shells complete: *.ini, *.json, DATABASE,
** DB, PICTURE, DIR, FILE, COMMAND; other words are the user's own. */
struct option_row { const char *name; char letter; const char *value, *help; };
struct args;
struct command {
	const char *name, *summary, *usage, *about;
	int least, most;                                       /* how many arguments; most < 0: any number */
	enum exit_code (*run)(const struct args *args);
	struct option_row options[OPTIONS_MAX];                /* ends with a NULL name */
	const char *exits;                                     /* what the exit codes other than 0 and 2 mean */
};
/* A program: `commands` ends with a NULL name. alone: it has one command, of the program's own name. */
struct program_table { const char *name, *version, *summary; const struct command *commands; bool alone; const char *see_also; };

int option_count(const struct command *c);
bool value_optional(const struct option_row *o);           /* "[=a|b]" */
/* help.c */
void print_help(const struct program_table *p, const struct command *c, FILE *out);
void print_commands(const struct program_table *p, FILE *out);
void print_man(const struct program_table *p, FILE *out);
/* complete.c: shell is "bash", "zsh" or "fish"; "" is bash. False: there is no completion for it. */
bool print_completion(const struct program_table *p, const char *shell, FILE *out);
/* terminal.c: may this stream be coloured? A terminal that is not dumb, and no NO_COLOR (https://no-color.org). */
bool terminal_colors(FILE *stream);
bool terminal_cursor(FILE *stream);                        /* may a line be drawn again? A terminal that is not dumb */
int terminal_width(FILE *stream, int otherwise);           /* columns; `otherwise` when it is no terminal */
/* streams.c: the first call of main(). A stream that is closed would be the next file to be opened, and messages would end up in it; output
** can still not be written then. A limit on the size of files is a failed write, not the program's end. */
void streams_open(void);
bool streams_written(void);                                /* did all reach standard output, from the first byte on? */
#endif
