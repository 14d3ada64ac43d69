use Errno;

sub handler {
    my $megabyte = 'x' x (1024 * 1024);
    open my $file, '>', '/tmp/heap' or die $!;
    for (1 .. 600) {
        if (!defined syswrite $file, $megabyte) { return $!{ENOSPC} ? '"ENOSPC"' : qq("$!") }
    }
    return '"nothing"';
}

1;
