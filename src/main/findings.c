/* findings.c: see findings.h. */
#include "main/findings.h"

#include <unistd.h>

#include "main/command.h"

static const char *severity_word(int64_t severity) {
    return severity == GATE_ANSWERED ? "answered" : severity == GATE_WARNS ? "warns" : "blocks";
}

/* One line of what stands there: its own line breaks would part it. */
static err print_one_line(str text) {
    while (text.len > 0) {
        str line;
        bool goes_on = str_cut(text, '\n', &line, &text);
        TRY(print_text(line));
        if (goes_on) TRY(print_text(STR(" ")));
    }
    return OK;
}

static err print_passage(const struct gate_finding *finding) {
    bool is_terminal = isatty(STDOUT_FILENO) == 1;
    TRY(print_text(STR("        ")));
    TRY(print_one_line(finding->before));
    TRY(print_text(is_terminal ? STR("\033[1;7m") : STR("[[")));
    TRY(print_one_line(finding->passage));
    TRY(print_text(is_terminal ? STR("\033[0m") : STR("]]")));
    TRY(print_one_line(finding->after));
    return print_text(STR("\n"));
}

err findings_print(const struct gate_finding *finding) {
    bool blocks = finding->severity == GATE_BLOCKS;
    TRY(print_format("    " STR_FMT "%s%s at " STR_FMT, STR_ARG(finding->rule), blocks ? "" : " ",
                     blocks ? "" : severity_word(finding->severity), STR_ARG(finding->place)));
    if (finding->line > 0) {
        TRY(print_format(", line %lld, column %lld", (long long)finding->line,
                         (long long)finding->column));
    }
    TRY(print_format(": " STR_FMT "\n", STR_ARG(finding->text)));
    if (finding->passage.len > 0) TRY(print_passage(finding));
    return print_format("        " STR_FMT "\n", STR_ARG(finding->way_out));
}

static void member(struct buf *b, const char *name, str value) {
    buf_printf(b, ", \"%s\": \"", name);
    json_text(b, value);
    buf_add_byte(b, '"');
}

err findings_json(struct buf *b, const struct gate_finding *finding) {
    buf_printf(b, "{\"severity\": \"%s\"", severity_word(finding->severity));
    member(b, "rule", finding->rule);
    member(b, "place", finding->place);
    member(b, "text", finding->text);
    member(b, "way_out", finding->way_out);
    if (finding->line > 0) {
        buf_printf(b, ", \"line\": %lld, \"column\": %lld", (long long)finding->line,
                   (long long)finding->column);
        member(b, "before", finding->before);
        member(b, "passage", finding->passage);
        member(b, "after", finding->after);
    }
    buf_add_byte(b, '}');
    return buf_check(b);
}
