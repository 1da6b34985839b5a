#!/usr/bin/perl
# pressing.pl: reads a folder of pressings as a stranger would, for the tests. It shares no code with
# the programs: the index is unpacked here by what src/pressing/pressing_impl.h says of it.
#
#   pressing.pl list FOLDER              of the live pressing: "STATUS TYPE PATH", one a line
#   pressing.pl sums FOLDER              the same with SHA-256 of location, body and forms
#   pressing.pl find FOLDER NEEDLES      looks for each line of the file NEEDLES in every byte of
#                                        every file below FOLDER: as it is, inside whatever gzip
#                                        member lies there and every brotli form that a pack tells
#                                        of, in UTF-16 of both orders, and percent-encoded. Prints
#                                        where; exits with 1 if found.
#   pressing.pl find-file FOLDER FILE... the same for the bytes of whole files, which are looked for
#                                        by 48 bytes out of their middle
use strict;
use warnings;
use Compress::Zlib;
use Digest::SHA qw(sha256_hex);
use Encode;
use File::Basename;
use File::Find;
use File::Temp;

sub slurp {
    my ($path) = @_;
    open my $file, '<:raw', $path or die "$path: $!\n";
    local $/;
    my $bytes = <$file>;
    return defined $bytes ? $bytes : '';
}

sub pages {
    my ($folder) = @_;
    my ($name) = slurp("$folder/current") =~ /^(\S+)\n$/ or die "no live pressing in $folder\n";
    my $index = slurp("$folder/$name.index");
    my ($magic, $version, $packs, $count, $references, $clearances) = unpack 'a8 V5', $index;
    die "$name.index: no index\n" if $magic ne 'HANJIPR2' || $version != 2;
    my @packs = map { slurp("$folder/" . substr($index, 64 + 96 * $_, 33) . '.pack') } 0 .. $packs - 1;
    my $first = 64 + 96 * $packs;
    my $texts = $first + 80 * $count + 4 * $references + 32 * $clearances;
    my @pages;
    for my $i (0 .. $count - 1) {
        my ($path_at, $to_at, $body_len, $gzip_len, $brotli_len, undef, undef, $pack, $at, $path_len,
            $to_len, $status, $type) = unpack 'V8 Q< v4', substr $index, $first + 80 * $i, 80;
        push @pages, {
            path => substr($index, $texts + $path_at, $path_len),
            status => $status,
            type => $type,
            location => substr($index, $texts + $to_at, $to_len),
            body => $body_len ? substr($packs[$pack], $at, $body_len) : '',
            gzip => $gzip_len ? substr($packs[$pack], $at + $body_len, $gzip_len) : '',
            brotli => $brotli_len ? substr($packs[$pack], $at + $body_len + $gzip_len, $brotli_len) : '',
        };
    }
    return @pages;
}

# What brotli streams open to, in their order.
sub unbrotli {
    my (@streams) = @_;
    return () unless @streams;
    my $in = File::Temp->new;
    print $in map { pack('V', length) . $_ } @streams;
    close $in;
    open my $out, '-|:raw', 'sh', '-c', 'exec node "$1" <"$2"', 'sh',
        dirname(__FILE__) . '/unbrotli.mjs', $in->filename or die "node: $!\n";
    local $/;
    my $all = <$out>;
    close $out or die "node could not open brotli streams\n";
    my @open;
    for (my $at = 0; $at < length $all;) {
        my $size = unpack 'V', substr $all, $at, 4;
        push @open, substr $all, $at + 4, $size;
        $at += 4 + $size;
    }
    return @open;
}

# The brotli forms of a pack, by what its contents tell; of a file of the mirror, itself.
sub brotli_forms {
    my ($path, $bytes) = @_;
    return $bytes if $path =~ /\.br$/;
    return () unless $path =~ /\.pack$/ && length $bytes > 32;
    my ($begin, undef, $magic) = unpack 'Q< Q< a8', substr $bytes, -32;
    return () unless $magic eq 'HANJIPK2';
    my (undef, undef, $packs, $count) = unpack 'a8 V3', substr $bytes, $begin;
    my @forms;
    for my $i (0 .. $count - 1) {
        my (undef, undef, $body, $gzip, $brotli, undef, undef, $where, $at) =
            unpack 'V8 Q<', substr $bytes, $begin + 64 + 96 * $packs + 80 * $i, 80;
        push @forms, substr $bytes, $at + $body + $gzip, $brotli if $brotli && $where == 0;
    }
    return @forms;
}

# Every stream of bytes below a folder: the files, and what any gzip member or brotli form in them
# opens to.
my $members = 0;
my $forms = 0;
sub streams {
    my ($folder, $each) = @_;
    find({ no_chdir => 1, wanted => sub {
        return unless -f $_;
        my $path = $_;
        my $bytes = slurp($path);
        $each->("$path (its name)", $path);
        $each->($path, $bytes);
        while ($bytes =~ /\x1f\x8b\x08/g) {
            my $at = $-[0];
            my $inflater = inflateInit(-WindowBits => WANT_GZIP) or die;
            my $rest = substr $bytes, $at;
            my ($open, $state) = $inflater->inflate($rest);
            next unless $state == Z_STREAM_END;
            $members++;
            $each->("$path, the gzip member at $at", $open);
        }
        for my $open (unbrotli(brotli_forms($path, $bytes))) {
            die "$path: a brotli form does not open\n" if $open eq '';
            $forms++;
            $each->("$path, a brotli form", $open);
        }
    }}, $folder);
}

sub search {
    my ($folder, @needles) = @_; # [what to say, bytes]
    my $found = 0;
    streams($folder, sub {
        my ($where, $bytes) = @_;
        for my $needle (@needles) {
            next if index($bytes, $needle->[1]) < 0;
            print "$needle->[0] is in $where\n";
            $found++;
        }
    });
    print "looked into $members gzip members and $forms brotli forms\n" if $found == 0;
    exit($found ? 1 : 0);
}

my ($what, $folder, @rest) = @ARGV;
if ($what eq 'list') {
    printf "%d %d %s\n", @$_{qw(status type path)} for pages($folder);
} elsif ($what eq 'sums') {
    printf "%d %d %s %s\n", @$_{qw(status type path)},
        join ' ', map { sha256_hex($_) } @$_{qw(location body gzip brotli)} for pages($folder);
} elsif ($what eq 'find') {
    my @needles;
    for my $line (split /\n/, slurp($rest[0])) {
        next if $line eq '';
        my $text = decode('UTF-8', $line);
        (my $percent = $line) =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;
        push @needles, ["'$line'", $line], ["'$line' in UTF-16LE", encode('UTF-16LE', $text)],
            ["'$line' in UTF-16BE", encode('UTF-16BE', $text)];
        push @needles, ["'$line' percent-encoded", $percent] if $percent ne $line;
    }
    die "no needles\n" unless @needles;
    search($folder, @needles);
} elsif ($what eq 'find-file') {
    search($folder, map {
        my $bytes = slurp($_);
        die "$_ is too short to look for\n" if length $bytes < 96;
        [$_, substr $bytes, int(length($bytes) / 2), 48]
    } @rest);
} else {
    die "pressing.pl: list, sums, find or find-file\n";
}
