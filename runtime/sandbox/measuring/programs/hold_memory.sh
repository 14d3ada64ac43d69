# Touch so many MiB of memory and hold them for a while: tail keeps all that may be the end, and no end comes.
{ head -c $(($1 * 1048576)) /dev/zero; sleep 60; } | tail -c $(($1 * 1048576)) >/dev/null
