/* consent_form.c: see consent_form.h.
 *
 * Both outputs are made of one file for each language (src/main/consent), so they cannot disagree.
 * A line of it begins with what it is:
 *
 *     =  the title          #  a section begins         ?  a question, answered in words
 *     ~  a word before all  .  something to be read     !  something to be ticked
 *     _  a blank to fill    T  the head of a table, its cells parted by " | "
 *     r  a row of it, each further column of which is ticked
 *     W  the head of a table whose second column says what the first means; w its rows */
#include "main/consent_form.h"

#include "base/embedded.h"
#include "consent_files.h"

enum { CELLS_MAX = 4, ANSWER_LINES = 2 };

static err find_file(const char *name, str *ret_text) {
    for (size_t i = 0; i < COUNT_OF(consent_files); i++) {
        if (!str_eq(str_of(consent_files[i].name), str_of(name))) continue;
        *ret_text = (str){(const char *)consent_files[i].bytes, consent_files[i].size};
        return OK;
    }
    FAIL(ERR_NOT_FOUND, "the program lacks %s", name);
}

static err find_words(struct run *run, str *ret_language, str *ret_text) {
    str language = option_text(run->arguments, "language");
    if (language.len == 0) language = STR("en");
    bool is_known = str_eq(language, STR("en")) || str_eq(language, STR("ko"));
    if (!is_known) {
        return misused(run, "the form is in en and ko, not in '" STR_FMT "'", STR_ARG(language));
    }
    *ret_language = language;
    return find_file(str_eq(language, STR("en")) ? "en.txt" : "ko.txt", ret_text);
}

/* ---- A page ---------------------------------------------------------------------------------- */

/* What is open while the page is written. */
struct form {
    struct buf b;
    bool has_section;
    bool has_table;
    bool has_blanks; /* those at the top, side by side */
    size_t columns;
};

static void add_in(struct buf *b, const char *before, str text, const char *after) {
    buf_add(b, str_of(before));
    html_text(b, text);
    buf_add(b, str_of(after));
}

static size_t split(str text, str cells[CELLS_MAX]) {
    size_t count = 0;
    while (count < CELLS_MAX && text.len > 0) {
        str_cut(text, '|', &cells[count], &text);
        cells[count] = str_trim(cells[count]);
        count++;
    }
    return count;
}

static void add_table(struct form *f, str text, bool has_meaning) {
    str cells[CELLS_MAX];
    f->columns = split(text, cells);
    f->has_table = true;
    buf_add(&f->b, STR("<table>\n<thead><tr>"));
    for (size_t i = 0; i < f->columns; i++) {
        const char *head = i == 0                  ? "<th>"
                           : i == 1 && has_meaning ? "<th class=\"means\">"
                                                   : "<th class=\"narrow\">";
        add_in(&f->b, head, cells[i], "</th>");
    }
    buf_add(&f->b, STR("</tr></thead>\n<tbody>\n"));
}

static void add_row(struct form *f, str text, bool has_meaning) {
    str cells[CELLS_MAX] = {{0}};
    size_t said = split(text, cells);
    add_in(&f->b, "<tr><td>", cells[0], "</td>");
    if (has_meaning) add_in(&f->b, "<td class=\"means\">", cells[1], "</td>");
    for (size_t i = has_meaning ? 2 : said; i < f->columns; i++) {
        buf_add(&f->b, STR("<td><span class=\"box\"></span></td>"));
    }
    buf_add(&f->b, STR("</tr>\n"));
}

static void close_table(struct form *f) {
    if (f->has_table) buf_add(&f->b, STR("</tbody></table>\n"));
    f->has_table = false;
}

static void close_blanks(struct form *f) {
    if (f->has_blanks) buf_add(&f->b, STR("</div>\n"));
    f->has_blanks = false;
}

static void add_blank(struct form *f, str text) {
    if (!f->has_section && !f->has_blanks) {
        buf_add(&f->b, STR("<div class=\"first\">\n"));
        f->has_blanks = true;
    }
    add_in(&f->b, "<div class=\"blank\"><span>", text, "</span><i></i></div>\n");
}

