sub handler { return system('/bin/sh /var/task/breed.sh 2>/dev/null') ? '"refused"' : '"nothing"' }

1;
