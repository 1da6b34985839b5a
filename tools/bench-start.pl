#!/usr/bin/perl
# bench-start.pl: how soon a site is served, and what the front holds then.
#
#     bench-start.pl HANJI SITE ROUNDS
#
# From the start of `HANJI serve` until the first page is read whole, in milliseconds (median of the
# rounds), and the resident memory of the front's process after every page of the site's maps was
# asked for once. Prints a Markdown table with the goals, and appends them to the file $BENCH_GOALS, if
# that is set.
use strict;
use warnings;
use IO::Socket::INET;
use Time::HiRes qw(time);

my ($hanji, $site, $rounds) = @ARGV;

sub get {
    my ($address, $path) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => $address, Timeout => 10) or die "$address: $!\n";
    print $socket "GET $path HTTP/1.1\r\nHost: $address\r\nConnection: close\r\n\r\n";
    $socket->flush;
    my $answer = do { local $/; <$socket> };
    die "$path: not answered\n" unless $answer =~ m{^HTTP/1\.1 200 };
    return $answer;
}

sub field { # of /proc/PID/status, in bytes
    my ($pid, $name) = @_;
    open my $in, '<', "/proc/$pid/status" or die "no process $pid\n";
    while (my $line = <$in>) { return $1 * 1024 if $line =~ /^$name:\s+(\d+) kB/; }
    return 0;
}

sub memory {
    my ($serve, $address) = @_;
    open my $in, '<', "/proc/$serve/task/$serve/children" or die "no front\n";
    my ($front) = split ' ', <$in>;
    my @maps = get($address, '/sitemap.xml') =~ m{<loc>http://[^/]+(/[^<]*)}g;
    for my $path (map { get($address, $_) =~ m{<loc>http://[^/]+(/[^<]*)}g } @maps) {
        get($address, $path);
    }
    return map { field($front, $_) } 'VmRSS', 'RssAnon';
}

my (@waits, @memory);
for my $round (1 .. $rounds) {
    print STDERR "bench-start: round $round of $rounds\n";
    my $since = time;
    my $pid = open my $said, '-|', $hanji, 'serve', '--site', $site, '--listen', '127.0.0.1:0'
        or die "$hanji: $!\n";
    my ($address) = (<$said> // '') =~ m{http://([0-9.:]+)} or die "nothing is served\n";
    get($address, '/en/');
    push @waits, 1000 * (time - $since);
    @memory = memory($pid, $address) if $round == $rounds;
    kill 'TERM', $pid;
    close $said;
}
my $wait = (sort { $a <=> $b } @waits)[$#waits / 2];
my ($resident, $own) = map { $_ / 1e6 } @memory;
open my $goals, '>>', $ENV{BENCH_GOALS} // '/dev/null' or die "BENCH_GOALS: $!\n";

# A row with its goal, here and among all goals.
sub row {
    my ($words, $figure, $unit, $goal) = @_;
    my $verdict = $figure <= $goal ? 'met' : 'missed';
    printf "| %s, %s | %.1f | %s | %s |\n", $words, $unit, $figure, $goal, $verdict;
    printf $goals "| %s | %.1f %s | at most %s %s | %s |\n", $words, $figure, $unit, $goal, $unit,
        $verdict;
}
print "| the demo site | | goal | |\n|---|---:|---:|---|\n";
row('from the start of `hanji serve` to the first page', $wait, 'ms', 100);
row('resident memory of the front, all pages served', $resident, 'MB', 20);
printf "| of that its own, the rest are mapped files | %.1f | | |\n", $own;
