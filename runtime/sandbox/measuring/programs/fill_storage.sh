# Write so many MiB to /tmp and hold them.
head -c $(($1 * 1048576)) /dev/zero >/tmp/filled
sleep 60
