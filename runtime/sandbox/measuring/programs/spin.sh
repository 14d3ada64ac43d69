# Use all the processor time there is, in so many processes (one, if nothing is said), for ever.
echo begun
count=${1:-1}
while [ "$count" -gt 1 ]; do
  while :; do :; done &
  count=$((count - 1))
done
while :; do :; done
