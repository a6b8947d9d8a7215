#!/bin/sh
# build.sh [--tests]: installs what is missing (with --tests what the tests need too) and builds into build/. Prints the compiler's messages only if it fails.
set -eu
cd "$(dirname "$0")/.."
sh tests/packages.sh "$@"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() {
	"$@" </dev/null >"$log" 2>&1 && return
	cat "$log" >&2
	echo "failed: $*" >&2
	exit 1
}
[ -e build/build.ninja ] || quietly cmake -S . -B build -G Ninja -DCMAKE_C_COMPILER=clang
quietly ninja -C build
