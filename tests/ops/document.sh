#!/bin/sh
# document.sh MOSAICC SOURCE: doc/ops.md is what --ops prints, and the code of doc/adding-an-op.md is that of its files. UPDATE=1 rewrites the first.
set -eu
page=$2/doc/ops.md
if [ "${UPDATE:-}" = 1 ]; then
	"$1" --ops > "$page"
fi
"$1" --ops | diff -u "$page" -
code() { awk -v want="$1" '/^```/ { open = !open; count += open; next } open && count == want' "$2/doc/adding-an-op.md"; }
[ "$(code 1 "$2")" != "" ]
grep -qxF "$(code 1 "$2")" "$2/templates/ops/elementwise.def"
code 2 "$2" | diff -u "$2/templates/ops/cumsum.c" -
