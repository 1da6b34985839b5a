#!/usr/bin/perl
# The pages for people hold to the program: the tables of docs/RULES.md are its rules, every sentence
# that it says about what the gate cannot see stands in docs/CANNOT_SEE.md, and every test that a page
# names is there. A test is named as `t/2000-gate.t`: "no consent", or by the function of a *_test.c.
use strict;
use warnings;
use utf8;
use open qw(:std :encoding(UTF-8));
use JSON::PP ();

chdir($0 =~ m{^(.*)/t/[^/]+$} ? $1 : '.') or die $!;
my $HANJI = $ENV{HANJI} // 'build/dev-gcc/hanji';

my ($count, $failed) = (0, 0);
sub report { # a name, and what is wrong, if anything
    my ($name, @bad) = @_;
    $count++;
    $failed++ if @bad;
    print @bad ? 'not ' : '', "ok $count - $name\n";
    print "#   $_\n" for @bad;
}

sub read_file {
    my ($path) = @_;
    open(my $in, '<', $path) or return undef;
    local $/;
    return scalar <$in>;
}
sub in_one_line { my ($text) = @_; $text =~ s/\s+/ /g; return $text }

sub rules_in {
    my ($language) = @_;
    open(my $out, '-|:raw', $HANJI, 'rules', '--json', '--language', $language) or die "$HANJI: $!";
    local $/;
    return JSON::PP->new->utf8->decode(scalar <$out>);
}

# The rows of a table of rules, below a heading or the top of the page.
sub rows_of { my ($text) = @_; return grep { /^\| R\d\d/ } split /\n/, $text }

# What is wrong with the tests that a text names.
sub missing_tests {
    my ($text) = @_;
    my @bad;
    for my $named (tests_in($text)) {
        my ($path, $name) = @$named;
        my $source = read_file($path);
        push(@bad, "there is no $path"), next unless defined $source;
        my $is_there = $path =~ /\.c$/ ? $source =~ /^static void \Q$name\E\(/m : $source =~ /"\Q$name\E"/;
        push @bad, "$path has no test \"$name\"" unless $is_there;
    }
    return @bad;
}
sub tests_in {
    my ($text) = @_;
    my $line = in_one_line($text);
    my @found;
    push @found, [$1, $2] while $line =~ m{`((?:t|src)/[\w/.-]+\.(?:t|c))`: "([^"]+)"}g;
    return @found;
}
# Names of tests that the pattern above would overlook.
sub odd_names {
    my ($text) = @_;
    return map { "line that names a file and no test: $_" }
        grep { m{`(?:t/\d|src/\w+/\w+_test\.c)} && !m{`(?:t|src)/[\w/.-]+\.(?:t|c)`:(?: "|$)} } split /\n/, $text;
}
sub missing_sentences {
    my ($text, @sentences) = @_;
    my $line = in_one_line($text);
    return map { "not in the page: $_" } grep { index($line, $_) < 0 } @sentences;
}

# ---- That each of these can fail -----------------------------------------------------------------

report('flags a test that is not there', missing_tests('`t/9100-pages.t`: "no ' . 'such case"') ? () : 'passes');
report('and a file that is not there', missing_tests('`t/0001-none.t`: "x"') ? () : 'passes');
report('and a function that is not there', missing_tests('`src/base/str_test.c`: "no_such"') ? () : 'passes');
report('lets those pass that are there', missing_tests("`src/base/str_test.c`:\n\"trims_ascii_space_and_no_other_byte\""));
report('flags a test named in another way', odd_names('see `t/2000-gate.t`, "no consent"') ? () : 'passes');
report('flags a sentence that is missing', missing_sentences("It sees\nall.", 'It sees none.') ? () : 'passes');
report('and finds one across lines', missing_sentences("It sees\nall.", 'It sees all.'));

# ---- The rules ---------------------------------------------------------------------------------

my $page = read_file('docs/RULES.md') // '';
my ($built, $unbuilt) = split /^## Not built$/m, $page;
my @rows = rows_of($built);
my %has_row = map { $_ => 1 } @rows;
my @wanted;
for my $language (qw(en ko)) {
    my $book = rules_in($language);
    my @table = map { "| $_->{id} | $_->{refuses} | $_->{resolves} | $_->{may_override} |" } @{$book->{rules}};
    report("docs/RULES.md has every rule as the program says it ($language)",
        (@table > 10 ? () : 'the program prints too few'), map { "missing: $_" } grep { !$has_row{$_} } @table);
    report("and the version of the rules ($language)",
        $page =~ /Version \Q$book->{version}\E:/ ? () : "it is $book->{version}");
    push @wanted, @table;
}
my %is_wanted = map { $_ => 1 } @wanted;
report('it has no row that the program does not have', map { "not in the program: $_" } grep { !$is_wanted{$_} } @rows);
my %is_built = map { $_->{id} => 1 } @{rules_in('en')->{rules}};
report('none of those that are not built is built',
    map { "is built: $_" } grep { $is_built{$_} } map { /^\| ([^|]*)/ && split /, |\s/, $1 } rows_of($unbuilt // ''));

# ---- What the gate cannot see ------------------------------------------------------------------

for my $row (['en', 'docs/CANNOT_SEE.md'], ['ko', 'docs/CANNOT_SEE.ko.md']) {
    my ($language, $path) = @$row;
    my @sentences = @{rules_in($language)->{cannot_see}};
    report("$path holds every sentence that hanji check says", (@sentences ? () : 'it says none'),
        missing_sentences(read_file($path) // '', @sentences));
}

# ---- Who attacks -------------------------------------------------------------------------------

my %named;
for my $path ('docs/THREATS.md', 'docs/THREATS.ko.md') {
    my $text = read_file($path) // '';
    $named{$path} = join "\n", sort map { "$_->[0]: $_->[1]" } tests_in($text);
    report("every test that $path names is there", (length $named{$path} ? () : 'it names none'),
        missing_tests($text), odd_names($text));
}
report('both name the same tests', $named{'docs/THREATS.md'} eq $named{'docs/THREATS.ko.md'} ? () : 'they differ');

# ---- All pages ---------------------------------------------------------------------------------

my @pages = grep { !/^docs\/BENCHMARKS/ } glob('docs/*.md README.md ARCHITECTURE.md CONTRIBUTING.md CHANGES.md');
report('a page that another one names is there', map {
    my $from = $_;
    map { -e $_ ? () : "$from names $_" } (read_file($from) // '') =~ m{\b(docs/[\w.]+\.md)\b}g;
} @pages);

print "1..$count\n";
exit($failed ? 1 : 0);
