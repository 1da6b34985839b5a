/* mustache.c: see mustache.h. First the compiler, then the renderer. */
#include "press/mustache.h"

#include <string.h>

#include "base/unicode.h"

enum step_kind { STEP_TEXT, STEP_VARIABLE, STEP_RAW, STEP_SECTION, STEP_INVERTED, STEP_PARTIAL };

struct step {
    enum step_kind kind;
    uint32_t end;        /* of a section: the step after its last one */
    uint32_t part_count; /* of a name: {{a.b}} has two parts, {{.}} none */
    bool is_alone;       /* a partial on a line of its own: its lines get the indentation */
    str text;            /* a literal, a name as written, or a partial's indentation */
    const str *parts;    /* of a name */
    const struct template *partial; /* NULL: not in the set */
};

struct template {
    str name;
    str text;
    struct step *steps;
    size_t step_count;
};

struct mustache {
    struct template *templates;
    size_t count;
};

/* ---- The compiler --------------------------------------------------------------------------- */

struct compiler {
    struct arena *arena;
    const struct mustache *set;
    struct template *template;
    str text;    /* the source */
    size_t at;   /* where the next bytes are read */
    str opening; /* the delimiters of the moment */
    str closing;
    size_t step_room;
    uint32_t sections[LIMIT_DEPTH]; /* the steps of the sections that are open */
    size_t section_count;
};

static int line_at(const struct compiler *c, size_t at) {
    int line = 1;
    for (size_t i = 0; i < at && i < c->text.len; i++) line += c->text.ptr[i] == '\n';
    return line;
}

/* What is wrong, with the place where a person finds it. */
static err wrong_at(const struct compiler *c, size_t at, const char *what, str about) {
    return err_make(ERR_INVALID, __FILE__, __LINE__, "template " STR_FMT ", line %d: %s " STR_FMT,
                    STR_ARG(c->template->name), line_at(c, at), what, STR_ARG(about));
}

static err add_step(struct compiler *c, struct step step) {
    struct template *t = c->template;
    if (t->step_count == c->step_room) {
        size_t room = c->step_room == 0 ? 16 : c->step_room * 2;
        struct step *grown = arena_grow(c->arena, t->steps, c->step_room * sizeof *t->steps,
                                        room * sizeof *t->steps);
        if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for a template");
        t->steps = grown;
        c->step_room = room;
    }
    t->steps[t->step_count++] = step;
    return OK;
}

static err add_text(struct compiler *c, size_t from, size_t to) {
    if (from == to) return OK;
    return add_step(c, (struct step){.kind = STEP_TEXT, .text = str_slice(c->text, from, to)});
}

static err split_name(struct compiler *c, size_t at, struct step *step) {
    str name = step->text;
    if (name.len == 0) return wrong_at(c, at, "a tag without a name:", STR("{{}}"));
    if (str_eq(name, STR("."))) return OK;
    size_t count = 1;
    for (size_t i = 0; i < name.len; i++) count += name.ptr[i] == '.';
    str *parts = arena_array(c->arena, count, sizeof *parts);
    if (parts == NULL) FAIL(ERR_NO_MEMORY, "no memory for a template");
    str rest = name;
    for (size_t i = 0; i < count; i++) {
        str_cut(rest, '.', &parts[i], &rest);
        if (parts[i].len == 0) return wrong_at(c, at, "this is not a name:", name);
    }
    step->parts = parts;
    step->part_count = (uint32_t)count;
    return OK;
}

/* A tag as it stands in the source. */
struct tag {
    char sign;   /* # ^ / > ! = & { or 0 for a plain variable */
    str inside;  /* without sign and blanks */
    size_t from; /* the bytes it takes, with its delimiters */
    size_t to;
    size_t line_from; /* when it stands alone on its line: the whole line, else as from and to */
    size_t line_to;
    bool is_alone;
};

/* A tag that prints nothing and stands alone takes its whole line with it (specification,
 * "Standalone"): blanks before it and the line's end after it belong to the tag. */
