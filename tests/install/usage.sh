#!/bin/sh
# usage.sh MOSAICC: whoever types something wrong is told what to do next, and nothing is written.
set -eu
mosaicc=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failed=0
# wrong ARGUMENTS -- WORDS: exit status 2, the words in the message.
wrong() {
	arguments=
	while [ "$1" != -- ]; do
		arguments="$arguments $1"
		shift
	done
	shift
	code=0
	$mosaicc $arguments >out 2>&1 || code=$?
	if [ "$code" -ne 2 ] || ! grep -qF -e "$*" out || ! grep -q 'hint:' out; then
		echo "mosaicc$arguments: exit $code, '$*' and a hint expected, and it said:"
		cat out
		failed=1
	fi
	rm out
}
wrong -- which configuration
wrong --check -- which configuration
wrong a.ini b.ini -- one configuration at a time
wrong --pipelines a.ini -- the file to write
wrong --chek a.ini -- did you mean --check?
wrong --unheard-of a.ini -- --help
wrong -z a.ini -- --help
wrong -j x a.ini -- whole number
wrong -j 0 a.ini -- whole number
wrong -j 1.5 a.ini -- whole number
wrong --time-limit soon a.ini -- a number above 0
wrong --time-limit -1 a.ini -- a number above 0
wrong -d nothing a.ini -- simplify
wrong mlp.c -- --describe
[ -z "$(ls)" ] || { ls; failed=1; }
exit $failed
