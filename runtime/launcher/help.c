/* help.c: `mosaic help` and `mosaic version`; cli/ prints what the table of commands says. */
#include "launcher.h"

const struct program_table mosaic_program = {
	.name = "mosaic", .version = MOSAIC_VERSION, .summary = "train, follow and keep sweeps of neural networks", .commands = commands, .see_also = "mosaicc",
};

enum exit_code cmd_version(const struct args *args)
{
	(void)args;
	puts("mosaic " MOSAIC_VERSION);
	return EXIT_DONE;
}

static enum exit_code completion(const char *shell)
{
	if (print_completion(&mosaic_program, shell, stdout))
		return EXIT_DONE;
	complain("--completion: there is none for '%s'", shell);
	hint("it takes bash, zsh or fish");
	return EXIT_USAGE;
}

enum exit_code cmd_help(const struct args *args)
{
	if (option(args, "names")) {
		for (const struct command *c = commands; c->name; c++)
			puts(c->name);
		return EXIT_DONE;
	}
	if (option(args, "man")) {
		print_man(&mosaic_program, stdout);
		return EXIT_DONE;
	}
	if (option(args, "completion"))
		return completion(option(args, "completion"));
	if (!args->count) {
		print_commands(&mosaic_program, stdout);
		return EXIT_DONE;
	}
	const struct command *c = command_or_complain(args->at[0]);
	if (!c)
		return EXIT_USAGE;
	print_help(&mosaic_program, c, stdout);
	return EXIT_DONE;
}
