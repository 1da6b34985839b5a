/* html_table.c: tables. See html.h.
 *
 * A table of lines of text becomes a GFM table. One with cells over several rows or columns, or
 * with blocks in its cells, has no such form: its cells follow each other as paragraphs, so that no
 * word is lost, and the editors are told. */
#include "intake/html_convert.h"

enum { COLUMNS_MAX = 100 };

struct grid {
    const struct html_node **rows; /* NULL while they are only counted */
    size_t row_count;
    size_t column_count;
    bool is_simple;
};

static bool is_cell(const struct html_node *node) {
    return html_is(node, STR("td")) || html_is(node, STR("th"));
}

static bool spans(const struct html_node *cell) {
    str across = html_get(cell, STR("colspan"));
    str down = html_get(cell, STR("rowspan"));
    return (across.len > 0 && !str_eq(across, STR("1"))) ||
           (down.len > 0 && !str_eq(down, STR("1")));
}

/* Blocks that a line cannot hold. One paragraph or division alone is as good as none. */
static size_t blocks_in(const struct html_node *node) {
    size_t total = 0;
    for (const struct html_node *child = node->first; child != NULL; child = child->next) {
        bool is_plain = html_is(child, STR("p")) || html_is(child, STR("div"));
        if (html_is_block(child)) total += is_plain ? 1 : 2;
        total += blocks_in(child);
    }
    return total;
}

static void measure(struct grid *grid, const struct html_node *node) {
    for (const struct html_node *child = node->first; child != NULL; child = child->next) {
        if (html_is(child, STR("thead")) || html_is(child, STR("tbody")) ||
            html_is(child, STR("tfoot"))) {
            measure(grid, child);
        }
        if (!html_is(child, STR("tr"))) continue;
        size_t columns = 0;
        for (const struct html_node *cell = child->first; cell != NULL; cell = cell->next) {
            if (!is_cell(cell)) continue;
            columns++;
            if (spans(cell) || blocks_in(cell) > 1) grid->is_simple = false;
        }
        if (columns > grid->column_count) grid->column_count = columns;
        if (columns > 0 && grid->rows != NULL) grid->rows[grid->row_count] = child;
        if (columns > 0) grid->row_count++;
    }
}

static bool is_heading_row(const struct html_node *row) {
    for (const struct html_node *cell = row->first; cell != NULL; cell = cell->next) {
        if (html_is(cell, STR("td"))) return html_is(row->parent, STR("thead"));
    }
    return true;
}

static err write_row(struct converter *c, const struct grid *grid, const struct html_node *row) {
    size_t column = 0;
    writer_raw(&c->w, STR("|"));
    for (const struct html_node *cell = row->first; cell != NULL; cell = cell->next) {
        if (!is_cell(cell)) continue;
        writer_raw(&c->w, STR(" "));
        c->w.in_paragraph = true;
        c->w.last = 0;
        TRY(convert_children(c, cell));
        writer_end_paragraph(&c->w);
        writer_raw(&c->w, STR(" |"));
        column++;
    }
    for (; column < grid->column_count; column++) writer_raw(&c->w, STR("  |"));
    return OK;
}

static err write_table(struct converter *c, const struct grid *grid) {
    size_t from = is_heading_row(grid->rows[0]) ? 1 : 0;
    writer_block(&c->w);
    c->w.is_one_line = true;
    c->w.is_in_table = true;
    writer_raw(&c->w, from == 0 ? STR("|") : STR(""));
    for (size_t i = 0; from == 0 && i < grid->column_count; i++) writer_raw(&c->w, STR("  |"));
    if (from == 1) TRY(write_row(c, grid, grid->rows[0]));
    writer_line(&c->w);
    writer_raw(&c->w, STR("|"));
    for (size_t i = 0; i < grid->column_count; i++) writer_raw(&c->w, STR("---|"));
    for (size_t i = from; i < grid->row_count; i++) {
        writer_line(&c->w);
        TRY(write_row(c, grid, grid->rows[i]));
    }
    c->w.is_one_line = false;
    c->w.is_in_table = false;
    return OK;
}

/* What stands in a table but in no cell: a caption, stray text. */
static err write_outside(struct converter *c, const struct html_node *node) {
    for (const struct html_node *child = node->first; child != NULL; child = child->next) {
        if (is_cell(child)) continue;
        bool is_part = html_is(child, STR("thead")) || html_is(child, STR("tbody")) ||
                       html_is(child, STR("tfoot")) || html_is(child, STR("tr"));
        TRY(is_part ? write_outside(c, child) : convert_node(c, child));
    }
    return OK;
}

err convert_table(struct converter *c, const struct html_node *node) {
    struct grid grid = {.is_simple = !c->w.is_one_line};
    measure(&grid, node);
    TRY(convert_end_paragraph(c));
    bool is_plain = grid.is_simple && grid.column_count <= COLUMNS_MAX;
    if (!is_plain) {
        str text = {0};
        TRY(convert_text_of(c, node, &text));
        TRY(convert_note(c, STR("table"), text));
        return convert_block(c, node);
    }
    TRY(write_outside(c, node));
    TRY(convert_end_paragraph(c));
    if (grid.row_count == 0) return OK;
    grid.rows = arena_array(c->arena, grid.row_count, sizeof(struct html_node *));
    if (grid.rows == NULL) FAIL(ERR_NO_MEMORY, "no memory for a table");
    grid.row_count = 0;
    measure(&grid, node);
    return write_table(c, &grid);
}
