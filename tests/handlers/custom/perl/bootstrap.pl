#!/usr/bin/perl
# A runtime for functions in Perl: all that it takes is to ask for an event, and to answer it.
#
# The handler `file.name` is the function `name` in `file.pl`. It gets the event, JSON, and the headers that came with
# it, and returns the result, JSON. What it dies of is the error.

use strict;
use warnings;
use IO::Socket::INET;

my $ROOT = '/2018-06-01/runtime';

$| = 1;
my ($file, $name) = $ENV{_HANDLER} =~ /^(.+)\.(\w+)$/;
my $handler = eval { require "$ENV{LAMBDA_TASK_ROOT}/$file.pl"; main->can($name) };
if (!$handler) {
    call('POST', "$ROOT/init/error", error_object('Runtime.HandlerNotFound', $@ || "$file.pl has no $name"));
    exit 1;
}

while (1) {
    my ($event, $headers) = call('GET', "$ROOT/invocation/next");
    my $id = $headers->{'lambda-runtime-aws-request-id'};
    local $ENV{_X_AMZN_TRACE_ID} = $headers->{'lambda-runtime-trace-id'};
    my $result = eval { $handler->($event, $headers) };
    if (my $reason = $@) {
        print STDERR $reason;
        call('POST', "$ROOT/invocation/$id/error", error_object('Died', $reason));
    }
    else { call('POST', "$ROOT/invocation/$id/response", $result) }
}

# One request on a connection of its own; returns the body and the headers of the answer.
sub call {
    my ($method, $path, $body) = @_;
    $body = '' unless defined $body;
    my $connection = IO::Socket::INET->new(PeerAddr => $ENV{AWS_LAMBDA_RUNTIME_API}) or die "no Runtime API: $@";
    print $connection "$method $path HTTP/1.1\r\nHost: $ENV{AWS_LAMBDA_RUNTIME_API}\r\nConnection: close\r\n",
        'Content-Length: ', length $body, "\r\n\r\n", $body;
    my $status = <$connection>;
    my %headers;
    while (defined(my $line = <$connection>)) {
        last if $line eq "\r\n";
        $headers{lc $1} = $2 if $line =~ /^([^:]+):\s*(.*?)\r\n$/;
    }
    read $connection, my $answer, $headers{'content-length'};
    die "$status$answer" if $status !~ m{^HTTP/1.1 2};
    return ($answer, \%headers);
}

sub error_object {
    my ($type, $message) = @_;
    chomp $message;
    $message =~ s/(["\\])/\\$1/g;
    $message =~ s/([\x00-\x1f])/sprintf '\\u%04x', ord $1/ge;
    return qq({"errorType": "$type", "errorMessage": "$message", "stackTrace": []});
}
