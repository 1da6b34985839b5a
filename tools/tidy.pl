#!/usr/bin/perl
# tidy.pl: the rules of this source that a machine can check. Prints TAP, a line for each rule.
#
#     tools/tidy.pl              the source here, and the objects in build/dev-gcc
#     tools/tidy.pl --self-test  shows that each rule flags a bad sample and lets a good one pass
#
# A rule is a row of @rules: a key, the function that looks, and its name. The function is given a
# tree and returns a list of complaints. A tree is
#
#     {files => {path => text}, modes => {path => mode}, maps => {program => text},
#      symbols => [[source, section, name, is external], ...]}
#
# The self-test's small ones are in tidy-samples.pl.
use strict;
use warnings;
use utf8;
use open qw(:std :encoding(UTF-8));
use File::Temp ();

# ARCHITECTURE.md's table: what a room may include besides itself.
my %may_include = (
    base     => [],
    http     => [qw(base)],
    raptorq  => [],
    vault    => [qw(base)],
    pressing => [qw(base vault)],
    wire     => [qw(base vault)],
    archive  => [qw(base vault)],
    gate     => [qw(base vault pressing wire)],
    scrub    => [qw(base wire)],
    press    => [qw(base archive pressing wire)],
    intake   => [qw(base archive wire scrub)],
    web      => [qw(base http pressing wire)],
    mail     => [qw(base archive pressing wire)],
    giving   => [qw(base archive wire)],
    carry    => [qw(base vault archive pressing wire raptorq)],
    cast     => [qw(base vault pressing raptorq)],
    door     => [qw(base archive wire mail giving)],
    desk     => [qw(base http raptorq vault pressing wire archive gate press intake mail giving
                    carry cast door)],
    main     => [qw(base http raptorq vault pressing wire archive gate scrub press intake web mail
                    giving carry cast door desk)],
);
# Headers that the build makes out of a room's files: for that room alone.
my %made_for = (archive_sql => 'archive', gate_sql => 'gate', fold_tables => 'gate', press => 'press', demo => 'main',
    consent => 'main');

# What a program must not hold: rooms, and libraries beyond its need.
my %must_not_hold = (
    hanji    => [qw(libgate.a libvips)],
    front    => [qw(libarchive.a libgate.a libpress.a libintake.a libscrub.a libmain.a
                    libvips libxml2 libmd4c)], # SQLite: it searches sealed segments, in place
    gate     => [qw(libarchive.a libpress.a libintake.a libscrub.a libweb.a libhttp.a libmain.a
                    libvips libxml2 libmd4c)],
    scrubber => [qw(libarchive.a libgate.a libpress.a libintake.a libweb.a libhttp.a libmain.a
                    libsqlite3 libxml2 libmd4c)],
    paper    => [qw(libarchive.a libgate.a libpress.a libintake.a libweb.a libhttp.a libmain.a
                    libsqlite3 libxml2 libmd4c libvips)],
    encoder  => [qw(libarchive.a libgate.a libpress.a libintake.a libweb.a libhttp.a libmain.a
                    libsqlite3 libxml2 libmd4c)],
);

my $FUNCTION_LINES = 70;
my $PARAMETERS     = 5;
my $COLUMNS        = 100;
my $FILE_LINES     = 700;

# Functions that a library calls, with the parameters that it gives.
my %shape_is_theirs = (
    (map { $_ => 'SQLite' } qw(authorize add_token see_token visit_word tokens_tokenize)),
    note_read => 'OpenSSL');

