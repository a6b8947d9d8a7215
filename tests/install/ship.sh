#!/bin/sh
# ship.sh TRAINER: one trainer, alone in an empty root: no library, no shell, no /proc. There it explains itself, trains, goes on, and
# predicts. Prints its peak memory. Exit 77 (skipped) where an empty root cannot be entered.
set -eu
PATH=$PATH:/usr/sbin:/sbin
trainer=$1
work=$(mktemp -d)
enter=
trap '$enter rm -rf "$work"' EXIT
failed() {
	echo "FAILED: $*"
	exit 1
}
if readelf -lW "$trainer" | grep -q INTERP || readelf -dW "$trainer" | grep -q NEEDED; then
	failed "$trainer is not static"
fi

mkdir "$work/root"
cp "$trainer" "$work/root/trainer"
if [ "$(id -u)" -ne 0 ]; then
	enter="unshare --user --map-root-user"
	$enter chroot "$work/root" /trainer --version >/dev/null 2>&1 || enter="sudo -n"
fi
if ! $enter chroot "$work/root" /trainer --version >/dev/null 2>&1; then
	[ "$(id -u)" -ne 0 ] || failed "the trainer does not start in an empty root"
	echo "skipped: this user may not enter another root"
	exit 77
fi
alone() {
	env -i PATH="$PATH" $enter chroot "$work/root" /trainer "$@" </dev/null
}

alone --help | grep -q -- '--resume' || failed "--help"
alone --info | grep -q '^h1.weight ' || failed "--info"
alone --seed 7 --epochs 20 --lr 5e-3 --out a >"$work/whole" || failed "training"
[ "$(grep -c '^epoch' "$work/whole")" -eq 20 ] || { cat "$work/whole"; failed "20 epochs are reported"; }
alone --seed 7 --epochs 5 --lr 5e-3 --out b >"$work/part" || failed "training"
alone --seed 7 --epochs 20 --lr 5e-3 --out b --resume >"$work/resumed" || failed "--resume"
for file in "$work/whole" "$work/resumed"; do
	grep '^epoch' "$file" >"$file.epochs"
done
cmp "$work/whole.epochs" "$work/resumed.epochs" || failed "resumed epochs differ"
cmp "$work"/root/a/model_*.safetensors "$work"/root/b/model_*.safetensors || failed "the resumed model differs"

printf '0,0\n0,1\n1,0\n1,1\n' >"$work/root/in.csv"
alone --seed 1 --out c >"$work/tutorial" || failed "training as the tutorial does"
alone predict in.csv --out c >"$work/predictions" || failed "predict"
cat "$work/predictions"
# Logical or, learnt: a header, then one number below and three above a half.
[ "$(awk 'NR > 1 { printf ($1 > 0.5) ? "1" : "0" }' "$work/predictions")" = 0111 ] || failed "the predictions are not those of a logical or"

# Peak memory, read while it trains: what the kernel kept as the most at one time.
env -i PATH="$PATH" $enter chroot "$work/root" /trainer --epochs 100000000 --out d >"$work/long" </dev/null &
pid=$!
until [ "$(grep -c '^epoch' "$work/long")" -gt 100 ]; do
	kill -0 "$pid" || failed "a long training ends by itself"
	sleep 0.1
done
peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")
kill "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 75 ] || failed "a trainer that is asked to stop leaves with 75, not $code"
[ -s "$work/root/d/checkpoint_1.safetensors" ] || failed "a trainer that is asked to stop writes a checkpoint"
echo "alone in an empty root; peak memory $peak kB, size $(wc -c <"$trainer") bytes"
