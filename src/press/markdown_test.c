/* markdown_test.c: a table of bodies and their HTML, dangerous addresses, the other readings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fault.h"
#include "press/link.h"
#include "press/markdown.h"

enum { ARENA_MAX = 64 << 20, OUTPUT_MAX = 16 << 20 };

/* The house's pictures: 7 and 8 exist, 9 is an error of the archive. */
struct house {
    int reports;
    char last[300];
};

static err give_picture(void *context, int64_t number, struct markdown_picture *ret_picture) {
    (void)context;
    if (number == 9) FAIL(ERR_IO, "the archive cannot be read");
    if (number != 7 && number != 8) FAIL(ERR_NOT_FOUND, "no picture");
    *ret_picture =
        (struct markdown_picture){.src = number == 7 ? STR("/m/7.jpg") : STR("/m/8.png"),
                                  .srcset = number == 7 ? STR("/m/7s.jpg 480w") : STR(""),
                                  .width = 800,
                                  .height = 600,
                                  .alt = STR("the archive's <alt>"),
                                  .credit = number == 8 ? STR("Eight") : STR("")};
    return OK;
}

static void hear_report(void *context, str what) {
    struct house *house = context;
    house->reports++;
    snprintf(house->last, sizeof house->last, STR_FMT, STR_ARG(what));
}

static err render_with(struct arena *a, struct house *house, str body, const char **ret_html) {
    const struct markdown_options options = {.base = STR("https://ours.example"),
                                             .table_label = STR("Table"),
                                             .picture = give_picture,
                                             .report = hear_report,
                                             .context = house};
    struct buf out;
    buf_init(&out, a, OUTPUT_MAX);
    TRY(markdown_html(a, &options, body, &out));
    str html = {0};
    TRY(buf_finish(&out, &html));
    return arena_cstr(a, html, ret_html);
}

#define IMG7                                                                                       \
    "<img src=\"/m/7.jpg\" srcset=\"/m/7s.jpg 480w\" sizes=\"(min-width: 40rem) 38rem, 100vw\" "   \
    "width=\"800\" height=\"600\" alt=\"a kettle\" loading=\"lazy\" decoding=\"async\">"
#define IMG8                                                                                       \
    "<img src=\"/m/8.png\" width=\"800\" height=\"600\" alt=\"a cup\" loading=\"lazy\" "           \
    "decoding=\"async\">"
#define CREDIT8 "<span class=\"credit\">Eight</span>"

