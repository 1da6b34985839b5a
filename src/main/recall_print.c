/* recall_print.c: what a withdrawal took away, in words and as JSON. See recall.h. */
#include "main/recall.h"

enum { FOUND_LINES_MAX = 50 }; /* lines of what was found; the rest is a number */

/* ---- In words -------------------------------------------------------------------------------- */

static err print_list(const char *what, const struct recall_list *list) {
    for (const struct recall_line *line = list->first; line != NULL; line = line->next) {
        TRY(print_format("  %-9s " STR_FMT "\n", what, STR_ARG(line->text)));
    }
    return OK;
}

static err print_three(const struct recall_told *told) {
    const struct recall *r = told->recall;
    TRY(print_format("%s: %zu addresses, %zu picture files, %zu search segments; %zu other pages "
                     "are made without it; %zu packs hold it\n",
                     told->is_drill ? "Would be removed" : "Removed", r->addresses.count,
                     r->pictures.count, r->segments.count, r->anew.count, r->packs.count));
    TRY(print_list("item", &r->items));
    TRY(print_list("address", &r->addresses));
    TRY(print_list("picture", &r->pictures));
    TRY(print_list("segment", &r->segments));
    TRY(print_list("page", &r->anew));
    TRY(print_list("pack", &r->packs));
    TRY(print_text(STR("Asked to remove: nobody. Search engines and others are not asked yet\n"
                       "  yours to remove: a mirror hears of it with the next export site\n"
                       "What cannot be called back:\n"
                       "  editions: none was made\n"
                       "  mails: none was sent\n"
                       "  casts: none was sent\n"
                       "  copies that readers and others made cannot be called back\n")));
    if (r->kept.count == 0) return OK;
    TRY(print_text(STR("A story that stays says these as well; look whether it may:\n")));
    return print_list("", &r->kept);
}

/* Where one was found: the page, or the file. */
static str where(const struct recall_proof *proof, const struct gate_place *place) {
    if (place->path.len > 0) return place->path;
    bool is_known = place->file >= 0 && (size_t)place->file < proof->file_count;
    return is_known ? proof->files[place->file] : STR("a file");
}

static err print_found(const struct recall_told *told) {
    const struct recall *r = told->recall;
    const struct gate_sought *sought = &told->proof->sought;
    for (size_t i = 0; i < sought->count && i < FOUND_LINES_MAX; i++) {
        const struct gate_place *place = &sought->found[i];
        if (place->needle < 0 || (size_t)place->needle >= r->needle_count) continue;
        const struct recall_needle *needle = &r->needles[place->needle];
        str at = where(told->proof, place);
        TRY(print_format("  FOUND     %s '" STR_FMT "' in " STR_FMT "\n", needle->what,
                         STR_ARG(needle->text), STR_ARG(at)));
    }
    if (sought->count <= FOUND_LINES_MAX) return OK;
    return print_format("  and in %zu places more\n", sought->count - FOUND_LINES_MAX);
}

/* In a drill: pieces that are not out today prove nothing afterwards. */
static err print_missed(const struct recall_told *told) {
    const struct gate_sought *sought = &told->proof->sought;
    for (size_t i = 0; i < told->recall->needle_count; i++) {
        const struct recall_needle *needle = &told->recall->needles[i];
        bool is_found = false;
        for (size_t k = 0; k < sought->count && !is_found; k++) {
            is_found = sought->found[k].needle == (int64_t)i;
        }
        if (is_found) continue;
        TRY(print_format("  not out   %s '" STR_FMT "'\n", needle->what, STR_ARG(needle->text)));
    }
    return OK;
}

