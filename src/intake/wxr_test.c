/* wxr_test.c: what an export says, item by item. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fault.h"
#include "intake/wxr.h"

#define HEAD_OF(version)                                                                           \
    "<?xml version=\"1.0\"?><rss xmlns:excerpt=\"http://wordpress.org/export/" version             \
    "/excerpt/\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" "                      \
    "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "                                               \
    "xmlns:wp=\"http://wordpress.org/export/" version "/\"><channel>"
#define HEAD HEAD_OF("1.2") "<wp:wxr_version>1.2</wp:wxr_version>"
#define TAIL "</channel></rss>"

/* What was told last, and how often. */
struct heard {
    struct sys sys;
    struct arena a;
    size_t channels;
    size_t authors;
    size_t terms;
    size_t items;
    struct wxr_channel channel;
    struct wxr_item item;
    str title;
    str content;
    str excerpt;
    str term;
    str old_slug;
    bool refuses;
};

static err hear_channel(void *context, const struct wxr_channel *channel) {
    struct heard *heard = context;
    heard->channels++;
    return arena_copy(&heard->a, channel->base_url, &heard->channel.base_url);
}
static err hear_author(void *context, const struct wxr_author *author) {
    struct heard *heard = context;
    heard->authors += author->name.len > 0 ? 1 : 0;
    return OK;
}
static err hear_term(void *context, const struct wxr_term *term) {
    struct heard *heard = context;
    heard->terms += term->taxonomy.len > 0 ? 1 : 0;
    return OK;
}
static err hear_item(void *context, const struct wxr_item *item) {
    struct heard *heard = context;
    heard->items++;
    heard->item = *item; /* its texts die with the call: those that are looked at are copied */
    TRY(arena_copy(&heard->a, item->title, &heard->title));
    TRY(arena_copy(&heard->a, item->content, &heard->content));
    TRY(arena_copy(&heard->a, item->excerpt, &heard->excerpt));
    if (item->terms != NULL) TRY(arena_copy(&heard->a, item->terms->slug, &heard->term));
    if (item->old_slugs != NULL)
        TRY(arena_copy(&heard->a, item->old_slugs->text, &heard->old_slug));
    if (heard->refuses) FAIL(ERR_BUSY, "not now");
    return OK;
}

static err hear(const struct sys *sys, str xml, struct heard *heard) {
    struct arena a;
    struct wxr_sink sink = {heard, hear_channel, hear_author, hear_term, hear_item};
    CLEANUP(fd_close) int fd = memfd_create("export", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, xml.ptr, xml.len), (ssize_t)xml.len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    heard->sys = *sys; /* the caller may be gone when the texts are looked at */
    arena_init(&heard->a, &heard->sys, (size_t)64 << 20);
    arena_init(&a, sys, (size_t)64 << 20);
    err e = wxr_read(&a, fd, STR("site.xml"), &sink);
    arena_done(&a);
    return e;
}

static void assert_str(str text, const char *expected) {
    if (!str_eq(text, str_of(expected))) {
        fail_msg("\"" STR_FMT "\" instead of \"%s\"", STR_ARG(text), expected);
    }
}

static void expect(str xml, struct heard *heard) {
    struct sys sys = sys_real();
    err e = hear(&sys, xml, heard);
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
}

static void refuses(str xml, const char *words) {
    struct sys sys = sys_real();
    struct heard heard = {0};
    err e = hear(&sys, xml, &heard);
    arena_done(&heard.a);
    if (e.kind != ERR_INVALID || !str_contains(str_of(e.message), str_of(words))) {
        fail_msg("%s: \"%s\" instead of \"%s\"", err_kind_name(e.kind),
                 e.kind == ERR_NONE ? "" : e.message, words);
    }
}

static void reads_every_field_of_an_item(void **state) {
    (void)state;
    struct heard heard = {0};
    expect(
        STR(HEAD
            "<wp:base_site_url>https://all.example</wp:base_site_url><wp:base_blog_url>"
            "https://one.example</wp:base_blog_url><wp:author><wp:author_login>a"
            "</wp:author_login></wp:author><wp:category><wp:category_nicename>c"
            "</wp:category_nicename></wp:category><item><title>T &amp; t</title>"
            "<dc:creator>a</dc:creator><content:encoded><![CDATA[<p>x</p>]]>"
            "</content:encoded><excerpt:encoded>e</excerpt:encoded><wp:post_id>5"
            "</wp:post_id><wp:post_date_gmt>2020-01-02 03:04:05</wp:post_date_gmt>"
            "<wp:post_modified_gmt>2020-01-03 00:00:00</wp:post_modified_gmt>"
            "<wp:post_parent>3</wp:post_parent><wp:is_sticky>1</wp:is_sticky>"
            "<category domain=\"category\" nicename=\"c\">C</category><wp:postmeta>"
            "<wp:meta_key>_wp_old_slug</wp:meta_key><wp:meta_value>old</wp:meta_value>"
            "</wp:postmeta><wp:comment><wp:comment_id>1</wp:comment_id></wp:comment></item>" TAIL),
        &heard);
    assert_int_equal(heard.channels + heard.authors + heard.terms + heard.items, 4);
    assert_str(heard.channel.base_url, "https://one.example");
    assert_str(heard.title, "T & t");
    assert_str(heard.content, "<p>x</p>");
    assert_str(heard.excerpt, "e");
    assert_str(heard.term, "c");
    assert_str(heard.old_slug, "old");
    assert_int_equal(heard.item.published, 1577934245);
    assert_int_equal(heard.item.modified, 1578009600);
    assert_int_equal(heard.item.parent, 3);
    assert_int_equal(heard.item.comments, 1);
    assert_true(heard.item.is_sticky);
    arena_done(&heard.a);
}

