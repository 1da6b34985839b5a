/* web_impl.h: what the files of this room share. */
#pragma once

#include "pressing/pressing.h"
#include "web/web.h"

/* One pressing and those who use it: the web itself while it is live, and each answer under way. */
struct edition {
    struct pressing *pressing;
    size_t uses;
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
};

void edition_drop(struct web *web, struct edition *edition);
void web_answer(void *ctx, const struct http_request *request, struct http_response *response);
