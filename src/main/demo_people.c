/* demo_people.c: see demo_people.h, and the head of demo/people.ini for the format. */
#include "main/demo_people.h"

#include <string.h>

#include "main/ini.h"
#include "main/words.h"

static const char OFFICER[] = "Im Garam";
static const char SECOND[] = "Cho Iseul";

/* ---- Reading people.ini --------------------------------------------------------------------- */

struct appearance {
    bool is_picture;
    str what; /* a group, or a picture's name */
    int part; /* enum gate_part */
};

static bool next_word(str *text, str *ret_word) {
    *text = str_trim(*text);
    str_cut(*text, ' ', ret_word, text);
    return ret_word->len > 0;
}

static err read_appearance(const struct ini_entry *entry, struct appearance *ret_appearance) {
    static const char *const parts[] = {[GATE_SUBJECT] = "subject",
                                        [GATE_PUBLIC] = "public",
                                        [GATE_STAFF] = "staff",
                                        [GATE_MENTIONED] = "mentioned"};
    str rest = entry->value;
    str kind;
    str part;
    if (!next_word(&rest, &kind) || !next_word(&rest, &ret_appearance->what) ||
        !next_word(&rest, &part)) {
        FAIL(ERR_INVALID, "people.ini:%zu: 'story GROUP PART' is expected", entry->line);
    }
    ret_appearance->is_picture = str_eq(kind, STR("picture"));
    for (int i = 0; i < GATE_PART_COUNT; i++) {
        ret_appearance->part = i;
        if (str_eq(part, str_of(parts[i]))) return OK;
    }
    FAIL(ERR_INVALID, "people.ini:%zu: " STR_FMT " is not a part", entry->line, STR_ARG(part));
}

static bool is_section_start(const struct ini *ini, size_t at) {
    return str_starts(ini->entries[at].section, STR("person ")) &&
           (at == 0 || !str_eq(ini->entries[at].section, ini->entries[at - 1].section));
}

static const struct demo_story *find_story(const struct demo_index *index, str group) {
    for (size_t i = 0; i < index->story_count; i++) {
        if (str_eq(index->stories[i].group, group)) return &index->stories[i];
    }
    return NULL;
}

/* A picture's name in people.ini has no ending: "window-lamp" is pictures/window-lamp.png. */
static int64_t find_picture(const struct demo_index *index, str name) {
    for (size_t i = 0; i < index->picture_count; i++) {
        str file = index->pictures[i].name;
        size_t at = str_find(file, name);
        if (at != STR_NONE && str_eq(str_skip(file, at + name.len), STR(".png")) &&
            (at == 0 || file.ptr[at - 1] == '/')) {
            return index->pictures[i].id;
        }
    }
    return 0;
}

/* "12/" + "*", or "m7". */
static err material_of(struct site *site, const struct demo_index *index,
                       const struct appearance *appearance, str *ret_material) {
    const struct demo_story *story = find_story(index, appearance->what);
    int64_t picture = appearance->is_picture ? find_picture(index, appearance->what) : 0;
    if (appearance->is_picture ? picture == 0 : story == NULL) {
        FAIL(ERR_INVALID, "people.ini names " STR_FMT ", which the demo does not have",
             STR_ARG(appearance->what));
    }
    return appearance->is_picture
               ? arena_printf(site->run->a, ret_material, "m%lld", (long long)picture)
               : arena_printf(site->run->a, ret_material, "%lld/*",
                              (long long)story->archive_group);
}

/* ---- People, consents, risks ---------------------------------------------------------------- */

static int64_t months(str text) {
    uint64_t count = 0;
    str_to_u64(text, &count);
    return (int64_t)count * 2629746; /* a twelfth of a Gregorian year, in seconds */
}

static err enter_consent(struct site *site, const struct ini *ini, str section,
                         const struct demo_index *index, str person) {
    struct gate_scope scopes[VALUES_MAX];
    int64_t now = site->run->sys->now_seconds(site->run->sys->ctx);
    struct gate_consent consent = {.person = person,
                                   .given_by = ini_get(ini, section, STR("consent.given_by")),
                                   .informed = ini_get(ini, section, STR("consent.informed")),
                                   .form = STR("1"),
                                   .language_used = STR("ko"),
                                   .taken_by = str_of(OFFICER),
                                   .scopes = scopes,
                                   .from = now};
    struct gate_id id;
    consent.until = now + months(ini_get(ini, section, STR("consent.months")));
    for (size_t i = 0; i < ini->count; i++) {
        struct appearance appearance;
        str languages = ini_get(ini, section, STR("consent.languages"));
        str language;
        str material;
        if (!str_eq(ini->entries[i].section, section) ||
            !str_starts(ini->entries[i].key, STR("appears."))) {
            continue;
        }
        TRY(read_appearance(&ini->entries[i], &appearance));
        TRY(material_of(site, index, &appearance, &material));
        while (next_word(&languages, &language) && consent.scope_count < VALUES_MAX) {
            scopes[consent.scope_count++] =
                (struct gate_scope){.material = material,
                                    .road = ini_get(ini, section, STR("consent.road")),
                                    .language = language,
                                    .shows = GATE_ALIAS | GATE_PLACE | GATE_FAMILY};
        }
    }
    return site_ask(site, GATE_CONSENT_ADD, &consent, &id);
}

