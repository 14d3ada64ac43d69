# Start so many processes; say so when one is refused, and wait without another process.
(
  started=0
  while [ $started -lt "$1" ]; do
    sleep 30 &
    started=$((started + 1))
  done
) 2>/dev/null || echo EAGAIN
while :; do :; done
