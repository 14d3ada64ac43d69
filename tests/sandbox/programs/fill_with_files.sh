# Make empty files in /tmp until there can be no more; print the error's name and wait.
number=0
while { true >/tmp/$number; } 2>/dev/null; do
  number=$((number + 1))
done
[ $number -lt 1000000 ] && echo ENOSPC
sleep 30
