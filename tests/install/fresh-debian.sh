#!/bin/sh
# fresh-debian.sh [FOLDER]: proves both commands of README.md on a Debian 12 with nothing installed. Not part of the tests:
# it needs root, debootstrap, about 6 GB below FOLDER (default: a temporary folder) and the package mirror of this machine.
#
#   sudo sh tests/install/fresh-debian.sh
#
# It makes a minimal Debian twice, lays a clean clone of the last commit into each, and runs
#   - the first command as root, without sudo and with nothing on standard input;
#   - the second command as a user who may use sudo.
# Then each command once more, which must install nothing and train nothing. The outputs stay in FOLDER/*.log.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
[ "$(id -u)" -eq 0 ] || { echo "fresh-debian.sh: run it as root" >&2; exit 2; }
for tool in debootstrap unshare git; do
	command -v $tool >/dev/null || { echo "fresh-debian.sh: install $tool" >&2; exit 2; }
done
if [ $# -gt 0 ]; then
	mkdir -p "$1"
	folder=$(cd "$1" && pwd)
else
	folder=$(mktemp -d)
	trap 'rm -rf --one-file-system "$folder"' EXIT
fi
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' | awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
[ -n "$mirror" ] || { echo "fresh-debian.sh: apt knows no mirror of Debian 12 (bookworm) here" >&2; exit 2; }

failed() {
	echo "FAILED: $*" >&2
	exit 1
}

# in_root ROOT COMMAND: runs it there as on a machine of its own, with /proc and /dev; the mounts go when it ends.
in_root() {
	unshare --mount --pid --fork --kill-child sh -c '
		mount --make-rprivate /
		mount -t proc proc "$1/proc"
		mount --rbind /dev "$1/dev"
		exec chroot "$1" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 sh -c "$2"' sh "$1" "$2" </dev/null
}

# measured NAME ROOT COMMAND: the seconds it took, its output in FOLDER/NAME.log, shown whole when it fails.
measured() {
	start=$(date +%s)
	if ! in_root "$2" "$3" >"$folder/$1.log" 2>&1; then
		cat "$folder/$1.log"
		failed "the command $1"
	fi
	echo "$1: $(($(date +%s) - start)) s"
}

if [ ! -e "$folder/base/etc/debian_version" ]; then
	rm -rf --one-file-system "$folder/base"
	debootstrap --variant=minbase bookworm "$folder/base" "$mirror" >"$folder/debootstrap.log" 2>&1 || { tail "$folder/debootstrap.log"; exit 1; }
	cp /etc/resolv.conf "$folder/base/etc/resolv.conf"
fi
for name in first second; do
	rm -rf --one-file-system "${folder:?}/$name"
	cp -a "$folder/base" "$folder/$name"
	git clone -q --no-hardlinks "$source" "$folder/$name/opt/mosaicc"
done

measured first "$folder/first" 'cd /opt/mosaicc && sh tests/tutorial.sh'
measured first-again "$folder/first" 'cd /opt/mosaicc && sh tests/tutorial.sh'
[ "$(grep -c 'train_loss=' "$folder/first.log")" -eq 24 ] || failed "the first command shows other than 24 runs"
if grep -E '^installing|launch' "$folder/first-again.log"; then
	failed "the first command repeats what it did"
fi

in_root "$folder/second" 'apt-get -q update && apt-get -qy install --no-install-recommends sudo &&
	useradd -m user && echo "user ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/user && chown -R user: /opt/mosaicc' >"$folder/user.log" 2>&1 || { cat "$folder/user.log"; exit 1; }
measured second "$folder/second" 'su user -c "cd /opt/mosaicc && sh tests/run.sh"'
measured second-again "$folder/second" 'su user -c "cd /opt/mosaicc && sh tests/run.sh -R config_cases"'
grep 'tests passed' "$folder/second.log" || failed "the second command ran no test"
if grep '^installing' "$folder/second-again.log"; then
	failed "the second command installs twice"
fi
for name in first second; do
	(cd "$folder/$name/opt/mosaicc" && git -c safe.directory='*' status --short) >"$folder/changes.log"
	[ ! -s "$folder/changes.log" ] || { cat "$folder/changes.log"; failed "the $name command left files that git does not ignore"; }
done
echo "both commands work on a fresh Debian $(cat "$folder/base/etc/debian_version")"