static void find_line(const struct compiler *c, struct tag *tag) {
    tag->line_from = tag->from;
    tag->line_to = tag->to;
    if (tag->sign == 0 || tag->sign == '&' || tag->sign == '{') return;
    size_t from = tag->from;
    while (from > 0 && (c->text.ptr[from - 1] == ' ' || c->text.ptr[from - 1] == '\t')) from--;
    if (from > 0 && c->text.ptr[from - 1] != '\n') return;
    size_t to = tag->to;
    while (to < c->text.len && (c->text.ptr[to] == ' ' || c->text.ptr[to] == '\t')) to++;
    if (to + 1 < c->text.len && c->text.ptr[to] == '\r' && c->text.ptr[to + 1] == '\n') to++;
    if (to < c->text.len && c->text.ptr[to++] != '\n') return;
    tag->line_from = from;
    tag->line_to = to;
    tag->is_alone = true;
}

/* Where the closing delimiter stands that ends a tag; with `last`, the one right after that. */
static size_t find_closing(str rest, char last, str closing) {
    for (size_t at = 0;; at++) {
        size_t found = str_find(str_skip(rest, at), closing);
        if (found == STR_NONE) return STR_NONE;
        at += found;
        if (last == 0 || (at > 0 && rest.ptr[at - 1] == last)) return at;
    }
}

/* Reads the tag whose opening delimiter stands at `from`. */
static err read_tag(const struct compiler *c, size_t from, struct tag *ret_tag) {
    struct tag tag = {.from = from};
    str rest = str_skip(c->text, from + c->opening.len);
    if (rest.len > 0 && rest.ptr[0] != '\0' && strchr("#^/>!=&{<$", rest.ptr[0]) != NULL) {
        tag.sign = rest.ptr[0];
        rest = str_skip(rest, 1);
    }
    if (tag.sign == '<' || tag.sign == '$')
        return wrong_at(c, from, "inheritance is not part of this language:",
                        str_slice(c->text, from, from + c->opening.len + 1));
    char last = tag.sign == '{' ? '}' : tag.sign == '=' ? '=' : 0;
    size_t end = find_closing(rest, last, c->closing);
    if (end == STR_NONE)
        return wrong_at(c, from, "a tag is never closed:", utf8_cut(str_skip(c->text, from), 40));
    tag.inside = str_trim(str_slice(rest, 0, last == 0 ? end : end - 1));
    tag.to = (size_t)(rest.ptr - c->text.ptr) + end + c->closing.len;
    find_line(c, &tag);
    *ret_tag = tag;
    return OK;
}

static err open_section(struct compiler *c, const struct tag *tag) {
    if (c->section_count == LIMIT_DEPTH)
        FAIL(ERR_LIMIT, "template " STR_FMT ", line %d: sections deeper than %d",
             STR_ARG(c->template->name), line_at(c, tag->from), LIMIT_DEPTH);
    struct step step = {.kind = tag->sign == '#' ? STEP_SECTION : STEP_INVERTED,
                        .text = tag->inside};
    TRY(split_name(c, tag->from, &step));
    c->sections[c->section_count++] = (uint32_t)c->template->step_count;
    return add_step(c, step);
}

static err close_section(struct compiler *c, const struct tag *tag) {
    if (c->section_count == 0)
        return wrong_at(c, tag->from, "closes a section that is not open:", tag->inside);
    struct step *open = &c->template->steps[c->sections[c->section_count - 1]];
    if (!str_eq(open->text, tag->inside))
        return wrong_at(c, tag->from, "closes a section while another is open:", tag->inside);
    open->end = (uint32_t)c->template->step_count;
    c->section_count--;
    return OK;
}

/* {{=<% %>=}}: two delimiters with blanks between, without blanks or = in them. */
static err set_delimiters(struct compiler *c, const struct tag *tag) {
    str opening = tag->inside;
    str closing = {0};
    for (size_t i = 0; i < tag->inside.len; i++) {
        if (!str_is_space(tag->inside.ptr[i])) continue;
        opening = str_slice(tag->inside, 0, i);
        closing = str_trim(str_skip(tag->inside, i));
        break;
    }
    bool is_sound = opening.len > 0 && closing.len > 0 && !str_contains(tag->inside, STR("="));
    for (size_t i = 0; i < closing.len; i++) is_sound = is_sound && !str_is_space(closing.ptr[i]);
    if (!is_sound) return wrong_at(c, tag->from, "these are not two delimiters:", tag->inside);
    c->opening = opening;
    c->closing = closing;
    return OK;
}

