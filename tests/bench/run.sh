#!/bin/sh
# run.sh [BUILD]: times the tutorial on this machine and prints one table, and the same as JSON into bench.json of this folder's caller.
# It prints and judges nothing: times of a shared machine are for comparing lines of one table.
exec python3 "$(dirname "$0")/bench.py" "${1:-build}"
