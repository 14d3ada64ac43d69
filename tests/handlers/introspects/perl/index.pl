use Cwd;

sub handler {
    opendir my $tmp, '/tmp' or die $!;
    my @tmp = grep { !/^\.\.?$/ } readdir $tmp;
    open my $devices, '<', '/proc/net/dev' or die $!;
    my @interfaces = map { /^\s*(\w+):/ ? $1 : () } <$devices>;
    my %told = (
        directory         => text(getcwd()),
        user              => text(scalar getpwuid $<),
        is_root           => $< == 0 ? 'true' : 'false',
        interfaces        => list(@interfaces),
        tmp               => list(@tmp),
        function_name     => text($ENV{AWS_LAMBDA_FUNCTION_NAME}),
        region            => text($ENV{AWS_REGION}),
        has_session_token => $ENV{AWS_SESSION_TOKEN} ? 'true' : 'false',
    );
    return '{' . join(', ', map { qq("$_": $told{$_}) } sort keys %told) . '}';
}

sub text { return qq("$_[0]") }
sub list { return '[' . join(', ', map { text($_) } @_) . ']' }

1;
