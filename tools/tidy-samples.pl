# tidy-samples.pl: for each rule of tidy.pl, sources that break it and sources that do not.
#
# A sample is a small tree: {files => {path => text}}, with symbols, modes or maps where the rule
# looks at those. What must not stand in this source either is put together out of two halves.
use strict;
use warnings;
use utf8;

sub source { my ($path, $text) = @_; return {files => {$path => $text}} }
sub symbol { my ($section, $path) = @_;
             return {files => {}, symbols => [[$path // 'src/web/a.c', $section, 'count', 0]]} }
sub map_of { my ($program, $text) = @_; return {files => {}, maps => {$program => $text}} }
sub web    { return source('src/web/a.c', join '', map { "$_\n" } @_) }
sub file_of_mode { my ($path, $mode, $text) = @_;
                   return {files => {$path => $text}, modes => {$path => $mode}} }

sub function_of { # so many lines, with its braces
    my ($lines) = @_;
    return "static int f(int a) {\n" . "    a++;\n" x ($lines - 3) . "    return a;\n}\n";
}

# web_a and whoever calls it.
sub calls {
    my (%files) = @_;
    return {
        files => {'src/web/a.c' => "int web_a(int b) {\n    return b;\n}\n",
                  'src/web/a.h' => "int web_a(int b);\n", %files},
        symbols => [['src/web/a.c', '.text.web_a', 'web_a', 1]],
    };
}

return {
    includes => {
        bad => [
            web('#include "archive/archive.h"'),
            web('#include "a.h"'),
            source('src/base/a.c',  "#include \"vault/vault.h\"\n"),
            source('src/press/a.c', "#include \"archive/archive_impl.h\"\n"),
            source('src/press/a.c', "#include \"gate_sql_files.h\"\n"),
            source('src/press/a.c', "#include \"base/fault.h\"\n"),
            source('src/desk/a.c',  "#include \"scrub/scrub.h\"\n"),
            source('src/web/a.c',   "#include \"vault/vault.h\"\n"),
            source('src/web/a_test.c', "#include \"archive/archive.h\"\n"),
            source('src/attic/a.c', ''),
        ],
        good => [
            web('#include "http/http.h"', '#include "web/web_impl.h"', '#include <stdio.h>'),
            source('src/press/a.c',      "#include \"press_files.h\"\n"),
            source('src/press/a_test.c', "#include \"base/fault.h\"\n"),
            source('src/web/a_test.c',   "#include \"vault/vault.h\"\n"),
        ],
    },
    calls => {
        bad => [
            web('    strcpy (a, b);'), web('    p = malloc(7);'),  web('    exit(1);'),
            web('    printf("x");'),   web('    t = time(NULL);'), web('    fork();'),
            source('src/web/a_test.c', "    system(\"ls\");\n"),
            source('src/main/a.c',     "    sleep(1);\n"),
        ],
        good => [
            web('/* strcpy(a, b) */', '    s = "exit(1)";', '    buf_printf(b, "");'),
            web('    sys->time(1);', '    date.time(2);', '    my_exit(1);'),
            source('src/main/a.c',      "    printf(\"x\"); exit(1);\n"),
            source('src/base/a_test.c', "    p = malloc(7);\n"),
        ],
    },
    function_lines => {
        bad  => [web(function_of(71)),
                 web("struct a {\n    int b;\n};\n\n#define X(a) \\\n    {\n" . function_of(71))],
        good => [web(function_of(70)), web(function_of(70), function_of(70)),
                 web("static const int a[] = {\n" . ("    1,\n" x 90) . "};\n")],
    },
    parameters => {
        bad  => [web('static int f(int a, int b, int c,',
                     '             int d, int e, int f) {', '    return a;', '}')],
        good => [web('static int f(int a, int b, int c,',
                     '             int d, int (*e)(int, int), int *ret_f) {', '    return a;', '}')],
    },
    columns => {
        bad  => [web('x' x 101)],
        good => [web('한' x 100)],
    },
    file_lines => {
        bad  => [source('src/web/a.c', "\n" x 701), source('t/1000-a.t', "\n" x 701)],
        good => [source('src/web/a.c', "\n" x 700), source('docs/A.md',  "\n" x 900)],
    },
    globals => {
        bad  => [symbol('.data.count'), symbol('.bss.count.0'), symbol('*COM*'), symbol('.tbss.x')],
        good => [symbol('.data.rel.ro.local.names'), symbol('.rodata.x'),
                 symbol('.bss.content', 'src/web/a_test.c')],
    },
    dead => {
        bad  => [calls(), calls('src/web/a_test.c' => "    x = web_a(1);\n"),
                 {files => {"src/archive/a.c" => "x = archive_job_retry() + archive_job_retry();\n"},
                  symbols => [['src/archive/a.c', '.text.x', 'archive_job_retry', 1]]}],
        good => [calls('src/main/b.c' => "    x = web_a(1);\n"),
                 calls('src/main/b.c' => "static const struct row rows[] = {{\"a\", web_a}};\n")],
    },
    typedefs => {
        bad  => [web('typedef struct page {'), web('typedef enum { A } kind;')],
        good => [source('src/base/str.h', "typedef struct str {\n"),
                 web('typedef void (*hook)(void);')],
    },
    words => {
        bad  => [map { source('docs/A.md', "see $_\n") }
                 'TO' . 'DO: later', 'FIX' . 'ME', '/wo' . 'rk/main/a', '/ho' . 'me/kim/x',
                 '../sha' . 'red/data', 'iss' . 'ue #12', 'Iss' . 'ue 2',
                 'registry.npm' . 'js.org', 'deb.deb' . 'ian.org'],
        good => [source('docs/A.md', "a house at work; an issue of a journal; example.org/wo" . "rk/\n"),
                 source('src/web/a_test.c', '../sha' . "red/data\n")],
    },
    executable => {
        bad  => [file_of_mode('tools/a', 0644, "#!/bin/sh\n"),
                 file_of_mode('t/0100-a.t', 0755, "plan 1\n"),
                 file_of_mode('t/a.t', 0755, "#!/bin/sh\n")],
        good => [file_of_mode('t/0100-a.t', 0755, "#!/bin/sh\n"),
                 file_of_mode('t/lib.sh', 0644, "# x\n")],
    },
    format => {
        bad  => [web('int  web_a( int b ){ return b ; }')],
        good => [web('int web_a(int b) { return b; }')],
    },
    maps => {
        bad  => [map_of(front => "LOAD build/dev-gcc/libarchive.a\n"),
                 map_of(front => "LOAD /usr/lib/libxml2.so\n"),
                 map_of(front => "LOAD /usr/lib/libvips.so\n"),
                 map_of(gate  => "LOAD build/dev-gcc/libpress.a\n"),
                 map_of(hanji => "LOAD build/dev-gcc/libgate.a\n"),
                 map_of(hanji => "LOAD /usr/lib/libvips.so\n"),
                 source('src/main/front.c', '')],
        good => [map_of(front => "LOAD build/dev-gcc/libpressing.a\n"),
                 map_of(front => "LOAD build/dev-gcc/libweb.a\n")],
    },
};
