#!/usr/bin/perl
# kill.pl WHOM AFTER_MS COMMAND...: runs COMMAND and ends it, or its child whose program is WHOM
# (gate, scrubber), or it itself (hanji), with SIGKILL after AFTER_MS milliseconds. A child that is
# not there at that moment is waited for, 5 seconds at most and as long as COMMAND runs. Prints what
# came of it.
use strict;
use warnings;
use POSIX ':sys_wait_h';
use Time::HiRes 'sleep';

my ($whom, $after, @command) = @ARGV;
my $pid = fork;
die "fork: $!\n" unless defined $pid;
if ($pid == 0) {
    open STDIN, '<', '/dev/null';
    open STDOUT, '>', '/dev/null';
    open STDERR, '>', '/dev/null';
    exec @command or exit 127;
}

sub descendants {
    my ($of) = @_;
    open my $file, '<', "/proc/$of/task/$of/children" or return ();
    my @children = split ' ', <$file> // '';
    return map { ($_, descendants($_)) } @children;
}

sub victim {
    return $pid if $whom eq 'hanji';
    for my $child (descendants($pid)) {
        my $program = readlink("/proc/$child/exe") // '';
        return $child if $program =~ m{/$whom$};
    }
    return;
}

sleep($after / 1000);
my $said = 'it had ended before';
for my $turn (1 .. 5000) {
    last if waitpid($pid, WNOHANG) == $pid;
    if (my $victim = victim()) {
        kill 'KILL', $victim;
        $said = "$whom was killed after $after ms";
        waitpid $pid, 0;
        last;
    }
    sleep(0.001);
}
if (kill 0, $pid) { waitpid $pid, 0; }
print "$said\n";
