/* html_test.c: HTML in, Markdown out; and nothing that a reader saw gets lost on the way. */
#include <fcntl.h>
#include <md4c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fault.h"
#include "intake/html.h"
#include "intake/wxr.h"

#define EXPORT "../shared/data/import/wxr/themeunittestdata.wordpress.xml"

static err some_picture(void *context, struct html_picture *picture) {
    (void)context;
    if (picture->url.len > 0 || picture->id > 0) picture->media = STR("7");
    return OK;
}

static err some_link(void *context, str url, enum html_link_verdict *ret_verdict, str *ret_url) {
    (void)context;
    *ret_url = str_eq(url, STR("https://old.example/a/")) ? STR("/en/blog/a/") : url;
    *ret_verdict = str_ends(url, STR(".pdf")) ? HTML_LINK_REMOVE : HTML_LINK_KEEP;
    return OK;
}

static const uint64_t own_pictures[] = {3, 4};
static const struct html_world world = {
    .picture = some_picture, .link = some_link, .attachments = own_pictures, .attachment_count = 2};

struct example {
    const char *html;
    const char *markdown;
    const char *note; /* the first note's `what`, or NULL */
};

static void check(const struct example *examples, size_t count) {
    struct sys sys = sys_real();
    for (size_t i = 0; i < count; i++) {
        struct arena a;
        struct html_result result = {0};
        arena_init(&a, &sys, (size_t)64 << 20);
        err e = html_to_markdown(&a, str_of(examples[i].html), &world, &result);
        if (e.kind != ERR_NONE) fail_msg("%s: %s", examples[i].html, e.message);
        if (!str_eq(result.markdown, str_of(examples[i].markdown))) {
            fail_msg("%s\nbecame:\n" STR_FMT "\ninstead of:\n%s", examples[i].html,
                     STR_ARG(result.markdown), examples[i].markdown);
        }
        str what = result.notes == NULL ? (str){0} : result.notes->what;
        if (!str_eq(what, str_of(examples[i].note))) {
            fail_msg("%s: note \"" STR_FMT "\"", examples[i].html, STR_ARG(what));
        }
        arena_done(&a);
    }
}
#define CHECK(...)                                                                                 \
    do {                                                                                           \
        static const struct example examples[] = {__VA_ARGS__};                                    \
        check(examples, COUNT_OF(examples));                                                       \
    } while (0)

static void writes_paragraphs_and_line_breaks(void **state) {
    (void)state;
    CHECK({"<p>One</p><p>Two<br>three</p>", "One\n\nTwo\\\nthree\n", NULL},
          {"One\nstill one\n\nTwo", "One\\\nstill one\n\nTwo\n", NULL},
          {"<!-- wp:paragraph -->\n<p>One\n two</p>\n<!-- /wp:paragraph -->", "One two\n", NULL},
          {"<p>a</p><p> </p><p>&nbsp;b<br></p>",
           "a\n\n\xC2\xA0"
           "b\n",
           NULL},
          {"a<br><br>b", "a\n\nb\n", NULL}, {"", "", NULL});
}

static void goes_down_a_level_when_the_text_has_its_own_h1(void **state) {
    (void)state;
    CHECK({"<h2>A</h2><h3>B</h3>", "## A\n\n### B\n", NULL},
          {"<h1>A</h1><h2>B<br>C</h2>", "## A\n\n### B C\n", NULL}, {"<h2></h2>", "", NULL});
}

static void escapes_what_would_become_markdown(void **state) {
    (void)state;
    CHECK({"<p># no heading</p>", "\\# no heading\n", NULL},
          {"<p>1. no list</p><p>2019. no list</p>", "1\\. no list\n\n2019\\. no list\n", NULL},
          {"<p>- a + b</p>", "\\- a + b\n", NULL},
          {"<p>*x* _y_ a_b</p>", "\\*x\\* \\_y\\_ a_b\n", NULL},
          {"<p>&lt;script&gt; [a](b) `c` a|b ~~d~~</p>",
           "\\<script\\> \\[a\\](b) \\`c\\` a\\|b \\~\\~d\\~\\~\n", NULL},
          {"<p>&amp;copy; AT&amp;T R &amp; D</p>", "\\&copy; AT\\&T R & D\n", NULL},
          {"<p>::: figure<br>media: 1<br>:::</p>", "\\::: figure\\\nmedia: 1\\\n\\:::\n", NULL},
          {"<p>a<br>===</p><p>a<br>---</p>", "a\\\n\\===\n\na\\\n\\---\n", NULL},
          {"<p>wow!<a href=\"/x\">y</a></p>", "wow\\![y](/x)\n", NULL});
}