static const struct {
    const char *name;
    const char *body;
    const char *html;
    int reports;
} cases[] = {
    {"renders paragraphs and emphasis", "One *two* **three** ~~four~~ `five`\nsix\n\nseven",
     "<p>One <em>two</em> <strong>three</strong> <del>four</del> <code>five</code>\nsix</p>\n"
     "<p>seven</p>\n",
     0},
    {"shows raw HTML as text", "<script>x</script>\n\na <b onclick=x>b</b>",
     "<p>&lt;script&gt;x&lt;/script&gt;</p>\n<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>\n", 0},
    {"begins headings at h2 and skips no level", "# A\n\n### B\n\n###### C\n\n## D\n\n# E",
     "<h2 id=\"a\">A</h2>\n<h3 id=\"b\">B</h3>\n<h4 id=\"c\">C</h4>\n<h3 id=\"d\">D</h3>\n"
     "<h2 id=\"e\">E</h2>\n",
     0},
    {"begins at h2 when the text begins lower", "### A\n\n## B",
     "<h2 id=\"a\">A</h2>\n<h2 id=\"b\">B</h2>\n", 0},
    {"makes ids of any script, each once",
     "## 종이 다리\n\n## 종이 다리\n\n## 종이-다리 2\n\n## !?",
     "<h2 id=\"종이-다리\">종이 다리</h2>\n<h2 id=\"종이-다리-2\">종이 다리</h2>\n"
     "<h2 id=\"종이-다리-2-2\">종이-다리 2</h2>\n<h2 id=\"section\">!?</h2>\n",
     0},
    {"keeps ids clear of the page's own", "## Main\n\n## The *Road* & `Sea`",
     "<h2 id=\"main-2\">Main</h2>\n"
     "<h2 id=\"the-road-sea\">The <em>Road</em> &amp; <code>Sea</code></h2>\n",
     0},
    {"renders lists, tight and loose", "- a\n- b\n\n3. c\n\n4. d",
     "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"
     "<ol start=\"3\">\n<li><p>c</p>\n</li>\n<li><p>d</p>\n</li>\n</ol>\n",
     0},
    {"shows tasks as boxes in words", "- [ ] a\n- [x] b",
     "<ul>\n<li>\u2610 a</li>\n<li>\u2611 b</li>\n</ul>\n", 0},
    {"lets a table scroll by itself", "| a | b | c |\n|---|:-:|--:|\n| 1 | 2 | 3 |",
     "<div class=\"table\" role=\"group\" tabindex=\"0\" aria-label=\"Table\">\n<table>\n<thead>\n"
     "<tr><th scope=\"col\">a</th><th scope=\"col\" class=\"center\">b</th>"
     "<th scope=\"col\" class=\"right\">c</th></tr>\n</thead>\n<tbody>\n"
     "<tr><td>1</td><td class=\"center\">2</td><td "
     "class=\"right\">3</td></tr>\n</tbody>\n</table>\n"
     "</div>\n",
     0},
    {"heads no column with an empty cell", "|  | b |\n|:-:|---|\n| 1 | 2 |",
     "<div class=\"table\" role=\"group\" tabindex=\"0\" aria-label=\"Table\">\n<table>\n<thead>\n"
     "<tr><td class=\"center\"></td><th scope=\"col\">b</th></tr>\n</thead>\n<tbody>\n"
     "<tr><td class=\"center\">1</td><td>2</td></tr>\n</tbody>\n</table>\n</div>\n",
     0},
    {"puts no link into a link", "[see https://a.example/b_/ *now*](/en/c/) end",
     "<p><a href=\"/en/c/\">see https://a.example/b_/ <em>now</em></a> end</p>\n", 0},
    {"renders quotes, rules, code and breaks", "> a\n\n---\n\n```c\na < b\n```\n\na  \nb",
     "<blockquote>\n<p>a</p>\n</blockquote>\n<hr>\n<pre><code>a &lt; b\n</code></pre>\n"
     "<p>a<br>\nb</p>\n",
     0},
    {"decodes references", "caf&eacute; &#233; &#x1F375; &nosuch; &#0; &amp;lt;",
     "<p>café é \U0001F375 &amp;nosuch; \uFFFD &amp;lt;</p>\n", 0},
    {"links inside without rel",
     "[a](/en/about/) [b](#top) [c](x/y?z=1&w=2) "
     "[d](https://ours.example/a)",
     "<p><a href=\"/en/about/\">a</a> <a href=\"#top\">b</a> <a href=\"x/y?z=1&amp;w=2\">c</a> "
     "<a href=\"https://ours.example/a\">d</a></p>\n",
     0},
    {"links outside with rel", "[a](https://ours.example.evil.test/ \"title\") <http://b.test>",
     "<p><a href=\"https://ours.example.evil.test/\" rel=\"noopener noreferrer\">a</a> "
     "<a href=\"http://b.test\" rel=\"noopener noreferrer\">http://b.test</a></p>\n",
     0},
    {"finds bare addresses", "see https://b.test/x_y, or <who@b.test>",
     "<p>see <a href=\"https://b.test/x_y\" rel=\"noopener noreferrer\">https://b.test/x_y</a>, or "
     "<a href=\"mailto:who@b.test\">who@b.test</a></p>\n",
     0},
    {"percent-encodes what may not stand in an address", "[a](/종이 \"t\") [b](</a b\"c'd>)",
     "<p><a href=\"/%EC%A2%85%EC%9D%B4\">a</a> <a href=\"/a%20b%22c%27d\">b</a></p>\n", 0},
    {"makes a figure of a picture that stands alone", "![a kettle](media:7 \"The <kettle>\")",
     "<figure class=\"figure\">" IMG7 "<figcaption>The &lt;kettle&gt;</figcaption></figure>\n", 0},
    {"makes figures of pictures that stand together",
     "![a kettle](media:7)\n![a cup](media:8 \"Cup\")",
     "<figure class=\"figure\">" IMG7 "</figure>\n<figure class=\"figure\">" IMG8
     "<figcaption>Cup " CREDIT8 "</figcaption></figure>\n",
     0},
    {"leaves a picture in its line", "A ![a *kettle*](media:7) here", "<p>A " IMG7 " here</p>\n",
     0},
    {"takes the archive's alternative text when there is none", "x ![](media:8)",
     "<p>x <img src=\"/m/8.png\" width=\"800\" height=\"600\" alt=\"the archive&#39;s "
     "&lt;alt&gt;\" loading=\"lazy\" decoding=\"async\"></p>\n",
     0},
    {"leaves out a picture it does not know", "a\n\n![x](media:6)\n\nb ![y](https://b.test/x.png)",
     "<p>a</p>\n<p>b </p>\n", 2},
    {"renders a figure block",
     "::: figure\nmedia: 7\nalt: a kettle\ncaption: The kettle she \"carried\".\n"
     "credit: Drawn\n:::\n",
     "<figure class=\"figure\">" IMG7 "<figcaption>The kettle she &quot;carried&quot;. "
     "<span class=\"credit\">Drawn</span></figcaption></figure>\n",
     0},
    {"renders a figure with a credit alone", "::: figure\nmedia: media:8\nalt: a cup\n:::",
     "<figure class=\"figure\">" IMG8 "<figcaption>" CREDIT8 "</figcaption></figure>\n", 0},
    {"renders a gallery", "::: gallery\n![a cup](media:8 \"c\")\n![a cup](media:8)\n:::\nafter",
     "<div class=\"gallery\">\n<figure class=\"figure\">" IMG8 "<figcaption>c " CREDIT8
     "</figcaption></figure>\n<figure class=\"figure\">" IMG8 "<figcaption>" CREDIT8
     "</figcaption></figure>\n</div>\n<p>after</p>\n",
     0},
    {"renders a quote in its language",
     "::: quote\nby: Name withheld\nlang: ko\n\n말이 *마른다*.\n:::\n",
     "<figure class=\"quote\"><blockquote lang=\"ko\">\n<p>말이 <em>마른다</em>.</p>\n"
     "</blockquote><figcaption>Name withheld</figcaption></figure>\n",
     0},
    {"does without a caption and a bad language", "::: quote\nlang: \"x\nsaid: so\n:::",
     "<figure class=\"quote\"><blockquote>\n<p>said: so</p>\n</blockquote></figure>\n", 0},
    {"renders a note", "a\n::: note\ntitle: On <this>\n\nb\n\n- c\n:::\nd",
     "<p>a</p>\n<aside class=\"note\">\n<p class=\"note-title\">On &lt;this&gt;</p>\n<p>b</p>\n"
     "<ul>\n<li>c</li>\n</ul>\n</aside>\n<p>d</p>\n",
     0},
    {"renders an action", "::: action\nlabel: Write\nlink: /en/contact/\n\nDo.\n:::",
     "<aside class=\"action\">\n<p>Do.</p>\n<p><a class=\"button\" href=\"/en/contact/\">Write</a>"
     "</p>\n</aside>\n",
     0},
    {"leaves out a button that leads nowhere",
     "::: action\nlabel: W\nlink: javascript:x\n\nDo.\n:::",
     "<aside class=\"action\">\n<p>Do.</p>\n</aside>\n", 1},
    {"takes colons in code for code", "```\n::: note\nx\n:::\n```\n\n~~~~\n~~~\n::: note\n~~~~",
     "<pre><code>::: note\nx\n:::\n</code></pre>\n<pre><code>~~~\n::: note\n</code></pre>\n", 0},
    {"keeps code with colons inside a block", "::: note\n```\n:::\n```\n:::\nafter",
     "<aside class=\"note\">\n<pre><code>:::\n</code></pre>\n</aside>\n<p>after</p>\n", 0},
    {"shows a block nobody knows", "::: video\nx\n:::", "<p>::: video\nx\n:::</p>\n", 1},
    {"takes a block inside a block for text", "::: note\na\n::: quote\nb\n:::\nc\n:::\nd",
     "<aside class=\"note\">\n<p>a\n::: quote\nb\n:::\nc</p>\n</aside>\n<p>d</p>\n", 1},
    {"ends a block that is never closed at the end", "::: note\na\n\nb",
     "<aside class=\"note\">\n<p>a</p>\n<p>b</p>\n</aside>\n", 1},
    {"closes what crosses", "~~a [b](/c~~d)", "<p><del>a <a href=\"/c~~d\">b</a></del></p>\n", 0},
    {"renders nothing of nothing", "", "", 0},
    {"mends bytes that are not UTF-8 and drops controls",
     "a\xFF"
     "b\x01\r\nc\rd",
     "<p>a\uFFFDb\nc\nd</p>\n", 0},
};