# What the world gives is asked of struct sys; what a library says, it returns. So these calls stand
# in few places. Tests and fuzzers may do as they like.
my @kept_calls = (
    [qr/malloc|calloc|realloc|reallocarray|strdup|strndup|v?asprintf/ => [qw(src/base/sys.c src/scrub/read.c)]],
    [qr/exit|quick_exit|abort|atexit/ => [qr{^src/main/}]],
    [qr/printf|puts|putchar|vprintf|perror|syslog|errx|warnx/ => [qr{^src/main/}]],
    [qr/time|gettimeofday|clock_gettime|getrandom|random/ => [qw(src/base/sys.c src/scrub/read.c)]],
    # A child is a program of ours; intake's parser and the scrubber alone fork themselves, to read
    # hostile files, and the paper reader to have them read by qpdf's and poppler's programs.
    [qr/fork|vfork|posix_spawn|execve?|execvp|execlp?|execle/ =>
        [qw(src/base/child.c src/intake/parser.c src/scrub/serve.c src/scrub/paper_tool.c)]],
    [qr/sleep|usleep|nanosleep|scanf|sscanf|fscanf|strtol|strtoul|strtoll|strtoull|strtod/ => []],
);

# Functions whose first caller is still to come, each with its reason. A row that is no longer
# needed is flagged too.
my %waits_for_a_caller = (
    archive_job_retry  => 'the queue is part of the schema; letters will be tried again',
    vault_file_open    => 'originals are opened by the officer alone, from the desk',
    archive_audit_each => 'the desk shows the audit log',
    archive_verify     => 'the check of a whole site',
    http_multipart_boundary => 'forms come in by the door',
    http_multipart_start    => 'as http_multipart_boundary',
    http_multipart_feed     => 'as http_multipart_boundary',
    http_multipart_finish   => 'as http_multipart_boundary',
);

# ---- Reading C ---------------------------------------------------------------------------------

