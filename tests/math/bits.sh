#!/bin/sh
# bits.sh PROGRAM...: runs builds of bits.c and compares what they print. The first line of a program names its group (precision, and whether
# the target has fused multiply-add): all of a group must print the same. A program that this processor cannot run is named and left out.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0 ran=0
for program; do
	name=$(basename "$program")
	"$program" >"$work/out"
	status=$?
	if [ $status -eq 132 ]; then
		echo "left out: $name needs another processor"
		continue
	fi
	if [ $status -ne 0 ]; then
		echo "FAILED: $name exits $status: its reals and wides differ, or rcp is not the division"
		failed=1
		continue
	fi
	ran=$((ran + 1))
	group=$(head -n 1 "$work/out" | tr ' ' _)
	if [ ! -f "$work/$group" ]; then
		mv "$work/out" "$work/$group"
		echo "$name" >"$work/$group.name"
	elif ! diff "$work/$group" "$work/out" >"$work/diff"; then
		echo "FAILED: $name prints other bits than $(cat "$work/$group.name"):"
		cat "$work/diff"
		failed=1
	fi
done
echo "$ran programs compared"
[ $ran -ge 2 ] && [ $failed -eq 0 ]