static void renders_each_body_of_the_table(void **state) {
    size_t i = (size_t)(uintptr_t)*state;
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, ARENA_MAX);
    struct house house = {0};
    const char *html = NULL;
    err e = render_with(&arena, &house, str_of(cases[i].body), &html);
    assert_int_equal(e.kind, ERR_NONE);
    assert_string_equal(html, cases[i].html);
    assert_int_equal(house.reports, cases[i].reports);
}

/* What a browser would run or open as something else than a page, in the disguises known. */
static const char *const dangerous[] = {
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "jAvAsCrIpT:alert(1)",
    "javascript&colon;alert(1)",
    "javascript&#58;alert(1)",
    "javascript&#x3A;alert(1)",
    "javascript&#x0003a;alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6A;&#x61;vascript:alert(1)",
    "java&#9;script:alert(1)",
    "java&#10;script:alert(1)",
    "java&Tab;script:alert(1)",
    "java&NewLine;script:alert(1)",
    "java\\script:alert(1)",
    "&#1;javascript:alert(1)",
    "&#32;javascript:alert(1)",
    "\x01javascript:alert(1)",
    "\u00A0javascript:alert(1)",
    "\u200Bjavascript:alert(1)",
    "java\u00ADscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "DATA:text/html;base64,PHNjcmlwdD4=",
    "data&colon;image/svg+xml,x",
    "vbscript:msgbox(1)",
    "vbs&#99;ript:msgbox(1)",
    "file:///etc/passwd",
    "blob:https://ours.example/1",
    "about:blank",
    "view-source:javascript:x",
    "ftp://b.test/",
    "feed:javascript:alert(1)",
    "jar:https://b.test!/",
    ":javascript:alert(1)",
    "%6Aavascript:alert(1)",
    "\uFF4Aavascript:alert(1)",
    "\\\\b.test/",
    "/\\b.test/",
};

