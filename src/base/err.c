/* err.c: see err.h. */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

/* vsnprintf cuts at a byte; a reader should not meet half a Korean syllable. */
static void drop_half_character(char *text) {
    size_t len = strlen(text);
    size_t start = len;
    while (start > 0 && len - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) start--;
    if (start == 0) return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (need > 1 && len - (start - 1) < need) text[start - 1] = '\0';
}

err err_make(enum err_kind kind, const char *file, int line, const char *format, ...) {
    err e = {.kind = kind, .file = file, .line = line};
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(e.message, sizeof e.message, format, arguments);
    va_end(arguments);
    if (len < 0) e.message[0] = '\0';
    if (len >= (int)sizeof e.message) drop_half_character(e.message);
    return e;
}

err err_wrap(err inner, const char *format, ...) {
    if (inner.kind == ERR_NONE) return inner;
    err e = {.kind = inner.kind, .file = inner.file, .line = inner.line};
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(e.message, sizeof e.message, format, arguments);
    va_end(arguments);
    size_t used = len < 0 ? 0 : strlen(e.message);
    int more = snprintf(e.message + used, sizeof e.message - used, ": %s", inner.message);
    if (more < 0 || used + (size_t)more >= sizeof e.message) drop_half_character(e.message);
    return e;
}

const char *err_kind_name(enum err_kind kind) {
    static const char *const names[] = {
        [ERR_NONE] = "none",       [ERR_NO_MEMORY] = "memory",    [ERR_IO] = "io",
        [ERR_INVALID] = "invalid", [ERR_NOT_FOUND] = "not found", [ERR_EXISTS] = "exists",
        [ERR_LIMIT] = "limit",     [ERR_DENIED] = "denied",       [ERR_BUSY] = "busy",
    };
    _Static_assert(sizeof names / sizeof names[0] == ERR_KIND_COUNT, "one name for each kind");
    return kind < ERR_KIND_COUNT ? names[kind] : "unknown";
}