static void marks_emphasis_so_that_it_holds(void **state) {
    (void)state;
    CHECK({"<p><b>bold</b> <i>it</i> <del>no</del></p>", "**bold** *it* ~~no~~\n", NULL},
          {"<p>a<b> b </b>c</p>", "a **b** c\n", NULL}, {"<p><b></b><i> </i>x</p>", "x\n", NULL},
          {"<p><b>\xE2\x80\x9C\xEB\xA7\x90\xE2\x80\x9D</b>\xEB\x9D\xBC</p>",
           "**\xE2\x80\x9C\xEB\xA7\x90\xE2\x80\x9D**&#46972;\n", NULL},
          {"<p>\xEB\x82\x98<b>(x)</b></p>", "&#45208;**(x)**\n", NULL},
          {"<p><b>a</b><i>b</i></p>", "**a**b\n", NULL},
          {"<b><p>one</p><p>two</p></b>", "**one**\n\n**two**\n", NULL});
}

static void nests_lists(void **state) {
    (void)state;
    CHECK({"<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c\n", NULL},
          {"<ol start=9><li>a</li><li>b<ul><li>c</ol>", "9. a\n10. b\n    - c\n", NULL},
          {"<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n* b\n", NULL},
          {"<ul><li>a</li><ul><li>b</li></ul></ul>", "- a\n  - b\n", NULL},
          {"<ul><li><p>a</p><p>b</p></li><li>c</li></ul>", "- a\n\n  b\n\n- c\n", NULL},
          {"<ul><li></li><li>x</li></ul>", "- x\n", NULL},
          {"<blockquote><ul><li>a</li></ul><p>b</p></blockquote>", "> - a\n>\n> b\n", NULL});
}

static void keeps_code_as_it_is(void **state) {
    (void)state;
    CHECK({"<pre>a *b*\n  &lt;c&gt;</pre>", "```\na *b*\n  <c>\n```\n", NULL},
          {"<pre>```\n:::</pre>", "````\n```\n :::\n````\n", NULL},
          {"<p><code>a`b</code></p>", "``a`b``\n", NULL},
          {"<pre class=\"wp-block-verse\">one\ntwo</pre>", "one\\\ntwo\n", NULL});
}

static void writes_simple_tables_and_notes_others(void **state) {
    (void)state;
    CHECK(
        {"<table><tr><th>a</th><th>b</th></tr><tr><td>1|2</td><td><b>x</b><br>y</td></tr></table>",
         "| a | b |\n|---|---|\n| 1\\|2 | **x** y |\n", NULL},
        {"<table><tr><td>a</td></tr></table>", "|  |\n|---|\n| a |\n", NULL},
        {"<table><tr><td colspan=2>a</td></tr><tr><td>b</td><td>c</td></tr></table>",
         "a\n\nb\n\nc\n", "table"});
}

static void makes_figures_of_pictures(void **state) {
    (void)state;
    CHECK({"<figure class=\"wp-block-image\"><img src=\"a.jpg\" alt=\"A\"/><figcaption>The "
           "<b>cap</b></figcaption></figure>",
           "::: figure\nmedia: 7\nalt: A\ncaption: The cap\n:::\n", NULL},
          {"[caption id=\"x\" width=\"3\"]<a href=\"a.jpg\"><img src=\"a.jpg\" alt=\"A\"></a> Words"
           "[/caption]\n\nText",
           "::: figure\nmedia: 7\nalt: A\ncaption: Words\n:::\n\nText\n", NULL},
          {"<p>Before <img src=a.jpg> after</p>", "Before after\n\n::: figure\nmedia: 7\n:::\n",
           NULL},
          {"<ul><li><img src=a.jpg alt=\"[x]\"></li></ul>", "- ![\\[x\\]](media:7)\n", NULL},
          {"<p>a <img class=\"emoji\" alt=\"!\" src=x.png></p>", "a \\!\n", NULL});
}

