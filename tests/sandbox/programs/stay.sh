# Be a daemon that minds nothing: no parent, no session, no signal that can be ignored.
trap '' HUP INT QUIT TERM USR1 USR2 PIPE ALRM
( while :; do sleep 1; done ) &
