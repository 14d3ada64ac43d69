#!/bin/sh
# Make a Debian the system of a sandbox: install what the list names, and remove what is nobody's business inside.
# Usage: prepare.sh LIST USER_ID GROUP_ID
set -eu
list=$1 user=$2 group=$3

missing=
while read -r package; do
  dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done <"$list"
if [ -n "$missing" ]; then
  apt-get update
  # shellcheck disable=SC2086 # names of packages, one word each
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $missing
fi

# Of /etc only what is public and programs look for, as with namespaces; the names in it are mounted over.
mkdir /tmp/kept
for name in alternatives fonts ImageMagick-6 ImageMagick-7 ld.so.cache magic mime.types os-release protocols services debian_version; do
  [ ! -e "/etc/$name" ] || cp -a "/etc/$name" /tmp/kept/
done
mkdir /tmp/kept/ssl
for name in certs openssl.cnf; do [ ! -e "/etc/ssl/$name" ] || cp -a "/etc/ssl/$name" /tmp/kept/ssl/; done
# Docker itself mounts some of its files here while this runs, and they cannot be removed; they are empty outside.
rm -rf /etc/* /etc/.[!.]* 2>/dev/null || true
cp -a /tmp/kept/. /etc/
printf 'root:x:0:0:root:/:/bin/sh\nsbx_user1051:x:%s:%s::/:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n' \
  "$user" "$group" >/etc/passwd
printf 'root:x:0:\nsbx_user1051:x:%s:\nnogroup:x:65534:\n' "$group" >/etc/group
touch /etc/nsswitch.conf

rm -rf /boot /home /media /mnt /root /srv /var/* /opt/* /run/* /usr/local/* /usr/lib/python3/dist-packages/* \
  /usr/share/doc /usr/share/man /usr/share/info /usr/share/locale
mkdir -p /var/task/lib /var/runtime /var/lang /opt /usr/lib/lambda-lab/runtime /usr/lib/lambda-lab/door
chmod 700 /usr/lib/lambda-lab
find / -xdev -type f -perm /6000 -exec chmod a-s {} +
rm -rf /tmp/* /tmp/.[!.]*
