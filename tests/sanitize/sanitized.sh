#!/bin/sh
# sanitized.sh SOURCE BUILD CC: builds with -DSANITIZE=ON and runs the tests that feed bad input: configs, modules, misbehaving user
# code, graphs, damaged databases, sweeps and checkpoints; hostile names in comparisons, reports and plots.
# Memory that a short process leaves to its end is no leak to report.
set -eu
source=$1 build=$2 cc=$3
[ -e "$build/build.ninja" ] || cmake -S "$source" -B "$build" -G Ninja -DCMAKE_C_COMPILER="$cc" -DSANITIZE=ON -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O1 >/dev/null
ninja -C "$build" --quiet
# Signals stay signals: tests send them, and a crash is a crash without a report, too.
export ASAN_OPTIONS=detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigfpe=0
exec ctest --test-dir "$build" -j2 --output-on-failure --no-tests=error -R '^(config_(cases|properties)|reflect_|bind_test|share_test|trace_cases|graph_|database_damaged|launcher_|trainer_|gemm$|compare_|report_(Data|Hostile|Errors)|plots_(parameters_)?(Hostile|Errors|Lost))'
