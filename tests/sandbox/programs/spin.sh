# Use all the CPU there is, in so many processes, for ever.
started=1
while [ $started -lt "$1" ]; do
  while :; do :; done &
  started=$((started + 1))
done
while :; do :; done
