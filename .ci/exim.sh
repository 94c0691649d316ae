#!/bin/sh
# A second mail server for the tests. Debian lets no two of them be installed, so Exim is unpacked into build/exim,
# beside the installed Postfix, and only the libraries that it names are installed. As root, on Debian; what is there is
# left as it is.
set -eu
cd "$(dirname "$0")/.."
exim=build/exim/usr/sbin/exim4

# Exim looks for the user that it was built for; its capital letter needs an option with some versions of useradd.
user="--system --user-group --no-create-home --home-dir /var/spool/exim4 --shell /usr/sbin/nologin Debian-exim"
# shellcheck disable=SC2086 - several words
id -u Debian-exim >/dev/null 2>&1 || useradd $user 2>/dev/null || useradd --badname $user

works() { env -i $exim -C /dev/null -bV >/dev/null; }
if [ -x $exim ] && works 2>/dev/null; then exit 0; fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# apt fetches as a user of its own.
chmod 755 "$folder"
! id -u _apt >/dev/null 2>&1 || chown _apt "$folder"
apt-get update -qq
(cd "$folder" && apt-get download -qq exim4-daemon-light)
libraries=$(dpkg-deb -f "$folder"/exim4-daemon-light_*.deb Depends | tr ',' '\n' |
  sed -n 's/^ *\(lib[^ |]*\).*/\1/p')
# shellcheck disable=SC2086 - several words
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $libraries >/dev/null
rm -rf build/exim
mkdir -p build/exim
dpkg-deb -x "$folder"/exim4-daemon-light_*.deb build/exim
# The tests start it as root; nobody else is to become root by it.
chmod 755 $exim
works
