#!/usr/bin/perl
# bench-idle.pl: readers who have been answered and now wait, for tools/bench-http.
#
#     bench-idle.pl HOST PORT COUNT
#
# Opens COUNT connections from addresses of the loopback network, at most 200 from each; asks on each
# for one page and reads it. Says "ready", and holds them all until its standard input ends.
use strict;
use warnings;
use Socket qw(inet_aton pack_sockaddr_in AF_INET SOCK_STREAM IPPROTO_TCP);

my ($host, $port, $count) = @ARGV;
my $to = pack_sockaddr_in($port, inet_aton($host));
my @held;
for my $i (0 .. $count - 1) {
    socket my $socket, AF_INET, SOCK_STREAM, IPPROTO_TCP or die "connection $i: $!\n";
    bind $socket, pack_sockaddr_in(0, inet_aton('127.0.1.' . (1 + int($i / 200)))) or die "bind: $!\n";
    connect $socket, $to or die "connection $i: $!\n";
    syswrite $socket, "GET /page.html HTTP/1.1\r\nHost: localhost\r\n\r\n" or die "connection $i: $!\n";
    my ($bytes, $wanted) = ('', undef);
    while (!defined $wanted || length $bytes < $wanted) {
        sysread $socket, $bytes, 65536, length $bytes or die "connection $i was closed\n";
        next if defined $wanted || $bytes !~ /^(.*?\r\n\r\n)/s;
        my $head = length $1;
        my ($length) = $bytes =~ /^Content-Length: (\d+)/mi;
        $wanted = $head + ($length || 0);
    }
    push @held, $socket;
}
$| = 1;
print "ready\n";
1 while <STDIN>;
