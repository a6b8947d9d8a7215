#!/bin/sh
# tutorial.sh: installs what is missing, builds, compiles the tutorial's sweep, trains its 24 runs into database.db and
# shows them. Once more: nothing is left to train, and the same is shown.
set -eu
cd "$(dirname "$0")/.."
sh tests/build.sh
build/mosaic run share/config.ini database.db
build/mosaic status database.db
