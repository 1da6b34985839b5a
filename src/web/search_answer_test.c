/* search_answer_test.c: questions to a small pressing, and what stands in the answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "pressing/pressing.h"
#include "pressing/search.h"
#include "web/web.h"

enum { STORIES = 123, DAY = 86400 };

static void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
}

/* ---- A pressing that can be searched --------------------------------------------------------- */

static const char PAGE[] =
    "<h1>Search</h1><input value=\"<!--=query-->\">"
    "<!--[unasked-->ask<!--]unasked-->"
    "<!--[none-->none<!--]none--><!--[one-->one<!--]one--><!--[many-->many "
    "<!--=count--><!--]many-->"
    "<!--[any-->any<!--]any--><!--[cut-->cut<!--]cut--><!--[partial-->partial<!--]partial-->"
    "<!--[beyond-->beyond <!--=first--><!--]beyond-->"
    "<!--[hits-->(<!--=href-->|<!--=title-->|<!--=iso--> <!--=day--> "
    "<!--[month_3-->March<!--]month_3--> <!--=year-->|"
    "<!--[pieces--><!--[plain--><!--=text--><!--]plain--><!--[marked-->[<!--=text-->]<!--]marked-->"
    "<!--]pieces-->)<!--]hits-->"
    "<!--[pager--><!--[previous-->back <!--=link--><!--]previous-->; <!--=page-->/<!--=pages-->; "
    "<!--[next-->on <!--=link--><!--]next--><!--]pager-->";

struct house {
    struct sys sys;
    struct arena a;
    char path[64];
    int folder;
    int troubles;
};

static void press(struct house *house, bool is_damaged) {
    static struct search_story stories[STORIES];
    struct pressing_writer *writer = NULL;
    str segments[2];
    str name;
    for (size_t i = 0; i < STORIES; i++) {
        good(arena_printf(&house->a, &stories[i].body, "Boat number %zu.", i));
        good(arena_printf(&house->a, &stories[i].path, "/en/blog/b-%zu/", i));
        stories[i].title = STR("A boat");
        stories[i].published = 1772668800 - (int64_t)i * DAY; /* 5 March 2026 */
    }
    stories[7].path = STR("/en/blog/종이 \"&/");
    stories[7].title = STR("<b>Paper</b> & \"ink\"");
    stories[7].body = STR("A <i>kettle</i> & 'more'.");
    good(search_build(&house->a, stories, 100, &segments[0]));
    good(search_build(&house->a, stories + 100, STORIES - 100, &segments[1]));
    if (is_damaged) segments[1] = STR("no segment");
    const struct pressing_page pages[] = {
        {.path = STR("/en/search/"), .status = 200, .body = STR(PAGE)},
        {.path = STR("/ko/search/"), .status = 200, .body = STR("<!--[none-->없음<!--]none-->")},
        {.path = STR("/xx/search/"), .status = 200, .body = STR("<!--[none-->")},
        {.path = STR("/.search/en/a/0"),
         .status = 200,
         .type = PRESSING_SEARCH,
         .body = segments[1]},
        {.path = STR("/.search/en/b/0"),
         .status = 200,
         .type = PRESSING_SEARCH,
         .body = segments[0]},
    };
    good(pressing_writer_open(&house->sys, house->folder, NULL, &writer));
    for (size_t i = 0; i < COUNT_OF(pages); i++) good(pressing_writer_page(writer, &pages[i]));
    good(pressing_writer_finish(writer, &house->a, &name));
    pressing_writer_close(&writer);
    struct pressing_seal seal = {0};
    good(pressing_attach_seal(&house->a, house->folder, name, &seal));
    good(pressing_publish(&house->a, house->folder, name));
}

