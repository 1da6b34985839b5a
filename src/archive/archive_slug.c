/* archive_slug.c: slugs, paths and keys, and what texts may be.
 *
 * A slug is the readable end of an address: letters, digits and '-' between words. ASCII letters
 * become small; every other script stays as it is written. Punctuation of any script is dropped,
 * and so are invisible characters, which would make two addresses that look the same. */
#include "archive/archive_impl.h"
#include "base/unicode.h"

/* ---- What texts may be ---------------------------------------------------------------------- */

err text_check(const char *what, str text, size_t max) {
    if (text.len > max) {
        FAIL(ERR_LIMIT, "%s: %zu bytes, at most %zu are accepted", what, text.len, max);
    }
    if (!utf8_is_valid(text)) FAIL(ERR_INVALID, "%s: not UTF-8", what);
    if (str_find_byte(text, '\0') != STR_NONE) FAIL(ERR_INVALID, "%s: holds a NUL", what);
    return OK;
}

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_subtag(str subtag) {
    for (size_t i = 0; i < subtag.len; i++) {
        if (!is_letter(subtag.ptr[i]) && !is_digit(subtag.ptr[i])) return false;
    }
    return subtag.len >= 1 && subtag.len <= 8;
}

/* The first subtag must be small: "EN" and "en" would be two languages and two folders. */
static bool is_language(str language) {
    str first = {0};
    str rest = {0};
    bool has_more = str_cut(language, '-', &first, &rest);
    if (first.len < 2 || first.len > 8) return false;
    for (size_t i = 0; i < first.len; i++) {
        if (first.ptr[i] < 'a' || first.ptr[i] > 'z') return false;
    }
    while (has_more) {
        str subtag = {0};
        has_more = str_cut(rest, '-', &subtag, &rest);
        if (!is_subtag(subtag)) return false;
    }
    return true;
}

err language_check(str language) {
    TRY(text_check("language", language, LIMIT_LANGUAGE_BYTES));
    if (is_language(language)) return OK;
    FAIL(ERR_INVALID, "\"" STR_FMT "\" is not a language tag such as en, ko or ko-KP",
         STR_ARG(language));
}

err language_check_or_empty(str language) {
    return language.len == 0 ? OK : language_check(language);
}

/* ---- Slugs ---------------------------------------------------------------------------------- */

/* Signs between words, outside ASCII: Latin-1's, General Punctuation, CJK's, full-width ASCII's. */
static bool is_separator(uint32_t c) {
    if (c < 0x80) return !(is_letter((char)c) || is_digit((char)c));
    if (c < 0xC0) return c != 0xAA && c != 0xB5 && c != 0xBA; /* ª µ º are letters */
    return c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c <= 0x206F) || (c >= 0x2E00 && c <= 0x2E7F) ||
           (c >= 0x3000 && c <= 0x3004) || (c >= 0x3008 && c <= 0x3020) || c == 0x30FB ||
           (c >= 0xFE10 && c <= 0xFE1F) || (c >= 0xFE30 && c <= 0xFE6F) ||
           (c >= 0xFF01 && c <= 0xFF0F) || (c >= 0xFF1A && c <= 0xFF20) ||
           (c >= 0xFF3B && c <= 0xFF40) || (c >= 0xFF5B && c <= 0xFF65);
}

/* The beginning of `slug` that fits into `max` bytes, without a '-' or half a character at its
 * end. */
static str cut_slug(str slug, size_t max) {
    str cut = utf8_cut(slug, max);
    while (str_ends(cut, STR("-"))) cut = str_slice(cut, 0, cut.len - 1);
    return cut;
}

err slug_make(struct arena *a, str text, str *ret_slug) {
    struct buf b;
    bool is_between = false;
    buf_init(&b, a, LIMIT_SLUG_BYTES + 8); /* a '-' and the last character may pass the limit */
    while (text.len > 0 && b.len < LIMIT_SLUG_BYTES) {
        uint32_t c = utf8_take(&text);
        if (c == UNICODE_BAD || unicode_is_invisible(c)) continue;
        if (is_separator(c)) {
            is_between = true;
            continue;
        }
        if (is_between && b.len > 0) buf_add_byte(&b, '-');
        is_between = false;
        utf8_add(&b, c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    str slug = {0};
    TRY(buf_finish(&b, &slug));
    slug = cut_slug(slug, LIMIT_SLUG_BYTES);
    *ret_slug = slug.len > 0 ? slug : STR("untitled");
    return OK;
}

err slug_number(struct arena *a, str slug, int number, str *ret_slug) {
    str ending = {0};
    TRY(arena_printf(a, &ending, "-%d", number));
    str beginning = cut_slug(slug, LIMIT_SLUG_BYTES - ending.len);
    return arena_printf(a, ret_slug, STR_FMT STR_FMT, STR_ARG(beginning), STR_ARG(ending));
}

/* First parts of the site's own paths below a language ("feed.xml" cannot be a slug: it has a dot).
 * A page lies beside them; the other kinds keep away too, "/en/blog/page/" being the lists'. */
bool slug_is_reserved(str slug) {
    static const char *const reserved[] = {"404",  "410",     "assets", "blog",  "media",
                                           "page", "reports", "search", "topics"};
    for (size_t i = 0; i < COUNT_OF(reserved); i++) {
        if (str_eq(slug, str_of(reserved[i]))) return true;
    }
    return false;
}

/* ---- Paths and keys ------------------------------------------------------------------------- */

err archive_version_key(struct arena *a, const struct archive_version *version, str *ret_key) {
    return arena_printf(a, ret_key, "%lld/" STR_FMT, (long long)version->group,
                        STR_ARG(version->language));
}

static const char *folder_of(enum archive_kind kind) {
    switch (kind) {
    case ARCHIVE_STORY:
    case ARCHIVE_POST: return "blog/";
    case ARCHIVE_REPORT: return "reports/";
    case ARCHIVE_PAGE:
    case ARCHIVE_KIND_COUNT: break;
    }
    return "";
}

err archive_public_path(struct arena *a, const struct archive_version *version, str *ret_path) {
    return arena_printf(a, ret_path, "/" STR_FMT "/%s" STR_FMT "/", STR_ARG(version->language),
                        folder_of(version->kind), STR_ARG(version->slug));
}
