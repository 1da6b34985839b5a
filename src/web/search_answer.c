/* search_answer.c: a question that somebody typed, answered on a page of the pressing.
 *
 * The press made the page with all its words and left places open (pressing/slots.h); here they are
 * filled. A language's segments are opened when somebody first searches in it, out of the mapping
 * of the pressing, and closed with it. What was asked is kept nowhere: not in a log, not in a
 * counter.
 *
 * The slots of the page, and when its lists have an item:
 *
 *     =query =count =page =pages      unasked, or asked: nothing was typed, or something
 *     none, one, many, any            how many texts were found; any: none has all of the words
 *     found, hits                     there are some on this page; each of them:
 *         =href =title =iso =day =year month_1 ... month_12
 *         pieces                      of the passage; each is plain or marked, with its =text
 *     cut, partial                    as search_result has them
 *     beyond                          there are some, but not on so late a page; =first leads back
 *     pager, previous, next           there are several pages; =link in the last two */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/unicode.h"
#include "http/form.h"
#include "pressing/search.h"
#include "pressing/slots.h"
#include "web/web_impl.h"

enum {
    FILLED_MAX = 512,       /* answers under way: with pages of 20 kB, 10 MB */
    MEMORY_MAX = 16 << 20,  /* to answer one question */
    LANGUAGES_MAX = 200,    /* of which segments are open */
    FIELDS_MAX = 16,        /* of the request's query */
    VALUE_BYTES_MAX = 8192, /* as long as a request's head may be */
    NUMBER_BYTES = 24,
};

static const str SEGMENTS = {"/.search/", 9};
static const struct slot_scope ONCE = {0};

/* A language that somebody searched in. */
struct searched {
    struct searched *next;
    struct search *search; /* NULL: its segments cannot be opened */
    size_t language_len;
    char language[LIMIT_LANGUAGE_BYTES];
};

/* The token of a filled page: its bytes stand behind it. */
struct filled {
    enum held held; /* HELD_FILLED */
};

void search_release(struct web *web, void *token) {
    assert(web->filled > 0);
    web->filled--;
    web->sys->free(web->sys->ctx, token);
}

/* ---- The segments ---------------------------------------------------------------------------- */

void searched_close(struct web *web, struct edition *edition) {
    while (edition->searched != NULL) {
        struct searched *gone = edition->searched;
        edition->searched = gone->next;
        search_close(&gone->search);
        web->sys->free(web->sys->ctx, gone);
    }
}