static const struct template *find_template(const struct mustache *set, str name) {
    for (size_t i = 0; i < set->count; i++) {
        if (str_eq(set->templates[i].name, name)) return &set->templates[i];
    }
    return NULL;
}

static err compile_tag(struct compiler *c, const struct tag *tag) {
    struct step step = {.text = tag->inside};
    switch (tag->sign) {
    case '!': return OK;
    case '=': return set_delimiters(c, tag);
    case '#':
    case '^': return open_section(c, tag);
    case '/': return close_section(c, tag);
    case '>':
        if (tag->inside.len == 0) return wrong_at(c, tag->from, "a partial without", STR("a name"));
        step.kind = STEP_PARTIAL;
        step.partial = find_template(c->set, tag->inside);
        step.is_alone = tag->is_alone;
        step.text = str_slice(c->text, tag->line_from, tag->from);
        return add_step(c, step);
    default:
        step.kind = tag->sign == 0 ? STEP_VARIABLE : STEP_RAW;
        TRY(split_name(c, tag->from, &step));
        return add_step(c, step);
    }
}

static err compile_one(struct arena *a, const struct mustache *set, struct template *template) {
    struct compiler c = {.arena = a,
                         .set = set,
                         .template = template,
                         .text = template->text,
                         .opening = STR("{{"),
                         .closing = STR("}}")};
    if (c.text.len >= UINT32_MAX) FAIL(ERR_LIMIT, "a template of %zu bytes", c.text.len);
    while (c.at < c.text.len) {
        size_t found = str_find(str_skip(c.text, c.at), c.opening);
        if (found == STR_NONE) break;
        struct tag tag = {0};
        TRY(read_tag(&c, c.at + found, &tag));
        TRY(add_text(&c, c.at, tag.line_from));
        TRY(compile_tag(&c, &tag));
        c.at = tag.line_to;
    }
    TRY(add_text(&c, c.at, c.text.len));
    if (c.section_count == 0) return OK;
    str open = template->steps[c.sections[c.section_count - 1]].text;
    return wrong_at(&c, c.text.len, "a section is never closed:", open);
}

err mustache_compile(struct arena *a, const struct mustache_source *sources, size_t count,
                     const struct mustache **ret_set) {
    struct mustache *set = arena_alloc(a, sizeof *set);
    if (set == NULL) FAIL(ERR_NO_MEMORY, "no memory for templates");
    set->templates = arena_array(a, count, sizeof *set->templates);
    if (set->templates == NULL) FAIL(ERR_NO_MEMORY, "no memory for %zu templates", count);
    set->count = count;
    for (size_t i = 0; i < count; i++)
        set->templates[i] = (struct template){.name = sources[i].name, .text = sources[i].text};
    for (size_t i = 0; i < count; i++) TRY(compile_one(a, set, &set->templates[i]));
    *ret_set = set;
    return OK;
}

/* ---- The renderer --------------------------------------------------------------------------- */

/* The values that names are looked up in, innermost first. */
struct scope {
    const struct value *value;
    const struct scope *outer;
};

/* The indentation of the partials we are in, outermost last. */
struct indent {
    str text;
    const struct indent *outer;
};

struct renderer {
    struct buf *out;
    const struct indent *indent; /* NULL: lines are not indented, which is the common case */
    bool at_line_start;          /* of the template: its line has printed nothing yet */
    int depth;
    int steps;
};

static err render(struct renderer *r, const struct template *t, size_t from, size_t to,
                  const struct scope *scope);

static const struct value *look_up(const struct step *step, const struct scope *scope) {
    if (step->part_count == 0) return scope->value;
    const struct value *found = NULL;
    for (; scope != NULL && found == NULL; scope = scope->outer)
        found = value_find(scope->value, step->parts[0]);
    for (uint32_t i = 1; i < step->part_count && found != NULL; i++)
        found = value_find(found, step->parts[i]);
    return found;
}

static void print_indent(struct renderer *r, const struct indent *indent) {
    if (indent == NULL) return;
    print_indent(r, indent->outer);
    buf_add(r->out, indent->text);
}

