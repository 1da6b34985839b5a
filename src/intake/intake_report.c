/* intake_report.c: what an import says at its end. See intake.h. */
#include "intake/intake_impl.h"

err report_add(struct arena *a, struct intake_list *list, str what, str name, str why) {
    struct intake_line *line = arena_alloc(a, sizeof *line);
    if (line == NULL) FAIL(ERR_NO_MEMORY, "no memory for the report");
    TRY(arena_copy(a, what, &line->what));
    TRY(arena_copy(a, name, &line->name));
    TRY(arena_copy(a, why, &line->why));
    if (list->tail == NULL) list->tail = &list->first;
    *list->tail = line;
    list->tail = &line->next;
    list->count++;
    return OK;
}

struct intake_type *report_type(struct intake_report *report, struct arena *a, str name) {
    for (size_t i = 0; i < report->type_count; i++) {
        if (str_eq(report->types[i].name, name)) return &report->types[i];
    }
    struct intake_type *last = &report->types[INTAKE_TYPES_MAX - 1];
    str copy = {0};
    if (report->type_count == INTAKE_TYPES_MAX) return last;
    bool is_last = report->type_count == INTAKE_TYPES_MAX - 1;
    if (is_last || arena_copy(a, name, &copy).kind != ERR_NONE) copy = STR("others");
    struct intake_type *type = &report->types[report->type_count++];
    type->name = copy;
    return type;
}

bool intake_report_sums(const struct intake_report *report) {
    for (size_t i = 0; i < report->type_count; i++) {
        const struct intake_type *t = &report->types[i];
        if (t->found != t->imported + t->updated + t->unchanged + t->skipped) return false;
    }
    return true;
}

static struct intake_type total_of(const struct intake_report *report) {
    struct intake_type total = {.name = STR("all")};
    for (size_t i = 0; i < report->type_count; i++) {
        total.found += report->types[i].found;
        total.imported += report->types[i].imported;
        total.updated += report->types[i].updated;
        total.unchanged += report->types[i].unchanged;
        total.skipped += report->types[i].skipped;
    }
    return total;
}

/* --- For people --- */

static void text_row(struct buf *b, const struct intake_type *t) {
    buf_printf(b, "  %-20.*s %8llu %9llu %8llu %10llu %8llu\n", STR_ARG(t->name),
               (unsigned long long)t->found, (unsigned long long)t->imported,
               (unsigned long long)t->updated, (unsigned long long)t->unchanged,
               (unsigned long long)t->skipped);
}

static void text_list(struct buf *b, const char *title, const struct intake_list *list) {
    if (list->count == 0) return;
    buf_printf(b, "\n%s: %llu\n", title, (unsigned long long)list->count);
    for (const struct intake_line *line = list->first; line != NULL; line = line->next) {
        str parts[] = {line->what, line->name, line->why};
        const char *between = "  ";
        for (size_t i = 0; i < COUNT_OF(parts); i++) {
            if (parts[i].len == 0) continue;
            buf_printf(b, "%s" STR_FMT, between, STR_ARG(parts[i]));
            between = ": ";
        }
        buf_add_byte(b, '\n');
    }
}