static void makes_galleries(void **state) {
    (void)state;
    CHECK({"[gallery ids=\"1,2\"]", "::: gallery\n![](media:7)\n![](media:7)\n:::\n", NULL},
          {"[gallery]", "::: gallery\n![](media:7)\n![](media:7)\n:::\n", NULL},
          {"<figure class=\"wp-block-gallery\"><ul><li><figure><img src=a.jpg alt=A><figcaption>C"
           "</figcaption></figure></li><li><img src=b.jpg></li></ul></figure>",
           "::: gallery\n![A](media:7 \"C\")\n![](media:7)\n:::\n", NULL});
}

static void makes_pull_quotes(void **state) {
    (void)state;
    CHECK({"<figure class=\"wp-block-pullquote\"><blockquote><p>Words</p><cite>Someone</cite>"
           "</blockquote></figure>",
           "::: quote\nby: Someone\n\nWords\n:::\n", NULL},
          {"<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b\n", NULL});
}

static void keeps_links_that_may_stand(void **state) {
    (void)state;
    CHECK({"<a href=\"https://old.example/a/\">x</a>", "[x](/en/blog/a/)\n", NULL},
          {"<a href=\"/r.pdf\">x</a>", "x\n", "link"},
          {"<a href=\"javascript:alert(1)\">x</a>", "x\n", "link"},
          {"<a href=\"JaVa&#115;cript:x\">x</a>", "x\n", "link"},
          {"<a href=\"data:text/html,x\">x</a>", "x\n", "link"},
          {"<a href=\"https://a/(b) c?d&amp;copy=e\">x</a>",
           "[x](https://a/%28b%29%20c?d&amp;copy=e)\n", NULL},
          {"<a href=\"/x\"></a>y", "y\n", NULL},
          {"<a href=\"/x.pdf\"><img src=a></a>", "::: figure\nmedia: 7\n:::\n", NULL});
}

static void leaves_out_what_runs_and_says_so(void **state) {
    (void)state;
    CHECK({"a<script>alert('<p>no</p>')</script>b", "ab\n", "script"},
          {"<iframe src=\"https://v/\"></iframe>a", "a\n", "iframe"},
          {"<form action=/x><input name=q></form>a", "a\n", "form"},
          {"<video src=a.mp4></video>a", "a\n", "video"},
          {"<!-- wp:latest-posts {\"n\":3} /-->", "", "block latest-posts"},
          {"[contact-form to=\"x\"]a[/contact-form]", "a\n", "shortcode [contact-form]"},
          {"Listen [sic] to it", "Listen \\[sic\\] to it\n", NULL});
}

