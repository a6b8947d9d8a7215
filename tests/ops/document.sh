#!/bin/sh
# document.sh MOSAICC FILE: doc/ops.md is what --ops prints. UPDATE=1 rewrites it.
set -eu
if [ "${UPDATE:-}" = 1 ]; then
	"$1" --ops > "$2"
fi
"$1" --ops | diff -u "$2" -
