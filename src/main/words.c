/* words.c: see words.h. */
#include "main/words.h"

#include "base/date.h"
#include "press/press.h"

static const struct {
    const char *name;
    int64_t part;
} PARTS[] = {
    {"name", GATE_NAME},   {"alias", GATE_ALIAS}, {"face", GATE_FACE}, {"voice", GATE_VOICE},
    {"place", GATE_PLACE}, {"age", GATE_AGE},     {"unit", GATE_UNIT}, {"family", GATE_FAMILY},
};

err words_shows(str text, int64_t *ret_shows) {
    int64_t shows = 0;
    while (text.len > 0) {
        str word;
        bool is_known = false;
        str_cut(text, ',', &word, &text);
        word = str_trim(word);
        for (size_t i = 0; i < COUNT_OF(PARTS); i++) {
            if (!str_eq(word, str_of(PARTS[i].name))) continue;
            shows |= PARTS[i].part;
            is_known = true;
        }
        if (!is_known && word.len > 0 && !str_eq(word, STR("nothing"))) {
            FAIL(ERR_INVALID,
                 "'" STR_FMT "' is nothing one shows of a person: name, alias, face, voice, place, "
                 "age, unit, family, or nothing",
                 STR_ARG(word));
        }
    }
    *ret_shows = shows;
    return OK;
}

err words_of_shows(struct arena *a, int64_t shows, str *ret_text) {
    struct buf text;
    buf_init(&text, a, LIMIT_NAME_BYTES);
    for (size_t i = 0; i < COUNT_OF(PARTS); i++) {
        if ((shows & PARTS[i].part) == 0) continue;
        if (text.len > 0) buf_add(&text, STR(", "));
        buf_add(&text, str_of(PARTS[i].name));
    }
    if (text.len == 0) buf_add(&text, STR("nothing"));
    return buf_finish(&text, ret_text);
}

err words_date(str text, int64_t otherwise, int64_t *ret_seconds) {
    int64_t seconds = otherwise;
    if (text.len > 0 && !date_parse(text, &seconds)) {
        FAIL(ERR_INVALID, "'" STR_FMT "' is not a date; write it as 2026-11-23", STR_ARG(text));
    }
    *ret_seconds = seconds;
    return OK;
}

static bool is_picture_key(str name, uint64_t *ret_number) {
    return name.len > 1 && name.ptr[0] == 'm' && str_to_u64(str_skip(name, 1), ret_number) &&
           *ret_number <= INT64_MAX;
}

static err check_language(struct site *site, str language) {
    str *known = NULL;
    size_t count = 0;
    TRY(archive_languages(site->archive, site->run->a, &known, &count));
    for (size_t i = 0; i < count; i++) {
        if (str_eq(known[i], language)) return OK;
    }
    FAIL(ERR_NOT_FOUND, "there is nothing in the language '" STR_FMT "'", STR_ARG(language));
}

err words_item(struct site *site, str name, str *ret_key, int64_t *ret_version) {
    uint64_t number = 0;
    int64_t id = 0;
    if (is_picture_key(name, &number)) {
        struct archive_media media;
        TRY(archive_media_load(site->archive, site->run->a, (int64_t)number, &media));
        *ret_version = 0;
        return arena_printf(site->run->a, ret_key, "m%lld", (long long)media.id);
    }
    if (str_starts(name, STR("site/"))) {
        TRY(check_language(site, str_skip(name, 5)));
        *ret_key = name;
        *ret_version = 0;
        return OK;
    }
    struct archive_version version;
    TRY(site_find(site, name, &id));
    TRY(archive_version_load(site->archive, site->run->a, id, &version));
    TRY(archive_version_key(site->run->a, &version, ret_key));
    *ret_version = id;
    return OK;
}

static err is_person(struct site *site, str name, bool *ret_is_person) {
    struct gate_nothing nothing = {0};
    struct gate_people people;
    TRY(site_ask(site, GATE_PERSON_LIST, &nothing, &people));
    *ret_is_person = false;
    for (size_t i = 0; i < people.count; i++) {
        const struct gate_person *one = &people.people[i];
        if (str_eq(one->pseudonym, name) || str_eq(one->id, name)) *ret_is_person = true;
    }
    return OK;
}

err words_item_or_person(struct site *site, str name, str *ret_key, int64_t *ret_version,
                         str *ret_person) {
    uint64_t number = 0;
    bool is_somebody = false;
    err item = words_item(site, name, ret_key, ret_version);
    bool is_other = str_find_byte(name, '/') != STR_NONE || is_picture_key(name, &number);
    if (is_other || (item.kind != ERR_NONE && item.kind != ERR_NOT_FOUND)) return item;
    TRY(is_person(site, name, &is_somebody));
    if (!is_somebody) return item;
    if (item.kind == ERR_NONE) {
        FAIL(ERR_INVALID,
             "a story and a person are called '" STR_FMT "': write the story as " STR_FMT
             ", or the person with --person",
             STR_ARG(name), STR_ARG(*ret_key));
    }
    *ret_key = STR("");
    *ret_version = 0;
    *ret_person = name;
    return OK;
}

err words_source(struct site *site, str key, int64_t version, struct source *ret_source) {
    if (version != 0) {
        struct archive_version *whole = arena_alloc(site->run->a, sizeof *whole);
        if (whole == NULL) FAIL(ERR_NO_MEMORY, "no memory for a story");
        TRY(archive_version_load(site->archive, site->run->a, version, whole));
        return press_source(site->archive, site->run->a, whole, ret_source);
    }
    if (!str_starts(key, STR("site/"))) {
        FAIL(ERR_INVALID, STR_FMT " is a picture: it leaves with the story it is in", STR_ARG(key));
    }
    return press_site_source(site->archive, site->run->a, str_skip(key, 5), ret_source);
}