# The same text with comments and the insides of strings blanked, line for line.
sub code_of {
    my ($text) = @_;
    $text =~ s{(/\*.*?\*/|//[^\n]*)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')}{
        my ($comment, $string) = ($1, $2);
        my $blank = defined $comment ? $comment : substr($string, 1, -1);
        $blank =~ s/[^\n]/ /g;
        defined $comment ? $blank : substr($string, 0, 1) . $blank . substr($string, -1);
    }gse;
    return $text;
}

# The functions defined in a file: [name, first line, lines, parameters].
sub functions_of {
    my ($text) = @_;
    my $code = code_of($text);
    $code =~ s/^[ \t]*#(?:[^\n\\]|\\\n|\\.)*/my $d = $&; $d =~ s{[^\n]}{ }g; $d/gme;
    my ($depth, $head_from, @found, $open) = (0, 0);
    while ($code =~ /([{};])/g) {
        my ($sign, $at) = ($1, $-[1]);
        if ($sign eq '{') {
            if ($depth++ == 0) {
                my $head = substr($code, $head_from, $at - $head_from);
                $open = $head =~ /\)\s*$/ && $head !~ /=/
                    ? [$head, $head_from + ($head =~ /^(\s*)/ ? length $1 : 0)] : undef;
            }
        } elsif ($sign eq '}') {
            if (--$depth == 0) {
                if ($open) {
                    my ($head, $from) = @$open;
                    my $first = 1 + (substr($code, 0, $from) =~ tr/\n//);
                    my $lines = 1 + (substr($code, $from, $at - $from) =~ tr/\n//);
                    push @found, [signature($head), $first, $lines];
                }
                $head_from = $at + 1;
                undef $open;
            }
        } elsif ($depth == 0) {
            $head_from = $at + 1;
        }
    }
    return map { [$_->[0], $_->[2], $_->[3], $_->[1]] } @found;
}

# The name and the number of parameters of "static err name(int a, void (*b)(int, int))". Outputs,
# named ret_x, are results and do not count.
sub signature {
    my ($head) = @_;
    my ($name, $rest) = $head =~ /(\w+)\s*\((.*)\)\s*$/s ? ($1, $2) : ('?', '');
    $head =~ /^(?:[^()]*?)\b(\w+)\s*\(/s and $name = $1 and $rest = substr($head, $+[0]);
    $rest =~ s/\)\s*$//;
    return ($name, 0) if $rest =~ /^\s*(void)?\s*$/;
    my ($depth, $count) = (0, 1);
    for my $sign ($rest =~ /[(),]/g) {
        if    ($sign eq '(') { $depth++ }
        elsif ($sign eq ')') { last if --$depth < 0 }
        elsif ($depth == 0)  { $count++ }
    }
    $count -= () = $rest =~ /\bret_\w+/g;
    return ($name, $count);
}

sub is_c         { $_[0] =~ m{^(?:src|tools)/.*\.[ch]$} }
sub is_for_tests { $_[0] =~ m{_(?:test|fuzz)\.c$|(?:^|/)fault\.[ch]$|_(?:testing|oracle)\.[ch]$} }
sub room_of      { $_[0] =~ m{^src/(\w+)/} ? $1 : undef }

# Calls check(path, text) for each C file, in order.
sub each_c {
    my ($tree, $check) = @_;
    return map { $check->($_, $tree->{files}{$_}) } grep { is_c($_) } sort keys %{$tree->{files}};
}

# Complaints for each line of the C files' code that matches.
sub lines_that_match {
    my ($tree, $pattern, $say, $except) = @_;
    return each_c($tree, sub {
        my ($path, $text) = @_;
        return () if $except && $except->($path);
        my ($number, @bad) = (0);
        for my $line (split /\n/, code_of($text)) {
            $number++;
            push @bad, "$path:$number: $say" . (defined $1 ? " ($1)" : '') if $line =~ $pattern;
        }
        return @bad;
    });
}

# ---- The rules ---------------------------------------------------------------------------------

sub includes {
    my ($tree) = @_;
    return each_c($tree, sub {
        my ($path, $text) = @_;
        my $room = room_of($path) // return ();
        return ("$path: no such room in the table: $room") unless $may_include{$room};
        my ($number, @bad) = (0);
        for my $line (split /\n/, $text) {
            $number++;
            next unless $line =~ /^\s*#\s*include\s+"([^"]+)"/;
            push @bad, map { "$path:$number: $_" } include_fault($path, $room, $1);
        }
        return @bad;
    });
}

sub include_fault {
    my ($path, $room, $header) = @_;
    if ($header =~ /^(\w+)_files\.h$/) {
        my $owner = $made_for{$1} // return "no such made header: $header";
        return $owner eq $room ? () : "$header is made for $owner, not for $room";
    }
    return "\"$header\" does not name its room" unless $header =~ m{^(\w+)/};
    my $other = $1;
    if ($header =~ m{/fault\.h$} && !is_for_tests($path)) { return "fault.h is for tests" }
    return () if $other eq $room;
    my @allowed = @{$may_include{$room}};
    # A test may also use what those rooms stand on: it makes what its room is only handed.
    push @allowed, map { @{$may_include{$_}} } @allowed if is_for_tests($path);
    return "$room may not include $other" unless grep { $_ eq $other } @allowed;
    return "$header is private to $other" if $header =~ /_impl\.h$/;
    return ();
}

sub banned_calls {
    my ($tree) = @_;
    my @names = qw(strcpy strcat strncpy strncat stpcpy sprintf vsprintf gets strtok atoi atol atoll
        atof gmtime localtime asctime ctime mktime system popen tmpnam mktemp rand srand setjmp
        longjmp alloca);
    my $banned = join '|', @names;
    my @bad = lines_that_match($tree, qr/(?<![\w.>])($banned)\s*\(/, 'a banned call',
        sub { $_[0] =~ m{^tools/} });
    for my $row (@kept_calls) {
        my ($calls, $places) = @$row;
        my $is_its_place = sub {
            my ($path) = @_;
            return 1 if is_for_tests($path) || $path =~ m{^tools/};
            return scalar grep { ref $_ ? $path =~ $_ : $path eq $_ } @$places;
        };
        push @bad, lines_that_match($tree, qr/(?<![\w.>])($calls)\s*\(/,
            'a call that has its place elsewhere', $is_its_place);
    }
    return @bad;
}

sub long_functions {
    my ($tree) = @_;
    return each_c($tree, sub {
        my ($path, $text) = @_;
        return map { "$path:$_->[1]: $_->[0] has $_->[2] lines" }
            grep { $_->[2] > $FUNCTION_LINES } functions_of($text);
    });
}

sub many_parameters {
    my ($tree) = @_;
    return each_c($tree, sub {
        my ($path, $text) = @_;
        return map { "$path:$_->[1]: $_->[0] has $_->[3] parameters" }
            grep { $_->[3] > $PARAMETERS && !$shape_is_theirs{$_->[0]} } functions_of($text);
    });
}

sub wide_lines {
    my ($tree) = @_;
    return each_c($tree, sub {
        my ($path, $text) = @_;
        my @lines = split /\n/, $text;
        return map { "$path:" . ($_ + 1) . ': ' . length($lines[$_]) . ' columns' }
            grep { length $lines[$_] > $COLUMNS } 0 .. $#lines;
    });
}

sub long_files {
    my ($tree) = @_;
    my @ours = grep { is_c($_) || m{^(?:t|tools)/} || /^(?:run|test|Makefile)$/ }
        sort keys %{$tree->{files}};
    return map {
        my $lines = ($tree->{files}{$_} =~ tr/\n//);
        $lines > $FILE_LINES ? "$_: $lines lines" : ();
    } @ours;
}

# Variables that can change, at any scope: nothing of ours has them (.data.rel.ro is constant).
sub mutable_globals {
    my ($tree) = @_;
    return map { "$_->[0]: $_->[2] is a mutable global ($_->[1])" } grep {
        $_->[1] =~ /^(?:\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && $_->[1] !~ /^\.data\.rel\.ro/
            && $_->[2] !~ /^\./ && !is_for_tests($_->[0])
    } @{$tree->{symbols}};
}

# A function that other files can see and that nothing but a test calls.
sub dead_functions {
    my ($tree) = @_;
    my (%mentions, %definitions);
    for my $path (grep { is_c($_) && !is_for_tests($_) } keys %{$tree->{files}}) {
        my $code = code_of($tree->{files}{$path});
        # A prototype is not a use: at the left margin, ended by a semicolon.
        $code =~ s/^(?!\s|static|#|\})[^;{}=]*\([^;{}]*\)[^;{}()]*(?:\([^;{}]*\)[^;{}()]*)*;//gm;
        $mentions{$_}++ for $code =~ /\b([a-z]\w*)\b/g;
    }
    for my $row (@{$tree->{symbols}}) {
        my ($object, $section, $name, $is_external) = @$row;
        next unless $is_external && $section =~ /^\.text/ && !is_for_tests($object);
        next if $name =~ /^(?:main|LLVMFuzzer\w+)$/;
        $definitions{$name} = $object;
    }
    my %is_dead = map { $_ => 1 } grep { ($mentions{$_} // 0) <= 1 } keys %definitions;
    my @called = grep { $definitions{$_} && !$is_dead{$_} } sort keys %waits_for_a_caller;
    return (
        (map { "$definitions{$_}: $_ is called by nothing but tests" }
            grep { !$waits_for_a_caller{$_} } sort keys %is_dead),
        (map { "tools/tidy.pl: $_ has a caller now, its row may go" } @called),
    );
}

sub typedef_structs {
    my ($tree) = @_;
    my $named = qr/^\s*typedef\s+((?:struct|union|enum)\b(?!\s+(?:str|err)\s*\{).*)/;
    return lines_that_match($tree, $named, 'only str and err are typedefs');
}

# The project speaks of itself alone. The patterns are written so as not to match themselves.
sub forbidden_words {
    my ($tree) = @_;
    my @words = (
        [qr/\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b/ => 'an unfinished thought'],
        [qr{((?<![\w.])/(?:wor[k]|hom[e]|roo[t])/\w+|/tmp/brie[f])} => 'a machine path'],
        [qr/\b(issu[e]s? #?\d+)/i => 'an issue number'],
        [qr{(registry\.npmj[s]|deb\.debia[n])} => 'the address of a registry'],
        [qr{(\.\./share[d])} => 'a folder that is not ours', qr{_(?:test|fuzz)\.c$|^t/}],
    );
    return map {
        my ($path, $number, @bad) = ($_, 0);
        for my $line (split /\n/, $tree->{files}{$path}) {
            $number++;
            for my $row (@words) {
                my ($word, $say, $except) = @$row;
                next if $except && $path =~ $except;
                push @bad, "$path:$number: $say: $1" if $line =~ $word;
            }
        }
        @bad;
    } sort keys %{$tree->{files}};
}

sub not_executable {
    my ($tree) = @_;
    return map {
        my ($text, $mode) = ($tree->{files}{$_}, $tree->{modes}{$_} // 0);
        $text =~ /^#!/ && !($mode & 0100) ? "$_ begins with #! and is not executable"
            : m{^t/\d.*\.t$} && $text !~ /^#!/ ? "$_ says not what runs it"
            : m{^t/.*\.t$} && !m{^t/\d{4}-[a-z0-9-]+\.t$} ? "$_ is not named NNNN-area.t"
            : ();
    } sort keys %{$tree->{files}};
}

sub misformatted {
    my ($tree) = @_;
    my @paths = grep { is_c($_) } sort keys %{$tree->{files}};
    return () unless @paths;
    if (!$tree->{is_real}) { # a sample: clang-format looks at a copy
        my $folder = File::Temp->newdir;
        write_file("$folder/.clang-format", read_file('.clang-format'));
        my @copies;
        for my $path (@paths) {
            (my $name = $path) =~ s{/}{-}g;
            write_file("$folder/$name", $tree->{files}{$path});
            push @copies, "$folder/$name";
        }
        return clang_format(@copies);
    }
    return clang_format(@paths);
}
sub clang_format {
    my %seen;
    open(my $out, '-|', 'sh', '-c', 'clang-format --dry-run -Werror "$@" 2>&1', 'sh', @_) or die $!;
    my @bad = grep { /error:/ && !$seen{(split /:/)[0]}++ } <$out>;
    close $out;
    chomp @bad;
    return @bad if @bad || $? == 0;
    return 'clang-format could not be run';
}

sub link_maps {
    my ($tree) = @_;
    my @bad;
    for my $program (sort keys %must_not_hold) {
        my $map = $tree->{maps}{$program};
        if (!defined $map) {
            my $has_source = exists $tree->{files}{"src/main/$program.c"};
            push @bad, "$program: no link map (make first)" if $has_source;
            next;
        }
        for my $thing (@{$must_not_hold{$program}}) {
            push @bad, "$program holds $thing" if $map =~ m{/\Q$thing\E(?![\w-])};
        }
    }
    return @bad;
}

# ---- The table of rules ------------------------------------------------------------------------

my @rules = (
    [includes       => \&includes,         'a room includes only what the table allows'],
    [calls          => \&banned_calls,     'no banned call, and those of the world in their place'],
    [function_lines => \&long_functions,   "functions of at most $FUNCTION_LINES lines"],
    [parameters     => \&many_parameters,  "functions of at most $PARAMETERS parameters"],
    [columns        => \&wide_lines,       "lines of at most $COLUMNS columns"],
    [file_lines     => \&long_files,       "files of at most $FILE_LINES lines"],
    [globals        => \&mutable_globals,  'no mutable global'],
    [dead           => \&dead_functions,   'no function that only tests call'],
    [typedefs       => \&typedef_structs,  'no typedef but str and err'],
    [words          => \&forbidden_words,  'no word that does not belong'],
    [executable     => \&not_executable,   'scripts can be run, tests are named NNNN-area.t'],
    [format         => \&misformatted,     'formatted by clang-format'],
    [maps           => \&link_maps,        'a program holds only its rooms and libraries'],
);

# ---- The real tree -------------------------------------------------------------------------------

sub read_file {
    my ($path) = @_;
    open(my $in, '<', $path) or die "$path: $!";
    local $/;
    my $text = <$in>;
    return $text // '';
}
sub write_file {
    my ($path, $text) = @_;
    open(my $out, '>', $path) or die "$path: $!";
    print $out $text;
    close $out;
}

# Symbols of our objects that the present source still makes: [source, section, name, is external].
sub symbols_of {
    my (@sources) = @_;
    my (@symbols, @missing);
    for my $source (@sources) {
        (my $object = "build/dev-gcc/$source") =~ s/\.c$/.o/;
        if (!-e $object) { push @missing, $source; next }
        open(my $out, '-|', 'objdump', '-t', $object) or die $!;
        while (my $line = <$out>) {
            next unless $line =~ /^[0-9a-f]+ (.{7}) (\S+)\t[0-9a-f]+ (?:\.hidden )?(\S+)$/;
            my ($flags, $section, $name) = ($1, $2, $3);
            my ($scope, $debug, $kind) = map { substr $flags, $_, 1 } 0, 5, 6;
            next if $debug eq 'd' || $kind eq 'f' || $section eq '*UND*';
            push @symbols, [$source, $section, $name, $scope eq 'g' ? 1 : 0];
        }
        close $out;
    }
    return (\@symbols, \@missing);
}

sub real_tree {
    my %tree = (is_real => 1, files => {}, modes => {}, maps => {});
    my $listed = `git ls-files -z --cached --others --exclude-standard 2>/dev/null`;
    # Without git (an unpacked archive): the folders that are ours, and what lies beside them.
    $listed = `find * -maxdepth 0 -type f -print0; find src t tools docs -type f -print0`
        unless length $listed;
    for my $path (split /\0/, $listed) {
        next if !-f $path || -B $path || $path =~ m{^(?:LICENSE|package-lock\.json)$|/corpus/};
        $tree{files}{$path} = read_file($path);
        $tree{modes}{$path} = (stat $path)[2];
    }
    my @sources = grep { m{^src/.*\.c$} && !is_for_tests($_) } sort keys %{$tree{files}};
    my ($symbols, $missing) = symbols_of(@sources);
    @tree{qw(symbols missing)} = ($symbols, $missing);
    for my $program (keys %must_not_hold) {
        my $map = "build/dev-gcc/$program.map";
        $tree{maps}{$program} = read_file($map) if -e $map;
    }
    return \%tree;
}

# ---- Telling -------------------------------------------------------------------------------------

my ($count, $failed) = (0, 0);
sub report {
    my ($name, @bad) = @_;
    $count++;
    $failed++ if @bad;
    print @bad ? 'not ' : '', "ok $count - $name\n";
    print "#   $_\n" for @bad;
}

chdir($0 =~ m{^(.*)/tools/[^/]+$} ? $1 : '.') or die $!;
if (($ARGV[0] // '') eq '--self-test') {
    my $samples = do './tools/tidy-samples.pl' or die $@ || $!;
    printf "1..%d\n", 2 * @rules;
    for my $rule (@rules) {
        my ($id, $look, $name) = @$rule;
        my @bad  = @{$samples->{$id}{bad}};
        my @good = @{$samples->{$id}{good}};
        report("flags what breaks it: $name",
            map { my @found = $look->($bad[$_]); @found ? () : "bad sample $_ passes" } 0 .. $#bad);
        report("is silent otherwise: $name",
            map { my $at = $_; map { "good sample $at: $_" } $look->($good[$at]) } 0 .. $#good);
    }
} else {
    my $tree = real_tree();
    printf "1..%d\n", @rules + 1;
    report('every source has an object to look into (make first)', @{$tree->{missing}});
    report($_->[2], $_->[1]->($tree)) for @rules;
}
exit($failed ? 1 : 0);
