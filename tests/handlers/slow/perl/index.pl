sub handler { sleep 30 }

1;
