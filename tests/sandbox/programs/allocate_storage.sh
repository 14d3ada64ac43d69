# Ask for so many MiB of /tmp at once, without writing them; on an error print its name and wait.
if said=$(LC_ALL=C fallocate -l "$1MiB" /tmp/allocated 2>&1); then
  echo allocated
else
  case $said in *'No space left on device'*) echo ENOSPC ;; *) echo "$said" ;; esac
fi
sleep 30
