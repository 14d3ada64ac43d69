sub handler { exit 3 }

1;
