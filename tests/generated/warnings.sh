#!/bin/sh
# warnings.sh SOURCE INCLUDE: every golden trainer compiles without a warning in gcc and clang, in several lane counts, and its forward()
# alone needs neither the runtime nor libc.
set -eu
source=$1 include=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0
for file in "$source"/generated/*/*/trainer.c; do
	for cc in gcc clang; do
		for lanes in 1 16; do
			$cc -std=gnu11 -O1 -ffp-contract=off -fno-math-errno -Wall -Wextra -Werror -I"$include" -DLANES=$lanes -c "$file" -o "$work/trainer.o"
		done
		$cc -std=gnu11 -O1 -ffreestanding -DMOSAIC_FORWARD_ONLY -DLANES=1 -Wall -Wextra -Werror -I"$include" -c "$file" -o "$work/forward.o"
		if nm -u "$work/forward.o" | grep -v -E ' (memcpy|memset)$' | grep .; then
			echo "$file: forward() alone needs the symbols above"
			exit 1
		fi
	done
	count=$((count + 1))
done
echo "$count trainers"
[ "$count" -ge 6 ]