static err print_proof(const struct recall_told *told) {
    const struct recall *r = told->recall;
    const struct recall_proof *proof = told->proof;
    TRY(print_format(
        "%s: the gate read %lld bytes in %zu files; %lld compressed forms of pages open to "
        "just these pages, %lld bytes\n"
        "  it looked for %zu pieces (address, title, passages, pictures): %zu found\n",
        told->is_drill ? "What is out today" : "Proof", (long long)proof->sought.bytes,
        proof->file_count, (long long)proof->sought.forms, (long long)proof->sought.opened_bytes,
        r->needle_count, proof->found));
    if (r->short_ones.count > 0) {
        TRY(print_text(STR("  too short to be looked for by itself:\n")));
        TRY(print_list("", &r->short_ones));
    }
    if (told->is_drill) return print_missed(told);
    TRY(print_list("ANSWERS", &proof->still));
    return print_found(told);
}

err recall_print(const struct recall_told *told) {
    if (told->recall != NULL) TRY(print_three(told));
    if (told->proof != NULL) return print_proof(told);
    return print_format("There is no proof: %s\n", told->failed.message);
}

/* ---- As JSON --------------------------------------------------------------------------------- */

static void json_list(struct buf *b, const char *name, const struct recall_list *list) {
    buf_printf(b, "\"%s\": [", name);
    for (const struct recall_line *line = list->first; line != NULL; line = line->next) {
        buf_add(b, line == list->first ? STR("\"") : STR(", \""));
        json_text(b, line->text);
        buf_add_byte(b, '"');
    }
    buf_add_byte(b, ']');
}

static void json_three(struct buf *b, const struct recall *r) {
    const struct {
        const char *name;
        const struct recall_list *list;
    } LISTS[] = {{"items", &r->items},       {"addresses", &r->addresses},
                 {"pictures", &r->pictures}, {"segments", &r->segments},
                 {"anew", &r->anew},         {"packs", &r->packs}};
    buf_add(b, STR("\"removed\": {"));
    for (size_t i = 0; i < COUNT_OF(LISTS); i++) {
        if (i > 0) buf_add(b, STR(", "));
        json_list(b, LISTS[i].name, LISTS[i].list);
    }
    buf_add(b, STR("}, \"asked_to_remove\": [], \"cannot_be_called_back\": {\"editions\": [], "
                   "\"mails\": [], \"casts\": []}, "));
    json_list(b, "others_tell", &r->kept);
}

static void json_proof(struct buf *b, const struct recall_told *told) {
    const struct recall *r = told->recall;
    const struct recall_proof *proof = told->proof;
    const struct gate_sought *sought = &proof->sought;
    size_t told_count = 0;
    buf_printf(b,
               "{\"bytes\": %lld, \"files\": %zu, \"forms\": %lld, \"opened_bytes\": %lld, "
               "\"pieces\": %zu, \"pieces_found\": %zu, ",
               (long long)sought->bytes, proof->file_count, (long long)sought->forms,
               (long long)sought->opened_bytes, r->needle_count, proof->found);
    json_list(b, "too_short", &r->short_ones);
    buf_add(b, STR(", "));
    json_list(b, "still_answer", &proof->still);
    buf_add(b, STR(", \"found\": ["));
    for (size_t i = 0; i < sought->count; i++) {
        const struct gate_place *place = &sought->found[i];
        if (place->needle < 0 || (size_t)place->needle >= r->needle_count) continue;
        buf_printf(b, "%s{\"what\": \"%s\", \"text\": \"", told_count++ > 0 ? ", " : "",
                   r->needles[place->needle].what);
        json_text(b, r->needles[place->needle].text);
        buf_add(b, STR("\", \"in\": \""));
        json_text(b, where(proof, place));
        buf_add(b, STR("\"}"));
    }
    buf_add(b, STR("]}"));
}

err recall_print_json(const struct recall_told *told) {
    struct buf b;
    str done;
    buf_init(&b, told->a, LIMIT_MESSAGE_BYTES);
    if (told->recall != NULL) {
        json_three(&b, told->recall);
        buf_add(&b, STR(", "));
    }
    buf_add(&b, STR("\"proof\": "));
    if (told->proof != NULL) {
        json_proof(&b, told);
    } else {
        buf_add(&b, STR("null, \"why_none\": \""));
        json_text(&b, str_of(told->failed.message));
        buf_add_byte(&b, '"');
    }
    TRY(buf_finish(&b, &done));
    return print_text(done);
}