static err enter_risk(struct site *site, const struct ini *ini, str section, str person) {
    int64_t now = site->run->sys->now_seconds(site->run->sys->ctx);
    struct gate_nothing nothing;
    struct gate_risk risk = {.person = person,
                             .author = ini_get(ini, section, STR("risk.author")),
                             .remaining = ini_get(ini, section, STR("risk.remaining")),
                             .second = str_of(SECOND),
                             .date = now - months(ini_get(ini, section, STR("risk.months_ago")))};
    return site_ask(site, GATE_RISK_ADD, &risk, &nothing);
}

/* Staff and public figures need no record; everyone else gets one. */
static err enter_person(struct site *site, const struct ini *ini, str section,
                        const struct demo_index *index) {
    str roles = ini_get(ini, section, STR("roles"));
    struct gate_person person = {.pseudonym = ini_get(ini, section, STR("pseudonym.en")),
                                 .status = ini_get(ini, section, STR("status")),
                                 .by = str_of(OFFICER)};
    struct gate_id id;
    if (str_contains(roles, STR("staff")) || str_contains(roles, STR("official"))) return OK;
    next_word(&roles, &person.role);
    TRY(site_ask(site, GATE_PERSON_ADD, &person, &id));
    if (ini_get(ini, section, STR("consent.given_by")).len == 0) return OK;
    TRY(enter_consent(site, ini, section, index, id.id));
    return enter_risk(site, ini, section, id.id);
}

/* ---- Who appears ---------------------------------------------------------------------------- */

/* Everyone whom people.ini sees in `what`; nobody is an answer too. */
static err gather_people(const struct ini *ini, bool is_picture, str what,
                         struct gate_statement *statement) {
    for (size_t i = 0; i < ini->count && statement->count < VALUES_MAX; i++) {
        const struct ini_entry *entry = &ini->entries[i];
        struct appearance appearance;
        if (!str_starts(entry->section, STR("person ")) ||
            !str_starts(entry->key, STR("appears."))) {
            continue;
        }
        TRY(read_appearance(entry, &appearance));
        if (appearance.is_picture != is_picture || !str_eq(appearance.what, what)) continue;
        str reason = ini_get(ini, entry->section,
                             appearance.part == GATE_PUBLIC ? STR("reason") : STR("answer"));
        statement->people[statement->count++] = (struct gate_appearance){
            .person = ini_get(ini, entry->section, STR("pseudonym.en")),
            .part = appearance.part,
            .reason = reason,
            .shows = appearance.part == GATE_SUBJECT && !is_picture ? GATE_ALIAS : 0};
    }
    return OK;
}

static err state(struct site *site, const struct ini *ini, bool is_picture, str what,
                 struct gate_statement *statement) {
    struct gate_appearance people[VALUES_MAX];
    struct gate_keys ended;
    statement->people = people;
    statement->by = str_of(OFFICER);
    TRY(gather_people(ini, is_picture, what, statement));
    return site_ask(site, GATE_APPEARS, statement, &ended);
}

static err state_source(struct site *site, const struct ini *ini, str key, int64_t version,
                        str what) {
    struct gate_statement statement = {.key = key};
    struct source source;
    TRY(words_source(site, key, version, &source));
    TRY(source_hash(site->run->a, &source, statement.source));
    return state(site, ini, false, what, &statement);
}

static err state_stories(struct site *site, const struct ini *ini, const struct demo_index *index) {
    struct arena *a = site->run->a;
    for (size_t i = 0; i < index->story_count; i++) {
        struct archive_filter filter = {.group = index->stories[i].archive_group};
        int64_t *ids = NULL;
        size_t count = 0;
        TRY(archive_version_ids(site->archive, a, &filter, &ids, &count));
        for (size_t j = 0; j < count; j++) {
            struct archive_version version;
            str key;
            TRY(archive_version_load(site->archive, a, ids[j], &version));
            TRY(archive_version_key(a, &version, &key));
            TRY(state_source(site, ini, key, ids[j], index->stories[i].group));
        }
    }
    return OK;
}

static str base_name(str path) {
    for (size_t i = path.len; i > 0; i--) {
        if (path.ptr[i - 1] == '/') path = str_skip(path, i);
    }
    return str_ends(path, STR(".png")) ? str_slice(path, 0, path.len - 4) : path;
}

static err state_pictures(struct site *site, const struct ini *ini,
                          const struct demo_index *index) {
    for (size_t i = 0; i < index->picture_count; i++) {
        struct gate_statement statement = {0};
        TRY(arena_printf(site->run->a, &statement.key, "m%lld", (long long)index->pictures[i].id));
        TRY(state(site, ini, true, base_name(index->pictures[i].name), &statement));
    }
    return OK;
}

err demo_people_enter(struct site *site, str people_ini, const struct demo_index *index) {
    struct ini ini;
    TRY(ini_parse(site->run->a, people_ini, &ini));
    for (size_t i = 0; i < ini.count; i++) {
        if (!is_section_start(&ini, i)) continue;
        TRY(enter_person(site, &ini, ini.entries[i].section, index));
    }
    TRY(state_stories(site, &ini, index));
    TRY(state_pictures(site, &ini, index));
    TRY(state_source(site, &ini, STR("site/en"), 0, STR("site")));
    return state_source(site, &ini, STR("site/ko"), 0, STR("site"));
}
