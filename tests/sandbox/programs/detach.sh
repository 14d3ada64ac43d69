# Leave a daemon behind that ignores every signal it can, then end.
setsid sh "${0%/*}/stay.sh" >/dev/null 2>&1 &
sleep 0.3
echo left
