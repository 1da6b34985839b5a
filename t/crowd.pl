#!/usr/bin/perl
# crowd.pl: many readers at once, for the tests, in one process.
#
#   crowd.pl URL STOP CONNECTIONS LEAST
#
# Opens CONNECTIONS at once and keeps them all: on each, one GET after the other of the paths on
# standard input ("PATH SHA SHA...", the bodies that are right), until the file STOP is there and
# each connection had LEAST answers. No connection is ever opened anew: one that the server closes,
# refuses or cuts is an error, as are any other status, any other body, and no answer within 20
# seconds. Prints the number of answers, and the longest wait for one.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use IO::Poll qw(POLLIN POLLHUP POLLERR);
use IO::Socket::INET;
use Time::HiRes qw(time);

my ($url, $stop, $connections, $least) = @ARGV;
my ($host, $port) = $url =~ m{^http://([0-9.]+):(\d+)} or die "no address: $url\n";
my (@paths, %right);
while (my $line = <STDIN>) {
    my ($path, @sums) = split ' ', $line;
    push @paths, $path;
    $right{$path} = { map { $_ => 1 } @sums };
}
@paths or die "no paths\n";

my ($poll, $answers, $longest) = (IO::Poll->new, 0, 0);
my %reader;
$SIG{PIPE} = 'IGNORE';

sub ask {
    my ($reader) = @_;
    my $path = $paths[($reader->{number} + $reader->{count}) % @paths];
    $reader->{path} = $path;
    $path =~ s/([^!-~])/sprintf '%%%02X', ord $1/ge;
    $reader->{since} = time;
    $reader->{bytes} = '';
    my $request = "GET $path HTTP/1.1\r\nHost: $host:$port\r\n\r\n";
    my $sent = syswrite $reader->{socket}, $request;
    die "$path: connection $reader->{number} took no request: $!\n"
        unless defined $sent && $sent == length $request;
}

# Whether the answer is whole; it is then judged.
sub hear {
    my ($reader) = @_;
    my ($path, $number) = ($reader->{path}, $reader->{number});
    sysread $reader->{socket}, $reader->{bytes}, 262144, length $reader->{bytes}
        or die "$path: connection $number was closed after $reader->{count} answers\n";
    my $end = index $reader->{bytes}, "\r\n\r\n";
    return 0 if $end < 0;
    my $head = substr $reader->{bytes}, 0, $end;
    my ($length) = $head =~ /^Content-Length: (\d+)/mi or die "$path: no length: $head\n";
    my $here = length($reader->{bytes}) - $end - 4;
    return 0 if $here < $length;
    die "$path: more bytes than asked for\n" if $here > $length;
    die "$path: $head\n" unless $head =~ m{^HTTP/1\.1 200 };
    die "$path: the connection is to close: $head\n" if $head =~ /^Connection: close/mi;
    my $sum = sha256_hex(substr $reader->{bytes}, $end + 4);
    die "$path: a body that neither pressing has: $sum\n" unless $right{$path}{$sum};
    my $wait = time - $reader->{since};
    $longest = $wait if $wait > $longest;
    return 1;
}

for my $number (1 .. $connections) {
    my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Timeout => 20)
        or die "connection $number: $!\n";
    $reader{$socket} = { socket => $socket, number => $number, count => 0 };
    $poll->mask($socket => POLLIN);
}
ask($_) for values %reader;

my ($ends, $late) = (0, time);
while (%reader) {
    $poll->poll(1);
    $ends ||= -e $stop;
    for my $socket ($poll->handles(POLLIN | POLLHUP | POLLERR)) {
        my $reader = $reader{$socket};
        next unless hear($reader);
        $answers++;
        $reader->{count}++;
        if (!$ends || $reader->{count} < $least) { ask($reader); next; }
        $poll->remove($socket);
        delete $reader{$socket};
    }
    next if time - $late < 1;
    $late = time;
    for my $reader (values %reader) {
        die "$reader->{path}: no answer for 20 seconds\n" if $late - $reader->{since} > 20;
    }
}
printf "%d answers on %d connections at once, each whole and right; the longest wait %.0f ms\n",
    $answers, $connections, 1000 * $longest;
