#!/bin/sh
# gcc.sh SOURCE BUILD GCC: everything but the tests builds with gcc, too, without a warning.
set -eu
cmake -S "$1" -B "$2" -G Ninja -DCMAKE_C_COMPILER="$3" -DCMAKE_C_FLAGS=-g0 --log-level=WARNING
ninja -C "$2" -j 2 mosaicc mosaic mosaic_trainer
"$2/mosaicc" --version
