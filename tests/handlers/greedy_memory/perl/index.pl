sub handler {
    my @held = map { $_ . 'x' x (1024 * 1024) } 1 .. 400;
    return scalar @held;
}

1;