/* The number of the first page whose path does not come before `path`. */
static size_t lower_bound(const struct pressing *pressing, str path) {
    size_t from = 0;
    size_t to = pressing_page_count(pressing);
    while (from < to) {
        struct pressing_page page;
        size_t middle = from + (to - from) / 2;
        pressing_page_at(pressing, middle, &page);
        if (str_cmp(page.path, path) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* Opens the segments of a language: pages of their type below "/.search/en/". */
static err open_segments(const struct web *web, str language, struct search **ret_search) {
    CLEANUP(arena_done) struct arena a;
    const struct pressing *pressing = web->live->pressing;
    str folder = {0};
    size_t count = 0;
    arena_init(&a, web->sys, MEMORY_MAX);
    TRY(arena_printf(&a, &folder, STR_FMT STR_FMT "/", STR_ARG(SEGMENTS), STR_ARG(language)));
    str *segments = arena_array(&a, SEARCH_SEGMENTS, sizeof *segments);
    if (segments == NULL) FAIL(ERR_NO_MEMORY, "no memory to open a search");
    for (size_t i = lower_bound(pressing, folder); i < pressing_page_count(pressing); i++) {
        struct pressing_page page;
        pressing_page_at(pressing, i, &page);
        if (!str_starts(page.path, folder)) break;
        if (page.type != PRESSING_SEARCH) continue;
        if (count == SEARCH_SEGMENTS) FAIL(ERR_LIMIT, "more segments than can be searched");
        segments[count++] = page.body;
    }
    return search_open(web->sys, segments, count, ret_search);
}

/* The open segments of a language. That they cannot be opened is told once for a pressing; that
 * there was no memory for them is no lasting state, and tried again. */
static err find_searched(struct web *web, str language, struct searched **ret_searched) {
    size_t count = 0;
    for (struct searched *s = web->live->searched; s != NULL; s = s->next) {
        if (str_eq((str){s->language, s->language_len}, language)) {
            *ret_searched = s;
            return OK;
        }
        count++;
    }
    if (count == LANGUAGES_MAX) FAIL(ERR_LIMIT, "too many languages are searched");
    struct searched *fresh = web->sys->alloc(web->sys->ctx, sizeof *fresh);
    if (fresh == NULL) FAIL(ERR_NO_MEMORY, "no memory to open a search");
    *fresh = (struct searched){.next = web->live->searched, .language_len = language.len};
    memcpy(fresh->language, language.ptr, language.len);
    err e = open_segments(web, language, &fresh->search);
    if (e.kind == ERR_NO_MEMORY) {
        web->sys->free(web->sys->ctx, fresh);
        return e;
    }
    if (e.kind != ERR_NONE) web_trouble(web, err_wrap(e, "nothing is found in a language"));
    web->live->searched = fresh;
    *ret_searched = fresh;
    return OK;
}

/* ---- The question ---------------------------------------------------------------------------- */

struct question {
    str text; /* as typed; empty: nothing is asked */
    size_t page;
};

/* "/en/search/" -> "en". */
static bool language_of(str path, str *ret_language) {
    str language = {0};
    str rest = {0};
    bool is_ours =
        str_starts(path, STR("/")) && str_cut(str_skip(path, 1), '/', &language, &rest) &&
        str_eq(rest, STR("search/")) && language.len > 0 && language.len <= LIMIT_LANGUAGE_BYTES;
    if (is_ours) *ret_language = language;
    return is_ours;
}

bool search_is_asked(const struct pressing_page *page) {
    str language;
    return page->status == 200 && page->type == PRESSING_HTML && language_of(page->path, &language);
}

/* A query that cannot be read asks nothing; a page that is no number is the first one. */
static err read_question(struct arena *a, str query, struct question *ret_question) {
    const struct http_form_limits limits = {
        .fields = FIELDS_MAX, .name_bytes = 64, .value_bytes = VALUE_BYTES_MAX};
    struct http_field *fields = NULL;
    unsigned count = 0;
    uint64_t page = 1;
    err e = http_form_read(a, query, &limits, &fields, &count);
    if (e.kind == ERR_NO_MEMORY) return e;
    if (e.kind != ERR_NONE) count = 0;
    str_to_u64(http_form_value(fields, count, STR("page")), &page);
    ret_question->text = str_trim(http_form_value(fields, count, STR("q")));
    ret_question->page = page < 1 ? 0 : page > SEARCH_PAGES ? SEARCH_PAGES : (size_t)page - 1;
    return OK;
}

/* The question as it is shown: its beginning, on one line. */
static err make_shown(struct arena *a, str text, str *ret_shown) {
    struct buf shown;
    buf_init(&shown, a, 4 * (size_t)SEARCH_QUERY_BYTES);
    str rest = utf8_cut(text, SEARCH_QUERY_BYTES);
    while (rest.len > 0) {
        uint32_t c = utf8_take(&rest);
        bool is_sign = c != UNICODE_BAD && c >= ' ' && c != 0x7F && !(c >= 0x80 && c < 0xA0);
        utf8_add(&shown, is_sign ? c : ' ');
    }
    return buf_finish(&shown, ret_shown);
}

/* ---- The answer ------------------------------------------------------------------------------ */

/* A scope under construction: there is room for all that is ever added. */
enum { SLOTS_ROOM = 6, LISTS_ROOM = 16 };
struct scope {
    struct slot slots[SLOTS_ROOM];
    struct slot_list lists[LISTS_ROOM];
    size_t slot_count;
    size_t list_count;
};

static void add_text(struct scope *scope, const char *name, str text) {
    assert(scope->slot_count < SLOTS_ROOM);
    scope->slots[scope->slot_count++] = (struct slot){name, text};
}

static void add_list(struct scope *scope, const char *name, const struct slot_scope *items,
                     size_t count) {
    assert(scope->list_count < LISTS_ROOM);
    scope->lists[scope->list_count++] = (struct slot_list){name, items, count};
}

static void add_if(struct scope *scope, const char *name, bool is_so) {
    add_list(scope, name, &ONCE, is_so);
}

static struct slot_scope finished(const struct scope *scope) {
    return (struct slot_scope){scope->slots, scope->slot_count, scope->lists, scope->list_count};
}

static err new_scope(struct arena *a, struct scope **ret_scope) {
    *ret_scope = arena_alloc(a, sizeof **ret_scope);
    if (*ret_scope == NULL) FAIL(ERR_NO_MEMORY, "no memory to answer a search");
    return OK;
}

static err add_number(struct arena *a, struct scope *scope, const char *name, uint64_t number) {
    str text = {0};
    TRY(arena_printf(a, &text, "%llu", (unsigned long long)number));
    add_text(scope, name, text);
    return OK;
}

/* A path in percent-encoding, its slashes kept. */
static err make_href(struct arena *a, str path, str *ret_href) {
    struct buf href;
    buf_init(&href, a, 3 * (size_t)PRESSING_PATH_MAX);
    while (path.len > 0) {
        str part = {0};
        bool has_slash = str_cut(path, '/', &part, &path);
        url_part(&href, part);
        if (has_slash) buf_add_byte(&href, '/');
    }
    return buf_finish(&href, ret_href);
}

/* Where page `number` (from 1) of the answer is. */
static err make_link(struct arena *a, str shown, size_t number, str *ret_link) {
    struct buf link;
    buf_init(&link, a, 16 * (size_t)SEARCH_QUERY_BYTES);
    buf_add(&link, STR("?q="));
    url_part(&link, shown);
    if (number > 1) buf_printf(&link, "&page=%zu", number);
    return buf_finish(&link, ret_link);
}

static err make_pieces(struct arena *a, const struct search_hit *hit, struct scope *to) {
    struct slot_scope *items = arena_array(a, hit->snippet_count, sizeof *items);
    if (items == NULL) FAIL(ERR_NO_MEMORY, "no memory to answer a search");
    for (size_t i = 0; i < hit->snippet_count; i++) {
        struct scope *piece = NULL;
        TRY(new_scope(a, &piece));
        add_text(piece, "text", hit->snippet[i].text);
        add_if(piece, "plain", !hit->snippet[i].is_marked);
        add_if(piece, "marked", hit->snippet[i].is_marked);
        items[i] = finished(piece);
    }
    add_list(to, "pieces", items, hit->snippet_count);
    return OK;
}

/* When it was published: the day by the site's own clock, as the press has put it there. */
static err make_date(struct arena *a, int64_t seconds, struct scope *to) {
    static const char *const months[] = {"month_1", "month_2",  "month_3",  "month_4",
                                         "month_5", "month_6",  "month_7",  "month_8",
                                         "month_9", "month_10", "month_11", "month_12"};
    struct date date = date_of(seconds);
    struct buf iso;
    str text = {0};
    buf_init(&iso, a, NUMBER_BYTES);
    date_add_day(&iso, seconds);
    TRY(buf_finish(&iso, &text));
    add_text(to, "iso", text);
    TRY(add_number(a, to, "day", (uint64_t)date.day));
    add_if(to, months[date.month - 1], true);
    return add_number(a, to, "year", (uint64_t)date.year);
}

static err make_hits(struct arena *a, const struct search_result *result, struct scope *to) {
    struct slot_scope *items = arena_array(a, result->count, sizeof *items);
    if (items == NULL) FAIL(ERR_NO_MEMORY, "no memory to answer a search");
    for (size_t i = 0; i < result->count; i++) {
        const struct search_hit *hit = &result->hits[i];
        struct scope *scope = NULL;
        str href = {0};
        TRY(new_scope(a, &scope));
        TRY(make_href(a, hit->path, &href));
        add_text(scope, "href", href);
        add_text(scope, "title", hit->title);
        TRY(make_date(a, hit->published, scope));
        TRY(make_pieces(a, hit, scope));
        items[i] = finished(scope);
    }
    add_if(to, "found", result->count > 0);
    add_list(to, "hits", items, result->count);
    return OK;
}

/* One way of the pager: a list of one link, or of none. */
static err make_way(struct arena *a, const char *name, str shown, size_t number, struct scope *to) {
    struct scope *way = NULL;
    struct slot_scope *item = arena_alloc(a, sizeof *item);
    str link = {0};
    if (item == NULL) FAIL(ERR_NO_MEMORY, "no memory to answer a search");
    TRY(new_scope(a, &way));
    TRY(make_link(a, shown, number, &link));
    add_text(way, "link", link);
    *item = finished(way);
    add_list(to, name, item, number > 0);
    return OK;
}

static err make_pager(struct arena *a, str shown, size_t page, size_t total, struct scope *to) {
    size_t pages = (total + SEARCH_PAGE_HITS - 1) / SEARCH_PAGE_HITS;
    if (pages > SEARCH_PAGES) pages = SEARCH_PAGES;
    bool is_there = page < pages;
    str first = {0};
    TRY(make_link(a, shown, 1, &first));
    add_text(to, "first", first);
    TRY(add_number(a, to, "page", page + 1));
    TRY(add_number(a, to, "pages", pages));
    add_if(to, "beyond", pages > 0 && !is_there);
    add_if(to, "pager", pages > 1 && is_there);
    TRY(make_way(a, "previous", shown, page, to));
    return make_way(a, "next", shown, page + 1 < pages ? page + 2 : 0, to);
}

static err make_answer(struct arena *a, const struct question *question,
                       const struct search_result *result, struct scope *to) {
    str shown = {0};
    bool is_asked = question->text.len > 0;
    TRY(make_shown(a, question->text, &shown));
    add_text(to, "query", shown);
    add_if(to, is_asked ? "asked" : "unasked", true);
    if (!is_asked) return OK;
    TRY(add_number(a, to, "count", result->total));
    bool is_some = result->total > 0 && !result->is_any_word;
    add_if(to, "none", result->total == 0);
    add_if(to, "one", is_some && result->total == 1);
    add_if(to, "many", is_some && result->total > 1);
    add_if(to, "any", result->is_any_word);
    add_if(to, "cut", result->is_cut);
    add_if(to, "partial", result->is_partial);
    TRY(make_hits(a, result, to));
    return make_pager(a, shown, question->page, result->total, to);
}

/* Copies the page out of the arena of the question, behind its token. */
static err hand_over(struct web *web, str page, struct http_response *response) {
    struct filled *filled = web->sys->alloc(web->sys->ctx, sizeof *filled + page.len);
    if (filled == NULL) FAIL(ERR_NO_MEMORY, "no memory for an answer to a search");
    char *bytes = (char *)(filled + 1);
    filled->held = HELD_FILLED;
    memcpy(bytes, page.ptr, page.len);
    web->filled++;
    response->token = filled;
    response->body = (str){bytes, page.len};
    return OK;
}

err search_answer(struct web *web, const struct http_request *request,
                  const struct pressing_page *page, struct http_response *response) {
    CLEANUP(arena_done) struct arena a;
    struct question question = {0};
    struct search_result result = {0};
    struct scope scope = {0};
    str language = {0};
    str filled = {0};
    arena_init(&a, web->sys, MEMORY_MAX);
    if (web->filled >= FILLED_MAX) FAIL(ERR_BUSY, "too many searches are being answered");
    if (!language_of(page->path, &language)) FAIL(ERR_INVALID, "this page is not searched on");
    TRY(read_question(&a, request->query, &question));
    if (question.text.len > 0) {
        struct searched *searched = NULL;
        TRY(find_searched(web, language, &searched));
        if (searched->search == NULL) FAIL(ERR_BUSY, "the segments cannot be opened");
        const struct search_query query = {.text = question.text, .page = question.page};
        TRY(search_find(searched->search, &a, &query, &result));
    }
    TRY(make_answer(&a, &question, &result, &scope));
    const struct slot_scope root = finished(&scope);
    TRY(slots_fill(&a, page->body, &root, &filled));
    return hand_over(web, filled, response);
}