static void house_open(struct house *house, bool is_damaged) {
    *house = (struct house){.sys = sys_real()};
    arena_init(&house->a, &house->sys, 64 << 20);
    snprintf(house->path, sizeof house->path, "/tmp/hanji-search-test-XXXXXX");
    assert_non_null(mkdtemp(house->path));
    house->folder = open(house->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(house->folder >= 0);
    press(house, is_damaged);
}

static void house_done(struct house *house) {
    unlinkat(house->folder, "current", 0);
    good(pressing_sweep(&house->a, house->folder));
    assert_int_equal(rmdir(house->path), 0);
    close(house->folder);
    arena_done(&house->a);
}

static void hear(void *ctx, err problem) {
    struct house *house = ctx;
    (void)problem;
    house->troubles++;
}

static err front_open(const struct sys *sys, struct house *house, struct web **ret_web) {
    const struct web_options options = {
        .folder = house->folder, .language = STR("en"), .ctx = house, .trouble = hear};
    return web_open(sys, &options, ret_web);
}

/* Answers a GET; the response is to be let go. */
static struct http_response ask(struct web *web, const char *path, const char *query) {
    struct http_handler handler = web_handler(web);
    struct http_response response = {0};
    const struct http_request request = {
        .method = HTTP_METHOD_GET, .path = str_of(path), .query = str_of(query)};
    handler.answer(handler.ctx, &request, &response);
    return response;
}

static void let_go(struct web *web, const struct http_response *response) {
    struct http_handler handler = web_handler(web);
    if (response->token != NULL) handler.release(handler.ctx, response->token);
}

/* ---- What is answered ------------------------------------------------------------------------ */

static const struct {
    const char *query;
    const char *part; /* of the answer */
    const char *other;
} ANSWERS[] = {
    {"", "<input value=\"\">ask", ""},
    {"q=", "<input value=\"\">ask", ""},
    {"q=+%20%09", "<input value=\"\">ask", ""},
    {"page=2", "<input value=\"\">ask", ""},
    {"q=%", "<input value=\"%\">none", ""},
    {"q=%FF", "<input value=\"\">ask", ""}, /* cannot be read: asks nothing */
    {"q=nowhere", "<input value=\"nowhere\">none", ""},
    {"q=kettle",
     "one(/en/blog/%EC%A2%85%EC%9D%B4%20%22%26/|&lt;b&gt;Paper&lt;/b&gt; &amp; "
     "&quot;ink&quot;|2026-02-26 26  2026|A &lt;i&gt;[kettle]&lt;/i&gt; &amp; "
     "&#39;more&#39;.)",
     ""},
    {"q=boat", "many 122(/en/blog/b-0/|A boat|2026-03-05 5 March 2026|[Boat] number 0.)",
     "; 1/10; on ?q=boat&amp;page=2"},
    {"q=boat&page=2", "back ?q=boat; 2/10; on ?q=boat&amp;page=3", "b-11/"},
    {"q=boat&page=10", "back ?q=boat&amp;page=9; 10/10; ", "b-98/"},
    {"q=boat&page=11", "many 122beyond ?q=boat", ""},
    {"q=boat&page=18446744073709551615", "many 122beyond ?q=boat", ""},
    {"q=boat&page=0", "; 1/10; ", ""},
    {"q=boat&page=-1", "; 1/10; ", ""},
    {"q=boat&q=kettle", "many 122", ""},
    {"q=%22number+112%22", "one(/en/blog/b-112/", ""}, /* in the second segment */
    {"q=kettle+112", "any(", ""},
    {"q=%3Cscript%3E%22%27%26", "<input value=\"&lt;script&gt;&quot;&#39;&amp;\">", ""},
    {"q=%3C!--%3Dtitle--%3E", "<input value=\"&lt;!--=title--&gt;\">", ""},
    {"q=boat%00%0d%0a%1b%C2%85x", "<input value=\"boat     x\">", ""},
    {"q=a%26b%3D1+boat", "on ?q=a%26b%3D1%20boat&amp;page=2", "any("},
};

static void answers_as_the_table_says(void **state) {
    (void)state;
    struct house house;
    struct web *web = NULL;
    house_open(&house, false);
    good(front_open(&house.sys, &house, &web));
    for (size_t i = 0; i < COUNT_OF(ANSWERS); i++) {
        struct http_response response = ask(web, "/en/search/", ANSWERS[i].query);
        assert_int_equal(response.status, 200);
        bool is_right = str_contains(response.body, str_of(ANSWERS[i].part)) &&
                        str_contains(response.body, str_of(ANSWERS[i].other)) &&
                        !str_contains(response.body, STR("<!--")) &&
                        !str_contains(response.body, STR("<i"
                                                         ">"));
        if (!is_right) fail_msg("%s: " STR_FMT, ANSWERS[i].query, STR_ARG(response.body));
        assert_true(str_contains(response.lines, STR("Cache-Control: no-store\r\n")));
        assert_true(str_contains(response.lines, STR("form-action 'self'")));
        assert_false(str_contains(response.lines, STR("ETag")));
        assert_false(str_contains(response.lines, STR("Content-Encoding")));
        let_go(web, &response);
    }
    assert_int_equal(house.troubles, 0);
    web_close(&web);
    house_done(&house);
}

static void a_language_without_segments_finds_nothing(void **state) {
    (void)state;
    struct house house;
    struct web *web = NULL;
    house_open(&house, false);
    good(front_open(&house.sys, &house, &web));
    struct http_response response = ask(web, "/ko/search/", "q=boat");
    assert_true(str_eq(response.body, STR("없음")));
    let_go(web, &response);
    response = ask(web, "/ja/search/", "q=boat");
    assert_int_equal(response.status, 404);
    let_go(web, &response);
    response = ask(web, "/.search/en/a/0", "");
    assert_int_equal(response.status, 404);
    let_go(web, &response);
    web_close(&web);
    house_done(&house);
}

/* The answers under way keep their bytes, whatever is published meanwhile, and are not too many. */
static void answers_outlive_the_pressing_and_are_counted(void **state) {
    (void)state;
    struct house house;
    struct web *web = NULL;
    static struct http_response under_way[600];
    size_t count = 0;
    house_open(&house, false);
    good(front_open(&house.sys, &house, &web));
    while (count < COUNT_OF(under_way)) {
        under_way[count] = ask(web, "/en/search/", "q=kettle");
        if (under_way[count].status != 200) break;
        count++;
    }
    assert_int_equal(under_way[count].status, 503);
    assert_true(count >= 100);
    press(&house, false);
    web_look(web);
    for (size_t i = 0; i < count; i++) {
        assert_true(str_contains(under_way[i].body, STR("[kettle]")));
        let_go(web, &under_way[i]);
    }
    struct http_response response = ask(web, "/en/search/", "q=kettle");
    assert_int_equal(response.status, 200);
    let_go(web, &response);
    assert_int_equal(house.troubles, 0);
    web_close(&web);
    house_done(&house);
}

static void damage_is_told_once_and_breaks_nothing_else(void **state) {
    (void)state;
    struct house house;
    struct web *web = NULL;
    house_open(&house, true);
    good(front_open(&house.sys, &house, &web));
    for (int i = 0; i < 3; i++) {
        struct http_response response = ask(web, "/en/search/", "q=kettle");
        assert_int_equal(response.status, 503);
        assert_null(response.token);
    }
    assert_int_equal(house.troubles, 1);
    struct http_response response = ask(web, "/en/search/", "");
    assert_int_equal(response.status, 200);
    let_go(web, &response);
    response = ask(web, "/xx/search/", "q=a"); /* the page's marks do not fit together */
    assert_int_equal(response.status, 503);
    assert_int_equal(house.troubles, 2);
    web_close(&web);
    house_done(&house);
}

static void survives_every_failing_call(void **state) {
    (void)state;
    struct house house;
    house_open(&house, false);
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        struct web *web = NULL;
        bool is_found = false;
        err e = front_open(&sys, &house, &web);
        for (int i = 0; e.kind == ERR_NONE && i < 2; i++) {
            struct http_response response = ask(web, "/en/search/", "q=kettle");
            is_found = response.status == 200;
            assert_true(is_found || response.status == 503);
            if (is_found) assert_true(str_contains(response.body, STR("[kettle]")));
            let_go(web, &response);
        }
        web_close(&web);
        if (fault_ended(&fault, e)) {
            assert_true(is_found);
            house_done(&house);
            return;
        }
    }
    fail();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_as_the_table_says),
        cmocka_unit_test(a_language_without_segments_finds_nothing),
        cmocka_unit_test(answers_outlive_the_pressing_and_are_counted),
        cmocka_unit_test(damage_is_told_once_and_breaks_nothing_else),
        cmocka_unit_test(survives_every_failing_call),
    };
    return cmocka_run_group_tests_name("search answers", tests, NULL, NULL);
}
