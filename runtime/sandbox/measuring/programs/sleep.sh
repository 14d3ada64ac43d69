# Sleep longer than anybody waits.
echo begun
sleep 1000
