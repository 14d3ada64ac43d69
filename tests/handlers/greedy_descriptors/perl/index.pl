use Errno;

sub handler {
    my @held;
    for (1 .. 3000) {
        if (!open my $file, '<', '/dev/null') { return $!{EMFILE} ? '"EMFILE"' : qq("$!") }
        else                                  { push @held, $file }
    }
    return '"nothing"';
}

1;
