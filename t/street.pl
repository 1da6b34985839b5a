#!/usr/bin/perl
# street.pl: a reader on the street, for the tests: one connection at a time over the loopback.
#
#   street.pl crawl URL BASE         from / and every path on standard input, follows every href, src
#                                    and srcset of our own (relative, or under BASE); each must end
#                                    in 200, by way of 301 at most. Prints what does not; at most
#                                    5,000 addresses. Exits with 1 if one does not.
#   street.pl check URL STATUS...    every path on standard input answers one of STATUS
#   street.pl same URL               every page that `pressing.pl sums` tells of on standard input is
#                                    served with that status and that body; what is for the front
#                                    itself is not
#   street.pl hammer URL STOP COUNT  asks for /a and /b ... (standard input: "PATH SHA SHA...", the
#                                    bodies that are right) on kept connections until the file STOP
#                                    is there and COUNT answers came; any other body, a cut answer
#                                    or a connection refused is an error. Prints the number.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;

my ($what, $url, @rest) = @ARGV;
my ($host, $port) = $url =~ m{^http://([0-9.]+):(\d+)} or die "no address: $url\n";
my $socket;
my $buffer = '';

# One GET on a kept connection; a connection that the server has closed before it read anything is
# made anew once, as every browser does.
sub get {
    my ($path) = @_;
    for my $try (1, 2) {
        my $is_fresh = !$socket;
        $socket ||= IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Timeout => 20)
            or die "$path: cannot connect: $!\n";
        $buffer = '' if $is_fresh;
        local $SIG{PIPE} = 'IGNORE';
        my $sent = print $socket "GET $path HTTP/1.1\r\nHost: $host:$port\r\n\r\n";
        $socket->flush;
        while ($buffer !~ /\r\n\r\n/) {
            last unless sysread $socket, $buffer, 65536, length $buffer;
        }
        if ($buffer eq '' && !$is_fresh && $try == 1) { close $socket; undef $socket; next; }
        $buffer =~ s/^(.*?)\r\n\r\n//s or die "$path: the answer was cut off in its head\n";
        my $head = $1;
        my ($status) = $head =~ m{^HTTP/1\.1 (\d{3})} or die "$path: no status: $head\n";
        my ($length) = $head =~ /^Content-Length: (\d+)/mi;
        $length = 0 unless defined $length;
        while (length $buffer < $length) {
            sysread $socket, $buffer, 262144, length $buffer or die "$path: the body was cut off\n";
        }
        my $body = substr $buffer, 0, $length, '';
        if ($head =~ /^Connection: close/mi) { close $socket; undef $socket; }
        my ($to) = $head =~ /^Location: (\S+)/mi;
        my ($type) = $head =~ /^Content-Type: ([^\r\n]+)/mi;
        return { status => $status, body => $body, to => $to, type => $type || '', head => $head };
    }
    die "$path: no answer\n";
}

sub encoded { my ($path) = @_; $path =~ s/([^!-~])/sprintf '%%%02X', ord $1/ge; return $path; }

if ($what eq 'crawl') {
    my $base = $rest[0];
    my %from = ('/' => 'the start');
    my @todo = ('/');
    while (my $line = <STDIN>) {
        chomp $line;
        next if $line =~ m{^/\.search/}; # for the front itself
        my $path = encoded($line);
        push @todo, $path unless $from{$path};
        $from{$path} ||= 'the pressing';
    }
    my $wrong = 0;
    my $seen = 0;
    while (defined(my $path = shift @todo)) {
        die "more than 5,000 addresses\n" if ++$seen > 5000;
        my $answer = get($path);
        if ($answer->{status} == 301) {
            (my $to = $answer->{to}) =~ s/^\Q$base\E//;
            unless ($from{$to}) { $from{$to} = $path; push @todo, $to; }
        } elsif ($answer->{status} != 200) {
            print "$answer->{status} $path, linked from $from{$path}\n";
            $wrong++;
        }
        next unless $answer->{type} =~ /html|rss|xml/;
        my @links = $answer->{body} =~ /(?:href|src)="([^"]*)"/g;
        push @links, map { /^\s*(\S+)/ ? $1 : () } map { split /,/ } $answer->{body} =~ /srcset="([^"]*)"/g;
        push @links, $answer->{body} =~ m{<(?:link|loc|guid[^>]*)>([^<]*)<}g;
        for my $link (@links) {
            $link =~ s/&amp;/&/g;
            $link =~ s/^\Q$base\E//;
            $link =~ s/#.*//s;
            next if $link !~ m{^/(?!/)};
            unless ($from{$link}) { $from{$link} = $path; push @todo, $link; }
        }
    }
    print "$seen addresses\n";
    exit($wrong ? 1 : 0);
} elsif ($what eq 'check') {
    my %right = map { $_ => 1 } @rest;
    my ($wrong, $count) = (0, 0);
    while (my $line = <STDIN>) {
        chomp $line;
        my $answer = get(encoded($line));
        $count++;
        next if $right{$answer->{status}};
        print "$answer->{status} $line\n";
        $wrong++;
    }
    print "$count addresses\n";
    exit($wrong || !$count ? 1 : 0);
} elsif ($what eq 'same') {
    my $count = 0;
    while (my $line = <STDIN>) {
        my ($status, undef, $path, undef, $body) = split ' ', $line;
        next if $path =~ m{^/\.gone/};
        my $answer = get(encoded($path));
        $status = 404 if $path =~ m{^/\.search/}; # for the front itself
        die "$path: $answer->{status} and not $status\n" if $answer->{status} != $status;
        next if $path =~ m{^/[^/]+/search/$}; # filled for whoever asks
        die "$path: another body\n" if $status == 200 && sha256_hex($answer->{body}) ne $body;
        $count++;
    }
    print "$count pages as they were pressed\n";
    exit($count ? 0 : 1);
} elsif ($what eq 'hammer') {
    my ($stop, $least) = @rest;
    my (@paths, %right);
    while (my $line = <STDIN>) {
        my ($path, @sums) = split ' ', $line;
        push @paths, $path;
        $right{$path} = { map { $_ => 1 } @sums };
    }
    my $count = 0;
    while ($count < 10_000_000 && (!-e $stop || $count < $least)) {
        my $path = $paths[$count % @paths];
        my $answer = get(encoded($path));
        die "$path: $answer->{status}\n" if $answer->{status} != 200;
        my $sum = sha256_hex($answer->{body});
        die "$path: a body that neither pressing has: $sum\n" unless $right{$path}{$sum};
        $count++;
        if ($count % 97 == 0 && $socket) { close $socket; undef $socket; }
    }
    print "$count answers, each whole and right\n";
} else {
    die "street.pl: crawl, check, same or hammer\n";
}