static void survives_markup_that_is_no_markup(void **state) {
    (void)state;
    CHECK({"a < b > c", "a \\< b \\> c\n", NULL}, {"<p>a</div></p></b>b", "a\n\nb\n", NULL},
          {"<", "\\<\n", NULL}, {"<a", "", NULL}, {"<!--", "", NULL}, {"[", "\\[\n", NULL},
          {"&#0;&#xD800;&#99999999;", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\n", NULL},
          {"\xFF"
           "a",
           "\xEF\xBF\xBD"
           "a\n",
           NULL});
}

static void is_not_impressed_by_depth(void **state) {
    (void)state;
    struct sys sys = sys_real();
    struct arena a;
    struct buf b;
    struct html_result result = {0};
    str html = {0};
    arena_init(&a, &sys, (size_t)256 << 20);
    buf_init(&b, &a, 1 << 20);
    for (int i = 0; i < 20000; i++) buf_add(&b, STR("<div><blockquote><ul><li>"));
    buf_add(&b, STR("deep"));
    assert_int_equal(buf_finish(&b, &html).kind, ERR_NONE);
    assert_int_equal(html_to_markdown(&a, html, &world, &result).kind, ERR_NONE);
    assert_true(str_contains(result.markdown, STR("deep")));
    arena_done(&a);
}

/* --- Nothing visible is lost: the whole theme unit test --- */

struct visible {
    struct buf text;
};

/* Letters and digits alone: marks, spaces and punctuation have their own tests above. */
static void add_letters(struct buf *b, str text) {
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool is_letter =
            (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c >= 0x80;
        if (is_letter) buf_add_byte(b, (char)c);
    }
}

static int on_block(MD_BLOCKTYPE type, void *detail, void *context) {
    (void)type, (void)detail, (void)context;
    return 0;
}
/* The alt text of a picture is no visible text: marks are put around it. */
static int in_span(MD_SPANTYPE type, void *detail, void *context) {
    (void)detail;
    int *depth = (int *)((struct visible *)context + 1);
    if (type == MD_SPAN_IMG) ++*depth;
    return 0;
}
static int out_span(MD_SPANTYPE type, void *detail, void *context) {
    (void)detail;
    int *depth = (int *)((struct visible *)context + 1);
    if (type == MD_SPAN_IMG) --*depth;
    return 0;
}
struct seen {
    struct visible visible;
    int depth;
};
static int on_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *context) {
    struct seen *seen = context;
    if (seen->depth > 0) return 0;
    if (type == MD_TEXT_ENTITY) {
        struct html_node *root = NULL;
        if (html_tree_parse(seen->visible.text.arena, (str){text, size}, &root).kind != ERR_NONE) {
            return 1;
        }
        add_letters(&seen->visible.text, root->first->text);
        return 0;
    }
    if (type != MD_TEXT_NULLCHAR) add_letters(&seen->visible.text, (str){text, size});
    return 0;
}

/* What readers see of the Markdown. Directives first: their attributes are no paragraphs. */
static str visible_markdown(struct arena *a, str markdown) {
    struct buf body;
    struct seen seen = {0};
    str text = {0};
    buf_init(&body, a, LIMIT_BODY_BYTES);
    buf_init(&seen.visible.text, a, LIMIT_BODY_BYTES);
    while (markdown.len > 0) {
        str line = {0};
        str_cut(markdown, '\n', &line, &markdown);
        bool is_dropped = str_starts(line, STR(":::")) || str_starts(line, STR("media: ")) ||
                          str_starts(line, STR("alt: ")) || str_starts(line, STR("caption: ")) ||
                          str_starts(line, STR("by: "));
        buf_add(&body, is_dropped ? (str){0} : line);
        buf_add_byte(&body, '\n');
    }
    assert_int_equal(buf_finish(&body, &text).kind, ERR_NONE);
    MD_PARSER parser = {.flags = MD_FLAG_NOHTML | MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH |
                                 MD_FLAG_TASKLISTS | MD_FLAG_PERMISSIVEAUTOLINKS,
                        .enter_block = on_block,
                        .leave_block = on_block,
                        .enter_span = in_span,
                        .leave_span = out_span,
                        .text = on_text};
    assert_int_equal(md_parse(text.ptr, (MD_SIZE)text.len, &parser, &seen), 0);
    assert_int_equal(buf_finish(&seen.visible.text, &text).kind, ERR_NONE);
    return text;
}

static bool is_unseen(const struct html_node *node) {
    static const char *const names[] = {
        "script", "style",  "iframe", "form",   "video",    "audio",    "object", "embed",
        "svg",    "button", "input",  "select", "textarea", "noscript", "canvas", "title"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (html_is(node, str_of(names[i]))) return true;
    }
    /* Captions are attributes of a directive, tested above. */
    bool is_pull_quote = html_has_class(node, STR("wp-block-pullquote"));
    if (html_is(node, STR("figcaption"))) return true;
    if (html_is(node, STR("cite"))) {
        for (const struct html_node *up = node; up != NULL; up = up->parent) {
            if (html_has_class(up, STR("wp-block-pullquote"))) is_pull_quote = true;
        }
        return is_pull_quote;
    }
    return html_is(node, STR("[caption"));
}

