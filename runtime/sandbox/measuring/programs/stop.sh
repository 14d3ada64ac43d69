# Stop itself.
echo begun
kill -STOP $$
