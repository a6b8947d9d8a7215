#!/bin/sh
# run.sh: installs what is missing, builds, and passes every test. Arguments go to ctest: `sh tests/run.sh -R config`.
set -eu
cd "$(dirname "$0")/.."
sh tests/build.sh --tests
exec ctest --test-dir build -j2 --output-on-failure --no-tests=error --timeout 900 "$@"
