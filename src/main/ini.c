/* ini.c: see ini.h. */
#include "main/ini.h"

err ini_parse(struct arena *a, str text, struct ini *ret_ini) {
    size_t lines = 1;
    size_t number = 0;
    str section = STR("");
    for (size_t i = 0; i < text.len; i++) lines += text.ptr[i] == '\n';
    struct ini ini = {.entries = arena_array(a, lines, sizeof *ini.entries)};
    if (ini.entries == NULL) FAIL(ERR_NO_MEMORY, "no memory for the settings");
    while (text.len > 0) {
        str line;
        struct ini_entry entry = {.section = section, .line = ++number};
        str_cut(text, '\n', &line, &text);
        line = str_trim(line);
        if (line.len == 0 || line.ptr[0] == '#') continue;
        if (line.ptr[0] == '[' && str_ends(line, STR("]"))) {
            section = str_trim(str_slice(line, 1, line.len - 1));
            continue;
        }
        if (!str_cut(line, '=', &entry.key, &entry.value)) {
            FAIL(ERR_INVALID, "line %zu is neither 'key = value' nor '[section]'", number);
        }
        entry.key = str_trim(entry.key);
        entry.value = str_trim(entry.value);
        ini.entries[ini.count++] = entry;
    }
    *ret_ini = ini;
    return OK;
}

str ini_get(const struct ini *ini, str section, str key) {
    str value = {0};
    for (size_t i = 0; i < ini->count; i++) {
        const struct ini_entry *entry = &ini->entries[i];
        if (str_eq(entry->section, section) && str_eq(entry->key, key)) value = entry->value;
    }
    return value;
}
