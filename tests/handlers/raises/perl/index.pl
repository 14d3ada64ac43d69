sub handler { die "out of luck\n" }

1;
