#!/bin/sh
# goldens.sh MOSAICC SOURCE: makes the goldens of generated/ again, twice and in another folder, and compares every byte.
# UPDATE=1 rewrites them. What belongs to a machine (machine.ninja, objects, caches) is no golden.
set -eu
mosaicc=$1 source=$2
goldens="config breast_cancer"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$source/share" "$work/share"
cd "$work"
failed=0
for name in $goldens; do
	[ -f "share/$name.ini" ] || { echo "share/$name.ini is missing"; exit 1; }
	"$mosaicc" --no-build --quiet "share/$name.ini"
	"$mosaicc" --no-build --quiet "share/$name.ini"          # a second run over the first changes nothing
	rm -rf "generated/$name/.cache" "generated/$name/machine.ninja" "generated/$name/build.ninja.d"
	if [ "${UPDATE:-}" = 1 ]; then
		mkdir -p "$source/generated/$name"
		(cd "$source/generated/$name" && find . -name .cache -prune -o -type f \( -name '*.c' -o -name '*.txt' -o -name '*.json' -o -name '*.md' -o -name build.ninja \) -exec rm {} +)
		cp -r "generated/$name/." "$source/generated/$name/"
	fi
	count=0
	for file in $(cd "generated/$name" && find . -type f | sort); do
		cmp "generated/$name/$file" "$source/generated/$name/$file" || failed=1
		count=$((count + 1))
	done
	for file in $(cd "$source/generated/$name" && find . -name .cache -prune -o -name '*.c' -print -o -name graph.txt -print); do
		[ -f "generated/$name/$file" ] || { echo "generated/$name/$file is no longer made"; failed=1; }
	done
	echo "$name: $count files"
	[ "$count" -gt 5 ] || failed=1
done
if grep -rIl "$work" generated >/dev/null; then
	echo "a generated file holds an absolute path:"
	grep -rIn "$work" generated | head -3
	failed=1
fi
exit $failed
