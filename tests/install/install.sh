#!/bin/sh
# install.sh BUILD SOURCE WORK: installs below WORK, moves the result elsewhere, and goes through the tutorial there as a user who
# has nothing but a configuration and modules. Leaves WORK/moved (the installation) and WORK/user (the tutorial's folder).
set -eu
build=$1 source=$2 work=$3
failed() {
	echo "FAILED: $*"
	exit 1
}
rm -rf "$work"
mkdir -p "$work"
cmake --install "$build" --prefix "$work/first" >"$work/install.log" || { cat "$work/install.log"; failed "cmake --install"; }
mv "$work/first" "$work/moved"
moved=$work/moved

# All of it is there.
for file in bin/mosaicc bin/mosaic lib/mosaic/libmosaic_trainer.a include/mosaic/mosaic.h include/mosaic/trainer.h include/mosaic/mosaic_ops.h \
	share/mosaic/config.ini share/mosaic/mlp.c share/doc/mosaic/README.md share/doc/mosaic/doc/config.md share/man/man1/mosaic.1 share/man/man1/mosaicc.1 \
	share/man/man1/mosaic_run.1 share/bash-completion/completions/mosaic share/bash-completion/completions/mosaic_run share/bash-completion/completions/mosaicc \
	share/zsh/site-functions/_mosaic share/zsh/site-functions/_mosaicc share/fish/vendor_completions.d/mosaic.fish \
	share/fish/vendor_completions.d/mosaic_run.fish share/fish/vendor_completions.d/mosaicc.fish; do
	[ -s "$moved/$file" ] || failed "$file is missing or empty"
done
names=$("$moved/bin/mosaic" help --names)
[ "$(echo "$names" | wc -l)" -ge 8 ] || failed "mosaic help --names says: $names"
for name in $names; do
	"$moved/bin/mosaic_$name" --help | grep -q "^usage: mosaic $name" || failed "mosaic_$name --help"
	[ -L "$build/mosaic_$name" ] || failed "mosaic_$name is not in the build folder"
done
# Nothing in it points back to where it was made.
if grep -rIl -e "$build/" -e "$source/" -e "$work/first" "$moved"; then
	failed "the files above hold a path of the build"
fi
DESTDIR=$work/staged cmake --install "$build" --prefix /usr >"$work/install.log" || { cat "$work/install.log"; failed "DESTDIR"; }
[ -x "$work/staged/usr/bin/mosaic_run" ] || failed "DESTDIR is not respected"
rm -r "$work/staged"

# A user: two files of C and a configuration in a folder of their own, the commands in PATH.
mkdir "$work/user"
cd "$work/user"
cp "$moved/share/mosaic/dataset.c" "$moved/share/mosaic/mlp.c" .
sed 's/= share\//= /' "$moved/share/mosaic/config.ini" >config.ini
as_user() {
	env -i HOME="$work/user" PATH="$moved/bin:/usr/local/bin:/usr/bin:/bin" "$@" </dev/null
}
as_user mosaic_run config.ini database.db >run.log 2>&1 || { cat run.log; failed "mosaic_run"; }
[ "$(grep -c '^ \[run finished\] ' run.log)" -eq 24 ] || { cat run.log; failed "24 runs finish"; }
as_user mosaic_status >status.log
[ "$(grep -c 'train_loss=' status.log)" -eq 24 ] || { cat status.log; failed "24 runs are shown"; }
as_user mosaic_savedb copy.db
as_user mosaic_status copy.db | cmp - status.log || failed "the copy shows the same"
as_user mosaic_generate config.ini pipelines.json
cmp pipelines.json generated/config/pipelines.json || failed "mosaic_generate"
as_user ninja run >again.log 2>&1 || { cat again.log; failed "ninja run"; }
if grep -q launch again.log; then
	cat again.log
	failed "ninja run trains what is done"
fi

# Links to the commands elsewhere do as well.
mkdir "$work/links" "$work/linked"
ln -s "$moved/bin/mosaicc" "$moved/bin/mosaic" "$work/links"
cp config.ini dataset.c mlp.c "$work/linked"
cd "$work/linked"
env -i PATH="$work/links:/usr/bin:/bin" mosaic generate config.ini pipelines.json >links.log 2>&1 || { cat links.log; failed "mosaic through a link"; }
env -i PATH="$work/links:/usr/bin:/bin" mosaicc --check config.ini >links.log 2>&1 || { cat links.log; failed "mosaicc through a link"; }
