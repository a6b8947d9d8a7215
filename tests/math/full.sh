#!/bin/sh
# full.sh [DIR]: the long form of the tests, about an hour of one core. Every one of the 2^32 floats for every function of one argument,
# 2^27 doubles; then the bits of every compiler, level, target and lane count. Builds in DIR (default: a new folder under /tmp).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$(mktemp -d)}
mkdir -p "$dir"
flags="-std=gnu11 -ffp-contract=off -fno-math-errno -Wall -Wextra -Werror -I$here/../../templates"
failed=0
programs=
for compiler in clang gcc; do
	for level in -O2 -O3; do
		for target in native x86-64-v3 x86-64; do
			for lanes in 1 4 8 16; do
				for precision in float double; do
					macro=-DLANES=$lanes
					[ $precision = float ] || macro="$macro -DREAL64"
					program=$dir/bits_${precision}_$compiler${level}_${target}_$lanes
					$compiler $flags -Wno-psabi $level -march=$target $macro "$here/bits.c" -o "$program" -lm
					programs="$programs $program"
				done
			done
		done
	done
done
sh "$here/bits.sh" $programs || failed=1
clang $flags -O2 -march=native "$here/accuracy.c" -o "$dir/accuracy_float" -lm
clang $flags -O2 -march=native -DREAL64 "$here/accuracy.c" -o "$dir/accuracy_double" -lm
"$dir/accuracy_float" 1 || failed=1
"$dir/accuracy_double" 32 || failed=1
exit $failed