static void add_seen(struct buf *b, const struct html_node *node) {
    if (node->type == HTML_TEXT) add_letters(b, node->text);
    if (node->type != HTML_ELEMENT || is_unseen(node)) return;
    for (const struct html_node *child = node->first; child != NULL; child = child->next) {
        add_seen(b, child);
    }
}

/* Takes the captions that stand as paragraphs (of a table, a film) out of the comparison. */
static bool same_but_captions(str html, str markdown) {
    size_t at = 0;
    for (size_t i = 0; i < html.len; i++) {
        while (at < markdown.len && markdown.ptr[at] != html.ptr[i]) at++;
        if (at == markdown.len) return false;
        at++;
    }
    return true;
}

static err compare_item(void *context, const struct wxr_item *item) {
    struct sys sys = sys_real();
    struct arena a;
    struct html_node *root = NULL;
    struct html_result result = {0};
    struct buf b;
    str expected = {0};
    int *count = context;
    arena_init(&a, &sys, (size_t)256 << 20);
    TRY(html_tree_parse(&a, item->content, &root));
    TRY(html_to_markdown(&a, item->content, &world, &result));
    buf_init(&b, &a, LIMIT_BODY_BYTES);
    add_seen(&b, root);
    TRY(buf_finish(&b, &expected));
    str seen = visible_markdown(&a, result.markdown);
    if (!same_but_captions(expected, seen) || seen.len > expected.len * 2 + 2000) {
        fail_msg("item " STR_FMT "\nHTML shows:\n" STR_FMT "\nMarkdown shows:\n" STR_FMT,
                 STR_ARG(item->post_id), STR_ARG(expected), STR_ARG(seen));
    }
    arena_done(&a);
    ++*count;
    return OK;
}

static void loses_no_word_of_the_theme_unit_test(void **state) {
    (void)state;
    struct sys sys = sys_real();
    struct arena a;
    int count = 0;
    struct wxr_sink sink = {.context = &count, .item = compare_item};
    int fd = open(EXPORT, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        print_message("# " EXPORT " is not here: not compared\n");
        return;
    }
    arena_init(&a, &sys, (size_t)64 << 20);
    err e = wxr_read(&a, fd, STR("theme unit test"), &sink);
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
    assert_int_equal(count, 186);
    arena_done(&a);
    close(fd);
}

static void gives_back_memory_whatever_fails(void **state) {
    (void)state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        struct arena a;
        struct html_result result = {0};
        arena_init(&a, &sys, (size_t)64 << 20);
        err e = html_to_markdown(&a,
                                 STR("<h1>a</h1><ul><li>b<ol><li>c &amp; d</ol></ul>[gallery]"
                                     "<table><tr><td>x</table><img src=y><form></form>"),
                                 &world, &result);
        arena_done(&a);
        if (fault_ended(&fault, e)) return;
    }
    fail();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_paragraphs_and_line_breaks),
        cmocka_unit_test(goes_down_a_level_when_the_text_has_its_own_h1),
        cmocka_unit_test(escapes_what_would_become_markdown),
        cmocka_unit_test(marks_emphasis_so_that_it_holds),
        cmocka_unit_test(nests_lists),
        cmocka_unit_test(keeps_code_as_it_is),
        cmocka_unit_test(writes_simple_tables_and_notes_others),
        cmocka_unit_test(makes_figures_of_pictures),
        cmocka_unit_test(makes_galleries),
        cmocka_unit_test(makes_pull_quotes),
        cmocka_unit_test(keeps_links_that_may_stand),
        cmocka_unit_test(leaves_out_what_runs_and_says_so),
        cmocka_unit_test(survives_markup_that_is_no_markup),
        cmocka_unit_test(is_not_impressed_by_depth),
        cmocka_unit_test(loses_no_word_of_the_theme_unit_test),
        cmocka_unit_test(gives_back_memory_whatever_fails),
    };
    return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}
