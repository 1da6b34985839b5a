#!/usr/bin/perl
# slow.pl: readers and writers who hold a server as long as they can, and one who just wants a page.
#
#   slow.pl ADDRESS PAGE LARGE COUNT SECONDS
#
# COUNT connections drip a head, a byte each half second; COUNT others ask for LARGE again and again
# and take a byte each half second. Meanwhile PAGE is asked for on new connections, one after the
# other. Prints how that went, and after how many seconds the heads were cut; a reader with a byte left
# to take does not learn of it. Ends after SECONDS.
use strict;
use warnings;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_RCVBUF MSG_DONTWAIT pack_sockaddr_in inet_aton);
use Time::HiRes qw(time sleep);

my ($address, $page, $large, $count, $seconds) = @ARGV;
my ($host, $port) = split /:/, $address;
$SIG{PIPE} = 'IGNORE';

sub dial {
    my ($room) = @_;
    my $s = IO::Socket::INET->new(Proto => 'tcp') or die "no socket: $!\n";
    setsockopt $s, SOL_SOCKET, SO_RCVBUF, pack('l', $room) if $room;
    connect $s, pack_sockaddr_in($port, inet_aton($host)) or die "cannot connect: $!\n";
    return $s;
}

my %kind = (
    drips => {begin => "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ", left => [], cut => []},
    takes => {begin => "GET $large HTTP/1.1\r\nHost: a\r\n\r\n" x 16, left => [], cut => []},
);
my $start = time;
for my $name (sort keys %kind) {
    for (1 .. $count) {
        my $s = dial($name eq 'takes' ? 4096 : 0);
        syswrite $s, $kind{$name}{begin};
        push @{$kind{$name}{left}}, $s;
    }
}

# Whether the server still holds the connection.
sub is_held {
    my ($name, $s) = @_;
    if ($name eq 'drips') {
        defined syswrite $s, 'x' or return 0;
        defined recv $s, my $byte, 1, MSG_DONTWAIT or return 1; # nothing yet
        return 0; # 408, or the end
    }
    defined recv $s, my $byte, 1, MSG_DONTWAIT or return $!{EAGAIN};
    return length $byte;
}

my ($good, $bad, $longest, $tick) = (0, 0, 0, $start);
while (time < $start + $seconds) {
    my $since = time;
    my $s = dial(0);
    syswrite $s, "GET $page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    my $answer = do { local $/; <$s> } // '';
    my $took = time - $since;
    $longest = $took if $took > $longest;
    $answer =~ m{^HTTP/1.1 200 } && $answer =~ m{</html>\s*$} ? $good++ : $bad++;
    sleep 0.01;
    next if time < $tick;
    $tick += 0.5;
    for my $name (keys %kind) {
        my @held = grep { is_held($name, $_) } @{$kind{$name}{left}};
        push @{$kind{$name}{cut}}, (time - $start) x (@{$kind{$name}{left}} - @held);
        $kind{$name}{left} = \@held;
    }
}
printf "page: %d good, %d bad, longest %.0f ms\n", $good, $bad, 1000 * $longest;
my @cut = sort { $a <=> $b } @{$kind{drips}{cut}};
printf "drips: %d cut, after %.0f to %.0f s\n", scalar @cut, $cut[0] // 0, $cut[-1] // 0;
