#!/bin/sh
# run.sh [BUILD] [options]: our trainers, what people would use instead, and what the machine allows, in one table; see --help.
exec python3 "$(dirname "$0")/bench.py" "$@"