void intake_report_text(struct buf *b, const struct intake_report *report) {
    struct intake_type total = total_of(report);
    buf_printf(b, STR_FMT "\n", STR_ARG(report->source));
    if (report->address.len > 0) buf_printf(b, "from " STR_FMT "\n", STR_ARG(report->address));
    buf_printf(b, "\n  %-20s %8s %9s %8s %10s %8s\n", "", "found", "imported", "updated",
               "unchanged", "skipped");
    for (size_t i = 0; i < report->type_count; i++) text_row(b, &report->types[i]);
    text_row(b, &total);
    buf_printf(b, "\nPictures: %llu in the archive (%llu new), %llu missing, %llu refused\n",
               (unsigned long long)report->pictures_found, (unsigned long long)report->pictures_new,
               (unsigned long long)report->pictures_missing.count,
               (unsigned long long)report->pictures_refused.count);
    buf_printf(b, "Topics: %llu\n", (unsigned long long)report->topics);
    buf_printf(b, "Comments, not imported: %llu\n", (unsigned long long)report->comments);
    buf_printf(b, "Links to pages of the old site that did not come along: %llu\n",
               (unsigned long long)report->links_unknown);
    text_list(b, "Skipped", &report->skipped);
    text_list(b, "Pictures missing", &report->pictures_missing);
    text_list(b, "Pictures refused", &report->pictures_refused);
    text_list(b, "Links removed, their text kept", &report->links_removed);
    text_list(b, "Not converted, kept as notes for editors", &report->notes);
}

/* --- For programs --- */

static void json_string(struct buf *b, const char *key, str value) {
    buf_printf(b, "\"%s\":\"", key);
    json_text(b, value);
    buf_add(b, STR("\""));
}

static void json_number(struct buf *b, const char *key, uint64_t value) {
    buf_printf(b, "\"%s\":%llu", key, (unsigned long long)value);
}

static void json_row(struct buf *b, const struct intake_type *t) {
    const struct {
        const char *key;
        uint64_t value;
    } numbers[] = {{"found", t->found},
                   {"imported", t->imported},
                   {"updated", t->updated},
                   {"unchanged", t->unchanged},
                   {"skipped", t->skipped}};
    buf_add_byte(b, '{');
    json_string(b, "type", t->name);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        buf_add_byte(b, ',');
        json_number(b, numbers[i].key, numbers[i].value);
    }
    buf_add_byte(b, '}');
}

static void json_list(struct buf *b, const char *key, const struct intake_list *list) {
    buf_printf(b, ",\"%s\":[", key);
    for (const struct intake_line *line = list->first; line != NULL; line = line->next) {
        if (line != list->first) buf_add_byte(b, ',');
        buf_add_byte(b, '{');
        json_string(b, "what", line->what);
        buf_add_byte(b, ',');
        json_string(b, "name", line->name);
        buf_add_byte(b, ',');
        json_string(b, "why", line->why);
        buf_add_byte(b, '}');
    }
    buf_add_byte(b, ']');
}

void intake_report_json(struct buf *b, const struct intake_report *report) {
    struct intake_type total = total_of(report);
    buf_add_byte(b, '{');
    json_string(b, "source", report->source);
    buf_add_byte(b, ',');
    json_string(b, "address", report->address);
    buf_add(b, STR(",\"types\":["));
    for (size_t i = 0; i < report->type_count; i++) {
        if (i > 0) buf_add_byte(b, ',');
        json_row(b, &report->types[i]);
    }
    buf_add(b, STR("],\"total\":"));
    json_row(b, &total);
    buf_add(b, STR(",\"pictures\":{"));
    json_number(b, "found", report->pictures_found);
    buf_add_byte(b, ',');
    json_number(b, "new", report->pictures_new);
    buf_add_byte(b, ',');
    json_number(b, "missing", report->pictures_missing.count);
    buf_add_byte(b, ',');
    json_number(b, "refused", report->pictures_refused.count);
    buf_add(b, STR("},"));
    json_number(b, "topics", report->topics);
    buf_add_byte(b, ',');
    json_number(b, "comments", report->comments);
    buf_add_byte(b, ',');
    json_number(b, "links_removed", report->links_removed.count);
    buf_add_byte(b, ',');
    json_number(b, "links_unknown", report->links_unknown);
    json_list(b, "skipped", &report->skipped);
    json_list(b, "pictures_missing", &report->pictures_missing);
    json_list(b, "pictures_refused", &report->pictures_refused);
    json_list(b, "links", &report->links_removed);
    json_list(b, "notes", &report->notes);
    buf_add(b, STR("}\n"));
}