static void makes_plain_text_of_dangerous_addresses(void **state) {
    (void)state;
    struct sys sys = sys_real();
    static const char *const forms[] = {"[text](%s)", "[text](<%s>)", "<%s>",
                                        "[text][r]\n\n[r]: %s\n", "[![a cup](media:8)](%s)"};
    for (size_t i = 0; i < COUNT_OF(dangerous); i++) {
        for (size_t k = 0; k < COUNT_OF(forms); k++) {
            CLEANUP(arena_done) struct arena arena = {0};
            arena_init(&arena, &sys, ARENA_MAX);
            struct house house = {0};
            struct buf body;
            buf_init(&body, &arena, OUTPUT_MAX);
            str before = {0};
            str after = {0};
            str_cut(str_of(forms[k]), '%', &before, &after);
            buf_add(&body, before);
            buf_add(&body, str_of(dangerous[i]));
            buf_add(&body, str_skip(after, 1));
            const char *html = NULL;
            err e = render_with(&arena, &house, buf_text(&body), &html);
            assert_int_equal(e.kind, ERR_NONE);
            if (strstr(html, "<a ") != NULL || strstr(html, "</a>") != NULL)
                fail_msg("%s became %s", dangerous[i], html);
        }
    }
}

static void judges_addresses(void **state) {
    (void)state;
    static const struct {
        const char *address;
        enum link_kind kind;
    } addresses[] = {
        {"/a", LINK_INSIDE},
        {"#a", LINK_INSIDE},
        {"?a:b", LINK_INSIDE},
        {"a/b:c", LINK_INSIDE},
        {"./a:b", LINK_INSIDE},
        {"https://ours.example", LINK_INSIDE},
        {"https://ours.example/x", LINK_INSIDE},
        {"https://ours.example.net", LINK_OUTSIDE},
        {"https://ours.example@b.test", LINK_OUTSIDE},
        {"//b.test/", LINK_OUTSIDE},
        {"HTTPS://b.test/", LINK_OUTSIDE},
        {"mailto:a@b.test", LINK_CONTACT},
        {"tel:+1", LINK_CONTACT},
        {"", LINK_REFUSED},
        {" /a", LINK_REFUSED},
        {"/a\tb", LINK_REFUSED},
        {"a:b", LINK_REFUSED},
        {":", LINK_REFUSED},
    };
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        str address = str_of(addresses[i].address);
        assert_int_equal(link_judge(address, STR("https://ours.example")), addresses[i].kind);
    }
}