static void add_question(struct form *f, str text) {
    add_in(&f->b, "<div class=\"ask\"><b>", text, "</b>");
    for (int i = 0; i < ANSWER_LINES; i++) buf_add(&f->b, STR("<i></i>"));
    buf_add(&f->b, STR("</div>\n"));
}

static void add_section(struct form *f, str text) {
    if (f->has_section) buf_add(&f->b, STR("</section>\n"));
    add_in(&f->b, "<section>\n<h2>", text, "</h2>\n");
    f->has_section = true;
}

static void add_line(struct form *f, char kind, str text) {
    if (kind != 'r' && kind != 'w') close_table(f);
    if (kind != '_') close_blanks(f);
    switch (kind) {
    case '=': add_in(&f->b, "<h1>", text, "</h1>\n"); break;
    case '~': add_in(&f->b, "<p class=\"lead\">", text, "</p>\n"); break;
    case '#': add_section(f, text); break;
    case '.': add_in(&f->b, "<p>", text, "</p>\n"); break;
    case '?': add_question(f, text); break;
    case '!':
        add_in(&f->b, "<div class=\"tick\"><span class=\"box\"></span><span>", text,
               "</span></div>\n");
        break;
    case '_': add_blank(f, text); break;
    case 'T':
    case 'W': add_table(f, text, kind == 'W'); break;
    default: add_row(f, text, kind == 'w'); break;
    }
}

err consent_form_print(struct run *run) {
    struct form form = {.has_section = false};
    str language;
    str words;
    str style;
    str title;
    str line;
    str done;
    TRY(find_words(run, &language, &words));
    TRY(find_file("form.css", &style));
    str_cut(words, '\n', &title, &line);
    buf_init(&form.b, run->a, LIMIT_TEXT_FILE_BYTES);
    buf_printf(&form.b, "<!doctype html>\n<html lang=\"" STR_FMT "\">\n<head>\n",
               STR_ARG(language));
    buf_add(&form.b, STR("<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                         "content=\"width=device-width\">\n"));
    add_in(&form.b, "<title>", str_skip(title, 2), "</title>\n<style>\n");
    buf_add(&form.b, style);
    buf_add(&form.b, STR("</style>\n</head>\n<body>\n"));
    while (words.len > 0) {
        str_cut(words, '\n', &line, &words);
        if (line.len > 2) add_line(&form, line.ptr[0], str_skip(line, 2));
    }
    close_table(&form);
    buf_add(&form.b, STR("</section>\n</body>\n</html>\n"));
    TRY(buf_finish(&form.b, &done));
    return print_text(done);
}

/* ---- Text ------------------------------------------------------------------------------------ */

static err print_line(char kind, str text, size_t *number) {
    str cells[CELLS_MAX] = {{0}};
    switch (kind) {
    case '=': return print_format(STR_FMT "\n\n", STR_ARG(text));
    case '#': return print_format("\n" STR_FMT "\n\n", STR_ARG(text));
    case '?': return print_format("%zu. " STR_FMT "\n", ++*number, STR_ARG(text));
    case '!': return print_format("[ ] " STR_FMT "\n", STR_ARG(text));
    case '_': return print_format(STR_FMT ": ____\n", STR_ARG(text));
    case 'T':
    case 'W': return print_format(STR_FMT "\n", STR_ARG(text));
    case 'r': return print_format("  " STR_FMT ": [ ] [ ] [ ]\n", STR_ARG(text));
    case 'w':
        split(text, cells);
        return print_format("  " STR_FMT " (" STR_FMT "): [ ] [ ]\n", STR_ARG(cells[0]),
                            STR_ARG(cells[1]));
    default: return print_format(STR_FMT "\n", STR_ARG(text));
    }
}

err consent_questions_print(struct run *run) {
    size_t number = 0;
    str language;
    str words;
    str line;
    TRY(find_words(run, &language, &words));
    while (words.len > 0) {
        str_cut(words, '\n', &line, &words);
        if (line.len > 2) TRY(print_line(line.ptr[0], str_skip(line, 2), &number));
    }
    return OK;
}
