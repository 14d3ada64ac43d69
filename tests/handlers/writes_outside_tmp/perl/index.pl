sub handler {
    my ($event) = @_;
    my @writable = grep { open my $file, '>', $_ } $event =~ /"([^"]+)"/g;
    return '[' . join(', ', map { qq("$_") } @writable) . ']';
}

1;
