# Have one process open so many files and hold them.
mkdir /tmp/files
cd /tmp/files || exit 1
count=0
while [ "$count" -lt "$1" ]; do
  : >"$count"
  count=$((count + 1))
done
tail -f -- * 2>/dev/null
sleep 60
