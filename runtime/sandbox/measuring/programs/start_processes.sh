# Start so many processes; a shell that cannot start one more ends, and the others stay.
(
  while :; do
    sleep 60 &
  done
) 2>/dev/null
sleep 60
