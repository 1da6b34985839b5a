# reader.pl: readers who are there while something happens to the front.
#
#     reader.pl close ADDRESS STOP     asks again and again, each time on a new connection
#     reader.pl keep ADDRESS STOP      asks again and again on one connection, as long as that stays
#     reader.pl half ADDRESS GO        sends half a head, makes GO.ready, and the rest once GO is there
#
# The first two go on until the file STOP is there and print "N good, M bad": an answer is good that is
# a whole page; the third prints the status line. Nothing lasts longer than twenty seconds.
use strict;
use warnings;
use IO::Socket::INET;
use Time::HiRes qw(sleep);

my ($kind, $address, $file) = @ARGV;
my $until = time + 20;
$SIG{PIPE} = 'IGNORE';

sub connected { IO::Socket::INET->new(PeerAddr => $address, Timeout => 5) }

# One answer with its length; undef when it is not whole.
sub answer {
    my ($s) = @_;
    my $head = '';
    while ($head !~ /\r\n\r\n/) { sysread $s, $head, 4096, length $head or return }
    my ($fields, $body) = split /\r\n\r\n/, $head, 2;
    my ($size) = $fields =~ /^Content-Length: (\d+)/mi or return;
    while (length $body < $size) { sysread $s, $body, 65536, length $body or return }
    return {
        is_good => $fields =~ m{^HTTP/1.1 200 } && $body =~ m{</html>\s*$},
        is_last => $fields =~ /^Connection: close/mi ? 1 : 0,
    };
}

if ($kind eq 'half') {
    my $s = connected() or die "no connection\n";
    syswrite $s, "GET /en/ HTTP/1.1\r\nHost: a\r\nCon";
    open my $ready, '>', "$file.ready" or die;
    sleep 0.02 until -e $file or time > $until;
    syswrite $s, "nection: close\r\n\r\n";
    my $line = <$s> // 'nothing';
    print $line =~ s/\r?\n//r, "\n";
    exit;
}

my ($good, $bad, $s) = (0, 0, undef);
until (-e $file or time > $until) {
    $s //= connected();
    my $closes = $kind eq 'close' ? "Connection: close\r\n" : '';
    my $answer = $s && syswrite($s, "GET /en/ HTTP/1.1\r\nHost: a\r\n$closes\r\n") ? answer($s) : undef;
    my $is_good = $answer && $answer->{is_good};
    $is_good ? $good++ : $bad++;
    $s = undef if !$is_good || $answer->{is_last};
    sleep 0.001; # a port each time: there are not so many
}
print "$good good, $bad bad\n";
