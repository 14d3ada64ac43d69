sub handler {
    my ($event) = @_;
    print "echoing\n";
    return $event;
}

1;
