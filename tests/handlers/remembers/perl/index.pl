my $in_memory = 0;

sub handler {
    $in_memory++;
    open my $marks, '>>', '/tmp/marks' or die $!;
    print $marks 'x';
    close $marks;
    return qq({"in_memory": $in_memory, "in_tmp": ${\ -s '/tmp/marks'}});
}

1;