static void passes_on_what_the_archive_says_is_wrong(void **state) {
    (void)state;
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, ARENA_MAX);
    struct house house = {0};
    const char *html = NULL;
    assert_int_equal(render_with(&arena, &house, STR("![](media:9)"), &html).kind, ERR_IO);
    assert_int_equal(render_with(&arena, &house, STR("::: figure\nmedia: 9\n:::"), &html).kind,
                     ERR_IO);
    assert_null(html);
}

static void says_what_it_left_out(void **state) {
    (void)state;
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, ARENA_MAX);
    struct house house = {0};
    const char *html = NULL;
    err e = render_with(&arena, &house, STR("::: figure\nmedia: 12\n:::"), &html);
    assert_int_equal(e.kind, ERR_NONE);
    assert_string_equal(house.last, "a picture that cannot be shown was left out: media:12");
}

static void bounds_what_nests(void **state) {
    (void)state;
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, ARENA_MAX);
    struct house house = {0};
    struct buf body;
    buf_init(&body, &arena, OUTPUT_MAX);
    for (int i = 0; i < 1000; i++) buf_add(&body, STR(">"));
    buf_add(&body, STR(" end\n\n"));
    for (int i = 0; i < 1000; i++) buf_add(&body, STR("*a **b "));
    for (int i = 0; i < 1000; i++) buf_add(&body, STR("c** d*"));
    const char *html = NULL;
    err e = render_with(&arena, &house, buf_text(&body), &html);
    assert_int_equal(e.kind, ERR_NONE);
    int quotes = 0;
    for (const char *at = html; (at = strstr(at, "<blockquote>")) != NULL; at++) quotes++;
    assert_int_equal(quotes, LIMIT_DEPTH);
    int ends = 0;
    for (const char *at = html; (at = strstr(at, "</blockquote>")) != NULL; at++) ends++;
    assert_int_equal(ends, LIMIT_DEPTH);
}

