#!/bin/sh
# packages.sh [--tests] [--list]: the Debian packages that mosaicc needs; with --tests those of its tests too. Installs those that
# are missing, touches nothing that is there, and says nothing when all is well. --list prints their names only.
#
# Each package with what it is for stands in README.md.
set -eu
packages="clang libclang-14-dev libclang-rt-14-dev lld mold gcc libc6-dev ninja-build cmake pkg-config
	libdw-dev libelf-dev libjansson-dev libsqlite3-dev libxxhash-dev zlib1g-dev libhdf5-dev libcurl4-openssl-dev ca-certificates gnuplot-nox libcmocka-dev python3"
if [ "${1-}" = --tests ]; then
	packages="$packages g++ gdb valgrind sqlite3 zsh fish groff-base chromium"
	shift
fi

if [ "${1-}" = --list ]; then
	echo $packages
	exit 0
fi
if ! command -v dpkg-query >/dev/null; then
	echo "this is not Debian: install by hand what these packages bring: $packages" >&2
	exit 0
fi
missing=
for package in $packages; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
	[ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "some packages are missing; install them as root:" >&2
		echo "  apt-get update && apt-get install --no-install-recommends$missing" >&2
		exit 1
	fi
	sudo=sudo
fi
echo "installing$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Reads nothing from standard input, so that it works where there is none; sudo asks on the terminal.
quietly() {
	$sudo env DEBIAN_FRONTEND=noninteractive "$@" </dev/null >"$log" 2>&1 && return
	cat "$log" >&2
	echo "failed: $*" >&2
	exit 1
}
quietly apt-get -q update
quietly apt-get -qy install --no-install-recommends $missing
