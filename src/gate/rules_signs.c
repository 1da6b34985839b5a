/* rules_signs.c: see rules_signs.h. */
#include "gate/rules_signs.h"

#include "base/unicode.h"
#include "gate/passage.h"
#include "gate/rules_text.h"

enum { TOLD_MAX = 20 }; /* of one text and rule */

struct reading {
    struct arena *a;
    const struct signs_of_text *signs;
    struct findings *findings;
    size_t told;
};

static err tell(struct reading *r, enum rule rule, struct passage passage, str text) {
    const struct rule_use *use = r->signs->use;
    const struct rule_row *row = rule_row_of(rule);
    struct gate_finding finding = {.place = r->signs->place,
                                   .severity = GATE_WARNS,
                                   .text = text,
                                   .way_out = str_of(row->in[RULE_ENGLISH].resolves)};
    if (r->told++ >= TOLD_MAX) return OK;
    const struct ledger_override *answer =
        rules_answer_for(r->signs->ledger, use->key, use->source, str_of(row->id), STR(""));
    if (answer != NULL) TRY(rules_answered(r->a, answer, &finding));
    TRY(passage_show(r->a, &passage, &finding));
    return findings_put(r->findings, rule, finding);
}

/* ---- R20 ------------------------------------------------------------------------------------ */

enum script { SCRIPT_NONE, SCRIPT_LATIN, SCRIPT_GREEK, SCRIPT_CYRILLIC, SCRIPT_ARMENIAN };

/* Of the scripts whose letters are taken for each other's. */
static enum script script_of(uint32_t c) {
    bool is_ascii = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_ascii || (c >= 0xC0 && c < 0x250 && c != 0xD7 && c != 0xF7)) return SCRIPT_LATIN;
    if (c >= 0x370 && c < 0x400) return SCRIPT_GREEK;
    if (c >= 0x400 && c < 0x530) return SCRIPT_CYRILLIC;
    return c >= 0x531 && c < 0x590 ? SCRIPT_ARMENIAN : SCRIPT_NONE;
}

/* Scripts and emoji that are written with joiners: there they belong. */
static bool wants_joiner(uint32_t before) {
    return (before >= 0x600 && before < 0x1000) || before == 0xFE0F || before == 0x2764 ||
           (before >= 0x1F000 && before < 0x1FB00);
}

/* Not printed: a line may end and be indented, and nothing else is said by those. */
static bool is_control(uint32_t c) {
    bool is_space = c == '\n' || c == '\r' || c == '\t';
    return (c < 0x20 && !is_space) || (c >= 0x7F && c < 0xA0);
}

/* Soft hyphens part words, and variation selectors choose between two forms of an emoji: neither
 * hides anything. A mark of byte order is nothing at the beginning. */
static bool hides(uint32_t c, uint32_t before) {
    if (is_control(c)) return true;
    if (!unicode_is_invisible(c) || c == 0xAD) return false;
    if (c == 0x200C || c == 0x200D) return !wants_joiner(before);
    if (c >= 0xE0020 && c <= 0xE007F) return before < 0x1F000; /* else the tags of a flag */
    return !(c == 0xFEFF && before == 0);
}

/* A word, while its letters are read. */
struct word {
    size_t from;
    enum script script; /* SCRIPT_NONE: none has begun */
    bool is_told;
};

static size_t end_of_word(str text, size_t at) {
    str rest = str_skip(text, at);
    while (rest.len > 0) {
        str before = rest;
        if (script_of(utf8_take(&rest)) == SCRIPT_NONE) return text.len - before.len;
    }
    return text.len;
}

static err read_letter(struct reading *r, struct word *word, uint32_t c, struct passage at) {
    enum script script = script_of(c);
    if (script == SCRIPT_NONE) {
        word->script = SCRIPT_NONE;
        return OK;
    }
    if (word->script == SCRIPT_NONE) {
        *word = (struct word){.from = at.from, .script = script};
        return OK;
    }
    if (script == word->script || word->is_told) return OK;
    word->is_told = true;
    at.from = word->from;
    at.to = end_of_word(at.text, at.to);
    return tell(r, RULE_R20, at, STR("a word of two scripts: letters that look alike"));
}

static err read_letters(struct reading *r) {
    str rest = r->signs->text;
    struct word word = {.script = SCRIPT_NONE};
    uint32_t before = 0;
    while (rest.len > 0) {
        struct passage at = {.text = r->signs->text, .from = r->signs->text.len - rest.len};
        uint32_t c = utf8_take(&rest);
        at.to = r->signs->text.len - rest.len;
        if (c != UNICODE_BAD && hides(c, before)) {
            TRY(tell(r, RULE_R20, at, STR("here stands a character that nobody sees")));
        }
        TRY(read_letter(r, &word, c, at));
        before = c;
    }
    return OK;
}

/* ---- R18 ------------------------------------------------------------------------------------ */

static const char *const PRIVATE[] = {
    "drive.google.com", "docs.google.com", "dropbox.com",    "1drv.ms",      "onedrive.live.com",
    "sharepoint.com",   "icloud.com",      "wetransfer.com", "//we.tl/",     "notion.so",
    "mega.nz",          "//box.com",       "app.box.com",    ".slack.com",   "trello.com",
    "/wp-admin",        "?preview=",       "&preview=",      "preview=true", "/ghost/#/",
    "file://",          "//localhost",     "//127.",         "//10.",        "//192.168.",
    ".local/",
};

static bool ends_link(char c) {
    return str_is_space(c) || c == ')' || c == '>' || c == '"' || c == ']' || c == '<';
}

/* Every run of characters that holds "://": where links begin, whatever is around them. */
static err read_links(struct reading *r) {
    str text = r->signs->text;
    size_t from = 0;
    for (size_t at = str_find(text, STR("://")); at != STR_NONE;) {
        size_t begin = at;
        size_t end = at;
        while (begin > from && !ends_link(text.ptr[begin - 1]) && text.ptr[begin - 1] != '(')
            begin--;
        while (end < text.len && !ends_link(text.ptr[end])) end++;
        str link = str_slice(text, begin, end);
        bool is_private = false;
        for (size_t i = 0; i < COUNT_OF(PRIVATE) && !is_private; i++) {
            is_private = str_contains(link, str_of(PRIVATE[i]));
        }
        if (is_private) {
            TRY(tell(r, RULE_R18, (struct passage){text, begin, end},
                     STR("this leads to where people keep what is not public")));
        }
        from = end;
        size_t next = str_find(str_skip(text, end), STR("://"));
        at = next == STR_NONE ? STR_NONE : end + next;
    }
    return OK;
}

err rules_read_signs(struct arena *a, const struct signs_of_text *signs,
                     struct findings *findings) {
    struct reading r = {.a = a, .signs = signs, .findings = findings};
    TRY(read_letters(&r));
    r.told = 0;
    return read_links(&r);
}
