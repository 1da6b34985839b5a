/* command_list.c: hanji list: stories, and what the gate says of them. */
#include <stdio.h>

#include "base/date.h"
#include "main/words.h"

enum { FOUND_MAX = 1000 };

static const struct option options[] = {
    {"find", OPTION_TEXT, "WORDS", "only those that hold all the words, the best first"},
    {"debt", OPTION_FLAG, NULL, "what was adopted and is still to be cleared in full"},
};

struct listing {
    struct site *site;
    size_t count;
    int64_t offset; /* seconds east of Greenwich: whose days the site's readers see */
};

/* The setting site.offset, as "+09:00". The moment that midnight of 1970 was there tells it. */
static err read_offset(struct site *site, int64_t *ret_offset) {
    str setting = {0};
    str midnight;
    int64_t seconds = 0;
    err e = archive_setting_get(site->archive, site->run->a, STR("site.offset"), STR(""), &setting);
    if (e.kind != ERR_NOT_FOUND) TRY(e);
    TRY(arena_printf(site->run->a, &midnight, "1970-01-01T00:00:00" STR_FMT, STR_ARG(setting)));
    *ret_offset = date_parse(midnight, &seconds) ? -seconds : 0;
    return OK;
}

static err print_version(void *context, struct archive_version *version) {
    struct listing *listing = context;
    struct arena *a = listing->site->run->a;
    struct arena_mark mark = arena_mark(a);
    str key;
    str day = STR("----------");
    str status = archive_status_name(version->status);
    TRY(archive_version_key(a, version, &key));
    if (version->published != 0) TRY(day_text(a, version->published + listing->offset, &day));
    if (listing->site->run->json) {
        struct buf text;
        str done;
        buf_init(&text, a, LIMIT_FIELD_BYTES);
        buf_printf(&text, "%s{\"key\": \"" STR_FMT "\", \"status\": \"" STR_FMT "\", \"slug\": \"",
                   listing->count == 0 ? "[" : ",\n ", STR_ARG(key), STR_ARG(status));
        json_text(&text, version->slug);
        buf_add(&text, STR("\", \"published\": \""));
        if (version->published != 0) date_add(&text, version->published);
        buf_add(&text, STR("\", \"title\": \""));
        json_text(&text, version->title);
        buf_add(&text, STR("\"}"));
        TRY(buf_finish(&text, &done));
        TRY(print_text(done));
    } else {
        TRY(print_format("%-9.*s " STR_FMT "  %-9.*s  ", STR_ARG(key), STR_ARG(day),
                         STR_ARG(status)));
        TRY(print_one_line(version->title));
        TRY(print_format("  (" STR_FMT ")\n", STR_ARG(version->slug)));
    }
    listing->count++;
    arena_reset(a, mark);
    return OK;
}

static err print_debt(struct run *run, const struct gate_clearance_line *line, bool is_first) {
    struct buf text;
    str day;
    str done;
    TRY(day_text(run->a, line->until, &day));
    if (!run->json) {
        return print_format(STR_FMT "  until " STR_FMT ", adopted by " STR_FMT "\n",
                            STR_ARG(line->key), STR_ARG(day), STR_ARG(line->by));
    }
    buf_init(&text, run->a, LIMIT_FIELD_BYTES);
    buf_printf(&text, "%s{\"key\": \"" STR_FMT "\", \"until\": \"" STR_FMT "\", \"by\": \"",
               is_first ? "[" : ",\n ", STR_ARG(line->key), STR_ARG(day));
    json_text(&text, line->by);
    buf_add(&text, STR("\"}"));
    TRY(buf_finish(&text, &done));
    return print_text(done);
}

static err list_debt(struct site *site) {
    struct gate_nothing nothing = {0};
    struct gate_clearance_list list;
    size_t debt = 0;
    TRY(site_ask(site, GATE_LIST, &nothing, &list));
    for (size_t i = 0; i < list.count; i++) {
        const struct gate_clearance_line *line = &list.lines[i];
        if (line->adopted == 0 || line->stands == 0) continue;
        TRY(print_debt(site->run, line, debt == 0));
        debt++;
    }
    if (site->run->json) return print_text(debt == 0 ? STR("[]\n") : STR("]\n"));
    return print_format("%zu adopted and to be cleared in full\n", debt);
}

static err list_found(struct listing *listing, str words) {
    struct site *site = listing->site;
    int64_t *ids = NULL;
    size_t count = 0;
    TRY(archive_search(site->archive, site->run->a, words, FOUND_MAX, &ids, &count));
    for (size_t i = 0; i < count; i++) {
        struct archive_version version;
        TRY(archive_version_load(site->archive, site->run->a, ids[i], &version));
        TRY(print_version(listing, &version));
    }
    return OK;
}

static err run_list(struct run *run, int *ret_exit) {
    (void)ret_exit;
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    CLEANUP(arena_done) struct arena each;
    struct listing listing = {.site = &site};
    struct archive_filter filter = {.by_date = true};
    arena_init(&each, run->sys, LIMIT_MESSAGE_BYTES);
    TRY(site_open(run, &site));
    if (option_given(run->arguments, "debt")) return list_debt(&site);
    TRY(site_archive(&site, true));
    TRY(read_offset(&site, &listing.offset));
    str words = option_text(run->arguments, "find");
    TRY(words.len > 0
            ? list_found(&listing, words)
            : archive_versions_each(site.archive, &each, &filter, print_version, &listing));
    if (run->json) return print_text(listing.count == 0 ? STR("[]\n") : STR("]\n"));
    if (listing.count > 0) return OK;
    return print_text(words.len > 0 ? STR("No story holds these words.\n")
                                    : STR("The archive holds no story yet.\n"));
}

const struct command command_list = {
    .name = "list",
    .operands = "",
    .summary = "list the stories and their keys",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run_list,
};
