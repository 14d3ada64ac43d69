use POSIX;

# Count who has left a mark and is still there.
sub others { return scalar grep { m{stays-(\d+)$} && -e "/proc/$1" } glob '/tmp/stays-*' }

sub handler {
    my $before = others();
    if (!fork) {
        POSIX::setsid();
        open STDOUT, '>', '/dev/null';
        exec '/bin/sh', '/var/task/stay.sh';
    }
    select undef, undef, undef, 0.01 while others() == $before;
    return qq({"left_by_another": $before});
}

1;
