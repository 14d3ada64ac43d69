# Start processes that do nothing until the kernel refuses one; the shell then ends with an error.
started=0
while [ $started -lt 1500 ]; do
  sleep 100 &
  started=$((started + 1))
done