static void takes_the_other_dates_when_the_first_is_empty(void **state) {
    (void)state;
    struct heard heard = {0};
    expect(STR(HEAD "<item><pubDate>Thu, 02 Jan 2020 03:04:05 +0000</pubDate><wp:post_date_gmt>"
                    "0000-00-00 00:00:00</wp:post_date_gmt><wp:post_date>2020-01-02 12:04:05"
                    "</wp:post_date></item>" TAIL),
           &heard);
    assert_true(heard.item.published > 0);
    arena_done(&heard.a);
}

static void joins_cdata_and_text_however_cut(void **state) {
    (void)state;
    struct heard heard = {0};
    expect(STR(HEAD "<item><content:encoded><![CDATA[a]]><![CDATA[b]]>c<!-- d --><i>e</i>"
                    "</content:encoded></item>" TAIL),
           &heard);
    assert_str(heard.content, "abce");
    arena_done(&heard.a);
}

static void knows_elements_by_meaning_not_by_prefix(void **state) {
    (void)state;
    struct heard heard = {0};
    expect(STR("<rss xmlns:x=\"https://wordpress.org/export/1.0/\" xmlns:wp=\"urn:other\"><channel>"
               "<wp:wxr_version>9.9</wp:wxr_version><x:wxr_version>1.0</x:wxr_version><item>"
               "<title>t</title><wp:post_parent>1</wp:post_parent><x:post_parent>2</x:post_parent>"
               "</item>" TAIL),
           &heard);
    assert_int_equal(heard.item.parent, 2);
    arena_done(&heard.a);
}

static void reads_versions_1_0_to_1_2_and_no_other(void **state) {
    (void)state;
    struct heard heard = {0};
    expect(STR(HEAD_OF("1.0") "<wp:wxr_version>1.0</wp:wxr_version><item></item>" TAIL), &heard);
    arena_done(&heard.a);
    expect(STR(HEAD_OF("1.1") "<wp:wxr_version>1.1</wp:wxr_version><item></item>" TAIL), &heard);
    arena_done(&heard.a);
    refuses(STR(HEAD_OF("1.2") "<item></item>" TAIL), "site.xml: line 1: this is not a WordPress");
    refuses(STR(HEAD_OF("1.2") "<wp:wxr_version>abc</wp:wxr_version>" TAIL), "\"abc\"");
    refuses(STR(HEAD_OF("1.2") "<wp:wxr_version>2.0</wp:wxr_version>" TAIL), "2.0 is not known");
    refuses(STR("<rss/>"), "no channel");
    refuses(STR("<feed/>"), "it is not RSS");
    refuses(STR(""), "site.xml: line 1: ");
}

static void says_where_the_xml_is_broken(void **state) {
    (void)state;
    refuses(STR(HEAD "\n\n<item></itme>" TAIL), "site.xml: line 3: ");
    refuses(STR(HEAD "\n<item>&nothing;</item>" TAIL), "site.xml: line 2: ");
}

static void refuses_document_types_and_their_entities(void **state) {
    (void)state;
    refuses(STR("<!DOCTYPE rss [<!ENTITY a \"b\">]>" HEAD_OF("1.2") TAIL), "line 1");
    refuses(STR("<!DOCTYPE rss SYSTEM \"file:///etc/passwd\"><rss/>"), "document type");
}

static void passes_on_what_the_listener_says(void **state) {
    (void)state;
    struct sys sys = sys_real();
    struct heard heard = {.refuses = true};
    err e = hear(&sys, STR(HEAD "<item></item><item></item>" TAIL), &heard);
    assert_int_equal(e.kind, ERR_BUSY);
    assert_int_equal(heard.items, 1);
    arena_done(&heard.a);
}

static void gives_back_memory_whatever_fails(void **state) {
    (void)state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        struct heard heard = {0};
        err e = hear(&sys,
                     STR(HEAD "<item><title>t</title><content:encoded>x</content:encoded>"
                              "<category domain=\"category\" nicename=\"c\">C</category>"
                              "</item>" TAIL),
                     &heard);
        arena_done(&heard.a);
        if (fault_ended(&fault, e)) return;
    }
    fail();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_field_of_an_item),
        cmocka_unit_test(takes_the_other_dates_when_the_first_is_empty),
        cmocka_unit_test(joins_cdata_and_text_however_cut),
        cmocka_unit_test(knows_elements_by_meaning_not_by_prefix),
        cmocka_unit_test(reads_versions_1_0_to_1_2_and_no_other),
        cmocka_unit_test(says_where_the_xml_is_broken),
        cmocka_unit_test(refuses_document_types_and_their_entities),
        cmocka_unit_test(passes_on_what_the_listener_says),
        cmocka_unit_test(gives_back_memory_whatever_fails),
    };
    return cmocka_run_group_tests_name("wxr", tests, NULL, NULL);
}
