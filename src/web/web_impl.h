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

enum { PRESSING_NAME_MAX = 256 };

struct web {
    const struct sys *sys;
    struct web_options options;
    struct edition *live; /* NULL: there is none yet */
    int watch;
    size_t name_len; /* of the pressing that was looked at last, taken or refused */
    char name[PRESSING_NAME_MAX];
    char lines[HTTP_LINES_MAX]; /* the field lines of the answer being made */
    size_t filled;              /* answers under way that are pages filled for one reader */
};

void web_trouble(struct web *web, err problem);
void edition_drop(struct web *web, struct edition *edition);
void web_answer(void *ctx, const struct http_request *request, struct http_response *response);

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
