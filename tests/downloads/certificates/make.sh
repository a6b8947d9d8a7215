#!/bin/sh
# make.sh: the certificates of the tests: an authority of their own, a server on loopback, one with another name, one that has expired, and
# another authority that signed nothing. They guard nothing. Valid from 2020 to 2120, so that no clock matters. Needs openssl.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/ca.cnf" <<END
[ca]
default_ca = tests
[tests]
database = $work/index
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copyall
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
END
: >"$work/index"
# make NAME SUBJECT END EXTENSION [AUTHORITY]: work/NAME.key, work/NAME.crt
make() {
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -config "$work/ca.cnf" -keyout "$work/$1.key" -out "$work/$1.csr" -subj "/CN=$2" -addext "$4" 2>/dev/null
	if [ $# -eq 5 ]; then set -- "$1" "$2" "$3" "$4" -cert "$work/$5.crt" -keyfile "$work/$5.key"; else set -- "$1" "$2" "$3" "$4" -selfsign -keyfile "$work/$1.key"; fi
	name=$1 end=$3
	shift 4
	openssl ca -batch -config "$work/ca.cnf" -startdate 20200101000000Z -enddate "$end" -in "$work/$name.csr" -out "$work/$name.crt" -notext "$@" 2>/dev/null
}
make authority 'tests of mosaic' 21200101000000Z basicConstraints=critical,CA:TRUE
make stranger 'nobody' 21200101000000Z basicConstraints=critical,CA:TRUE
make here 127.0.0.1 21200101000000Z subjectAltName=IP:127.0.0.1 authority
make elsewhere elsewhere.invalid 21200101000000Z subjectAltName=DNS:elsewhere.invalid authority
make expired 127.0.0.1 20200201000000Z subjectAltName=IP:127.0.0.1 authority
for name in authority stranger; do cp "$work/$name.crt" $name.pem; done
for name in here elsewhere expired; do cat "$work/$name.crt" "$work/$name.key" >$name.pem; done
