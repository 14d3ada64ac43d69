# Write so many MiB into /tmp; on an error print its name, then go on as if nothing had happened.
if said=$(LC_ALL=C head -c $(($1 * 1048576)) /dev/zero 2>&1 >/tmp/big); then
  echo written
else
  case $said in *'No space left on device'*) echo ENOSPC ;; *) echo "$said" ;; esac
  sleep 30
fi
