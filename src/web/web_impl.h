/* web_impl.h: what the files of this room share. */
#pragma once

#include "pressing/pressing.h"
#include "web/web.h"

/* What an answer under way holds: the first member of whatever is given as its token. */
enum held { HELD_EDITION, HELD_FILLED };

/* One pressing and those who use it: the web itself while it is live, and each answer under way. */
struct edition {
    enum held held; /* HELD_EDITION */
    struct pressing *pressing;
    size_t uses;
    struct searched *searched; /* the languages that somebody searched in */
};

enum { PRESSING_NAME_MAX = 256, LOG_LINES_BYTES = 16 << 10 };

/* What is told of answers (log.c). */
struct web_log {
    int access; /* -1: no log */
    int sums;   /* -1: pages are not counted */
    bool tells_addresses;
    bool access_is_torn; /* what was written last may end in the middle of a line */
    bool sums_are_torn;
    int64_t told;     /* when trouble with a log was told last */
    int64_t day;      /* since 1970, in UTC: which one is counted; 0: none yet */
    uint32_t *counts; /* of the live pressing's pages, by their numbers; or NULL */
    size_t count_room;
    size_t waiting; /* bytes of lines that were not written yet */
    char lines[LOG_LINES_BYTES];
};

struct web_sums {
    uint64_t by_class[5]; /* of answers: 1xx to 5xx */
    uint64_t bytes;       /* of their bodies */
};

struct web {
    const struct sys *sys;
    struct web_options options;
    struct edition *live; /* NULL: there is none yet */
    struct edition *next; /* being verified; NULL: nothing is */
    int watch;
    size_t name_len; /* of the pressing that was looked at last, taken or refused */
    char name[PRESSING_NAME_MAX];
    int64_t again_ns;           /* when what could not be read is looked at again; 0: nothing is */
    int pause_ms;               /* before that */
    char lines[HTTP_LINES_MAX]; /* the field lines of the answer being made */
    size_t filled;              /* answers under way that are pages filled for one reader */
    struct web_log log;
    struct web_sums sums;
};

void web_trouble(struct web *web, err problem);
void edition_drop(struct web *web, struct edition *edition);
void web_answer(void *ctx, const struct http_request *request, struct http_response *response);

/* ---- log.c ----------------------------------------------------------------------------------- */

/* An answer was made; a turn of the loop is over; `next` (or NULL) is about to be the live
 * pressing; the web ends. */
void web_log_answer(struct web *web, const struct http_request *request,
                    const struct http_response *response);
void web_log_turn(struct web *web);
void web_log_edition(struct web *web, const struct pressing *next);
void web_log_close(struct web *web);

/* ---- search_answer.c ------------------------------------------------------------------------- */

/* Whether a page is one that is filled when somebody asks: "/en/search/". */
bool search_is_asked(const struct pressing_page *page);

/* Answers the request's question out of the live pressing: body and token, the latter to be given
 * to search_release.
 * fails: ERR_BUSY (too many such answers are under way), ERR_INVALID (the page or a segment is
 *        damaged), ERR_LIMIT, ERR_NO_MEMORY. */
err search_answer(struct web *web, const struct http_request *request,
                  const struct pressing_page *page, struct http_response *response) MUST_USE;
void search_release(struct web *web, void *token);

/* Closes what was opened to search an edition. */
void searched_close(struct web *web, struct edition *edition);
