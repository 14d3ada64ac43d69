my $in_memory = 0;

sub handler {
    my ($event) = @_;
    $in_memory++;
    open my $marks, '>>', '/tmp/marks' or die $!;
    print $marks 'x';
    close $marks;
    exit 3   if $event eq '"crash"';
    sleep 30 if $event eq '"overstay"';
    my @held = map { $_ . 'x' x (1024 * 1024) } 1 .. ($event eq '"swell"' ? 400 : 0);
    return qq({"in_memory": $in_memory, "in_tmp": ${\ -s '/tmp/marks'}});
}

1;
