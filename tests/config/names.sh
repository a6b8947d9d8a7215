#!/bin/sh
# names.sh ROOT: the losses, optimisers and parameters that doc/config.md (and so settings.c) lists are those that exist.
set -u
cd "$1" || exit 2
failed=0

# The choices of a key, one a line, from its row of the tables.
choices() { sed -n "s/^| \`$1\` | \([^|]*\) |.*/\1/p" doc/config.md | tr -d ' ' | tr ',' '\n' | sort -u; }

same() { # WHAT DOCUMENTED EXISTING
	[ "$2" = "$3" ] && [ -n "$3" ] && return
	printf '%s in mosaicc/settings.c:\n%s\nbut these exist:\n%s\n' "$1" "$2" "$3" >&2
	failed=1
}

same losses "$(choices loss_function)" "$(sed -n '/builtin_losses\[\]/,/}/p' mosaicc/builtin.c | grep -o '"[A-Za-z0-9]*"' | tr -d '"' | sort -u)"
same optimisers "$(choices optimizer)" "$(sed -n 's/^[^"]*\.name = "\([A-Za-z0-9]*\)".*/\1/p' templates/optimizers/*.c | sort -u)"

# Every number of an optimiser is a key; beta1 and beta2 are written betas.
for key in $(sed -n 's/.*\.hyper = {\(.*\)}.*/\1/p' templates/optimizers/*.c | grep -o '{"[a-z_0-9]*"' | tr -d '{"' | sed 's/^beta[12]$/betas/' | sort -u); do
	grep -q "^| \`$key\` |" doc/config.md || { echo "no key '$key' in mosaicc/settings.c" >&2; failed=1; }
done

# Every parameter of a loss is read where the losses are made.
for key in $(sed -n '/^Parameters of the losses/,/^Parameters of the optimisers/s/^| `\([a-z_]*\)` .*/\1/p' doc/config.md); do
	grep -q "\"$key\"" mosaicc/builtin.c || { echo "mosaicc/builtin.c does not read '$key'" >&2; failed=1; }
done
exit $failed
