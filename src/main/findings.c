/* findings.c: see findings.h. */
#include "main/findings.h"

#include "main/command.h"

static const char *severity_word(int64_t severity) {
    return severity == GATE_ANSWERED ? "answered" : severity == GATE_WARNS ? "warns" : "blocks";
}

static err print_passage(const struct gate_finding *finding) {
    TRY(print_text(STR("        ")));
    TRY(print_one_line(finding->before));
    TRY(print_mark(true));
    TRY(print_one_line(finding->passage));
    TRY(print_mark(false));
    TRY(print_one_line(finding->after));
    return print_text(STR("\n"));
}

static str korean_place(str place) {
    static const struct {
        const char *english;
        const char *korean;
    } words[] = {{"title", "제목"}, {"deck", "부제"}, {"body", "본문"}, {"slug", "웹 주소"}};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_eq(place, str_of(words[i].english))) return str_of(words[i].korean);
    }
    return place;
}

static err print_in_korean(const struct gate_finding *finding, const struct rule_row *row) {
    static const char *const severities[] = {
        [GATE_BLOCKS] = "막음", [GATE_WARNS] = "경고", [GATE_ANSWERED] = "허용됨"};
    bool is_answered = finding->severity == GATE_ANSWERED;
    TRY(print_format("    %s %s, " STR_FMT, row->id, severities[finding->severity],
                     STR_ARG(korean_place(finding->place))));
    if (finding->line > 0) {
        TRY(print_format(" %lld행 %lld번째 글자", (long long)finding->line,
                         (long long)finding->column));
    }
    TRY(print_format(": %s\n", row->in[RULE_KOREAN].refuses));
    if (finding->passage.len > 0) TRY(print_passage(finding));
    TRY(print_format("        (" STR_FMT ")\n", STR_ARG(finding->text)));
    str way_out = is_answered ? finding->way_out : str_of(row->in[RULE_KOREAN].resolves);
    return print_format("        " STR_FMT "\n", STR_ARG(way_out));
}

err findings_print(const struct gate_finding *finding, enum rule_language language) {
    bool blocks = finding->severity == GATE_BLOCKS;
    enum rule rule = rule_of_id(finding->rule);
    bool is_known =
        rule < RULE_COUNT && finding->severity >= GATE_BLOCKS && finding->severity <= GATE_ANSWERED;
    if (language == RULE_KOREAN && is_known) return print_in_korean(finding, rule_row_of(rule));
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

err findings_json(struct buf *b, const struct gate_finding *finding, enum rule_language language) {
    enum rule rule = rule_of_id(finding->rule);
    buf_printf(b, "{\"severity\": \"%s\"", severity_word(finding->severity));
    member(b, "rule", finding->rule);
    member(b, "place", finding->place);
    member(b, "text", finding->text);
    member(b, "way_out", finding->way_out);
    if (rule < RULE_COUNT) {
        member(b, "refuses", str_of(rule_row_of(rule)->in[language].refuses));
        member(b, "resolves", str_of(rule_row_of(rule)->in[language].resolves));
    }
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
