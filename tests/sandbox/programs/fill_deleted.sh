# Write so many MiB into a file that has no name any more, and hold it; on an error print its name and wait.
exec 3>/tmp/gone
rm /tmp/gone
if said=$(LC_ALL=C head -c $(($1 * 1048576)) /dev/zero 2>&1 >&3); then
  echo written
else
  case $said in *'No space left on device'*) echo ENOSPC "[$(ls /tmp)]" ;; *) echo "$said" ;; esac
  sleep 30
fi