static void refuses_a_body_that_is_too_long(void **state) {
    (void)state;
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, ARENA_MAX);
    char *long_body = arena_alloc(&arena, LIMIT_BODY_BYTES + 1);
    assert_non_null(long_body);
    memset(long_body, 'a', LIMIT_BODY_BYTES + 1);
    str body = {long_body, LIMIT_BODY_BYTES + 1};
    struct house house = {0};
    const char *html = NULL;
    assert_int_equal(render_with(&arena, &house, body, &html).kind, ERR_LIMIT);
    str text = {0};
    assert_int_equal(markdown_text(&arena, body, 100, &text).kind, ERR_LIMIT);
}

static const char mixed[] = "# Title\n\nFirst *line*\nand `second` &amp; [link](/x).\n\n"
                            "![alt](media:8 \"Caption\")\n\n- one\n- two\n\n"
                            "::: quote\nby: Someone\n\nSaid ![x](media:3) ![](media:8).\n:::\n"
                            "::: figure\nmedia: 7\nalt: hidden\ncaption: Shown.\n:::\n"
                            "| a | b |\n|---|---|\n| c | d |\n";

static void gives_the_words_of_a_body(void **state) {
    (void)state;
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, ARENA_MAX);
    str text = {0};
    err e = markdown_text(&arena, str_of(mixed), 10000, &text);
    assert_int_equal(e.kind, ERR_NONE);
    const char *cstr = NULL;
    assert_int_equal(arena_cstr(&arena, text, &cstr).kind, ERR_NONE);
    assert_string_equal(cstr, "Title\nFirst line and second & link.\nCaption\none\ntwo\nSomeone\n"
                              "Said  .\nShown.\n a b\n c d");
    e = markdown_text(&arena, STR("종이 다리"), 5, &text);
    assert_int_equal(e.kind, ERR_NONE);
    assert_true(str_eq(text, STR("종")));
}

static void gives_the_pictures_of_a_body(void **state) {
    (void)state;
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, ARENA_MAX);
    int64_t *numbers = NULL;
    size_t count = 0;
    err e = markdown_media(&arena, str_of(mixed), &numbers, &count);
    assert_int_equal(e.kind, ERR_NONE);
    assert_int_equal(count, 3);
    assert_int_equal(numbers[0], 3);
    assert_int_equal(numbers[1], 7);
    assert_int_equal(numbers[2], 8);
}

static err read_all_ways(struct arena *a) {
    struct house house = {0};
    const char *html = NULL;
    TRY(render_with(a, &house, str_of(mixed), &html));
    str text = {0};
    TRY(markdown_text(a, str_of(mixed), 1000, &text));
    int64_t *numbers = NULL;
    size_t count = 0;
    return markdown_media(a, str_of(mixed), &numbers, &count);
}

static void survives_every_failing_allocation(void **state) {
    (void)state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        struct arena arena;
        arena_init(&arena, &sys, ARENA_MAX);
        err e = read_all_ways(&arena);
        arena_done(&arena);
        if (fault_ended(&fault, e)) break;
    }
}

int main(void) {
    static struct CMUnitTest tests[COUNT_OF(cases) + 20] = {
        cmocka_unit_test(makes_plain_text_of_dangerous_addresses),
        cmocka_unit_test(judges_addresses),
        cmocka_unit_test(passes_on_what_the_archive_says_is_wrong),
        cmocka_unit_test(says_what_it_left_out),
        cmocka_unit_test(bounds_what_nests),
        cmocka_unit_test(refuses_a_body_that_is_too_long),
        cmocka_unit_test(gives_the_words_of_a_body),
        cmocka_unit_test(gives_the_pictures_of_a_body),
        cmocka_unit_test(survives_every_failing_allocation),
    };
    size_t own = 0;
    while (tests[own].test_func != NULL) own++;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        tests[own + i] = (struct CMUnitTest){.name = cases[i].name,
                                             .test_func = renders_each_body_of_the_table,
                                             .initial_state = (void *)(uintptr_t)i};
    }
    return _cmocka_run_group_tests("markdown", tests, own + COUNT_OF(cases), NULL, NULL);
}
