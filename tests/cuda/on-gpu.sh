#!/bin/sh
# on-gpu.sh [BUILD [FOLDER]]: checks and measures CUDA programs on this machine's GPU, in about nine minutes; FOLDER/report.txt says what was found.
# on-gpu.sh prepare BUILD FOLDER: compiles all that into FOLDER, on any machine with nvcc; then, where the GPU is (python3 is all it needs there):
# on-gpu.sh run FOLDER, or sh FOLDER/on-gpu.sh without anything.
here=$(cd "$(dirname "$0")" && pwd)
case $1 in
prepare) exec python3 "$here/on_gpu.py" "$@" ;;
run) shift; exec python3 "$here/on_gpu.py" run "$@" ;;
--help | -h) exec sed -n 's/^# //p' "$0" ;;
esac
if [ -f "$here/prepared.json" ]; then
	exec python3 "$here/on_gpu.py" run "$here"
fi
build=${1:-build} folder=${2:-on-gpu}
python3 "$here/on_gpu.py" prepare "$build" "$folder"
exec python3 "$here/on_gpu.py" run "$folder"
