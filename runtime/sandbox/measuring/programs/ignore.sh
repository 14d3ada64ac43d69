# Ignore every signal that can be ignored.
trap '' TERM INT HUP QUIT PIPE USR1 USR2
echo begun
while :; do sleep 1; done
