# Stay for ever, whatever signal comes.
trap '' HUP INT QUIT TERM USR1 USR2
touch "/tmp/stays-$$"
while :; do sleep 1; done