/* Indents the line that begins here. Indentation belongs to a partial's own lines, so it is put
 * before what the template prints and never inside a value. */
static void begin_line(struct renderer *r) {
    if (r->at_line_start) print_indent(r, r->indent);
    r->at_line_start = false;
}

static void print_literal(struct renderer *r, str text) {
    if (r->indent == NULL) {
        buf_add(r->out, text);
        return;
    }
    while (text.len > 0) {
        begin_line(r);
        size_t newline = str_find_byte(text, '\n');
        size_t len = newline == STR_NONE ? text.len : newline + 1;
        buf_add(r->out, str_slice(text, 0, len));
        r->at_line_start = newline != STR_NONE;
        text = str_skip(text, len);
    }
}

static void print_value(struct renderer *r, const struct step *step, const struct scope *scope) {
    begin_line(r);
    const struct value *value = look_up(step, scope);
    if (value == NULL || value->kind != VALUE_TEXT) return;
    if (step->kind == STEP_RAW)
        buf_add(r->out, value->text); /* why: the template asked for it */
    else
        html_text(r->out, value->text);
}

static err render_section(struct renderer *r, const struct template *t, size_t at,
                          const struct scope *scope) {
    const struct step *step = &t->steps[at];
    const struct value *value = look_up(step, scope);
    bool is_true = value != NULL && value_is_true(value);
    if (step->kind == STEP_INVERTED) return is_true ? OK : render(r, t, at + 1, step->end, scope);
    if (!is_true) return OK;
    struct scope inner = {.value = value, .outer = scope};
    if (value->kind != VALUE_LIST) return render(r, t, at + 1, step->end, &inner);
    for (const struct value *item = value->first; item != NULL; item = item->next) {
        inner.value = item;
        TRY(render(r, t, at + 1, step->end, &inner));
    }
    return OK;
}

static err render_partial(struct renderer *r, const struct step *step, const struct scope *scope) {
    if (step->partial == NULL) return OK;
    const struct indent *outer = r->indent;
    struct indent indent = {.text = step->text, .outer = outer};
    if (!step->is_alone) {
        begin_line(r); /* the partial stands inside a line: only that line is ours to indent */
        r->indent = NULL;
    } else if (step->text.len > 0) {
        r->indent = &indent;
        r->at_line_start = true;
    }
    TRY(render(r, step->partial, 0, step->partial->step_count, scope));
    r->indent = outer;
    r->at_line_start = step->is_alone;
    return OK;
}

/* Renders the steps [from, to) of a template. */
static err render(struct renderer *r, const struct template *t, size_t from, size_t to,
                  const struct scope *scope) {
    if (r->depth == LIMIT_DEPTH)
        FAIL(ERR_LIMIT, "template " STR_FMT ": sections and partials deeper than %d",
             STR_ARG(t->name), LIMIT_DEPTH);
    r->depth++;
    size_t at = from;
    while (at < to) {
        const struct step *step = &t->steps[at];
        if (r->steps++ == LIMIT_TEMPLATE_STEPS)
            FAIL(ERR_LIMIT, "template " STR_FMT ": a page of more than %d steps", STR_ARG(t->name),
                 LIMIT_TEMPLATE_STEPS);
        switch (step->kind) {
        case STEP_TEXT: print_literal(r, step->text); break;
        case STEP_VARIABLE:
        case STEP_RAW: print_value(r, step, scope); break;
        case STEP_PARTIAL: TRY(render_partial(r, step, scope)); break;
        case STEP_SECTION:
        case STEP_INVERTED: TRY(render_section(r, t, at, scope)); break;
        }
        at = step->kind == STEP_SECTION || step->kind == STEP_INVERTED ? step->end : at + 1;
    }
    r->depth--;
    return buf_check(r->out);
}

err mustache_render(const struct mustache *set, str name, const struct value *root,
                    struct buf *out) {
    const struct template *template = find_template(set, name);
    if (template == NULL) FAIL(ERR_NOT_FOUND, "no template is called " STR_FMT, STR_ARG(name));
    struct renderer r = {.out = out, .at_line_start = true};
    struct scope scope = {.value = root};
    TRY(render(&r, template, 0, template->step_count, &scope));
    return OK;
}
