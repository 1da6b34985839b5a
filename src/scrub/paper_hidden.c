/* paper_hidden.c: see paper_hidden.h. */
#include "scrub/paper_hidden.h"

#include <string.h>

#include "base/unicode.h"

/* What an object is, as far as the meaning of its strings depends on it. */
enum class {
    CLASS_OTHER,
    CLASS_INFO,
    CLASS_NOTE,
    CLASS_FIELD,
    CLASS_FILE,
    CLASS_LAYER,
    CLASS_OUTLINE,
    CLASS_SIGNATURE,
    CLASS_LOCK, /* how the file was encrypted: keys and their hashes */
};

/* Marks on objects by the key that refers to them. */
enum {
    MARK_SCRIPT = 1 << 0,
    MARK_FORM = 1 << 1,  /* XFA */
    MARK_KNOWN = 1 << 2, /* a font, a character map, a profile: no text for people */
    MARK_INFO = 1 << 3,
    MARK_ATTACHED = 1 << 4,
    MARK_DRAWN = 1 << 5, /* a form that something draws */
    MARK_SAID = 1 << 6,  /* a string that others refer to: told where they do */
};

enum { DRAWN_NAMES_MAX = 4096 }; /* then all forms are taken for drawn */

struct walk {
    const struct paper_document *document;
    struct paper_finds *finds;
    struct arena *a;
    uint8_t *marks;
    size_t number; /* of the object that is looked at */
    enum class class;
    size_t page;
    bool reports; /* or marks what is referred to */
    str above;    /* the key of the dictionary that holds the one looked at */
    str *drawn;   /* names that something draws, each with its slash */
    size_t drawn_count;
};

/* ---- Keys ------------------------------------------------------------------------------------ */

enum {
    KIND_NONE = PAPER_KIND_COUNT, /* nothing for people: is_usual */
    KIND_BY_CLASS,
    LANGUAGE_LEN_MAX = 12,
};

static unsigned kind_of_key(str key) {
    static const struct {
        const char *key;
        unsigned kind;
    } KINDS[] = {
        {"JS", PAPER_SCRIPT},
        {"URI", PAPER_LINK},
        {"Base", PAPER_LINK},
        {"Dests", PAPER_LINK},
        {"Dest", PAPER_LINK},
        {"D", PAPER_LINK},
        {"Names", PAPER_LINK},
        {"P", PAPER_LINK}, /* of a page, in words */
        {"Limits", PAPER_LINK},
        {"ActualText", PAPER_SPOKEN},
        {"Alt", PAPER_SPOKEN},
        {"E", PAPER_SPOKEN},
        {"TU", PAPER_FORM},
        {"TM", PAPER_FORM},
        {"V", PAPER_FORM},
        {"DV", PAPER_FORM},
        {"Opt", PAPER_FORM},
        {"RV", PAPER_FORM},
        {"CA", PAPER_FORM},
        {"RC", PAPER_FORM},
        {"AC", PAPER_FORM},
        {"XFA", PAPER_FORM},
        {"Subj", PAPER_ANNOTATION},
        {"NM", PAPER_ANNOTATION},
        {"EmbeddedFiles", PAPER_ATTACHMENT},
        {"UF", PAPER_ATTACHMENT},
        {"Desc", PAPER_ATTACHMENT},
        {"Unix", PAPER_ATTACHMENT},
        {"F", PAPER_ATTACHMENT},
        {"Author", PAPER_INFO},
        {"Creator", PAPER_INFO},
        {"Producer", PAPER_INFO},
        {"Subject", PAPER_INFO},
        {"Keywords", PAPER_INFO},
        {"ID", KIND_NONE},
        {"CheckSum", KIND_NONE},
        {"Registry", KIND_NONE},
        {"Ordering", KIND_NONE},
        {"Panose", KIND_NONE},
        {"CharSet", KIND_NONE},
        {"DA", KIND_NONE},
        {"DS", KIND_NONE},
        {"Lang", KIND_NONE},
        {"M", KIND_NONE},
        {"CreationDate", KIND_NONE},
        {"ModDate", KIND_NONE},
        {"LastModified", KIND_NONE},
        {"CS", KIND_NONE},
        {"ColorSpace", KIND_NONE},
        {"Cert", KIND_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(KINDS); i++) {
        if (paper_name_is(key, KINDS[i].key)) return KINDS[i].kind;
    }
    return KIND_BY_CLASS;
}

static enum class class_of(const struct walk *w) {
    str value = w->document->objects[w->number].value; str type = paper_member(value, "Type");
    if ((w->marks[w->number] & MARK_INFO) != 0) return CLASS_INFO;
    if (paper_member(value, "O").len > 0 && paper_member(value, "U").len > 0 &&
        paper_member(value, "R").len > 0){return CLASS_LOCK;}
if (paper_name_is(type, "OCG") || paper_name_is(type, "OCMD")) return CLASS_LAYER;
if (paper_name_is(type, "Filespec") || paper_name_is(type, "F")) return CLASS_FILE;
if (paper_name_is(type, "Sig") || paper_member(value, "ByteRange").len > 0) {
    return CLASS_SIGNATURE;
}
bool is_field = paper_member(value, "FT").len > 0 ||
                paper_name_is(paper_member(value, "Subtype"), "Widget");
if (is_field) return CLASS_FIELD;
if (w->document->objects[w->number].role == PAPER_NOTE || paper_name_is(type, "Annot")) {
    return CLASS_NOTE;
}
if (paper_member(value, "Title").len > 0 && paper_member(value, "Parent").len > 0) {
    return CLASS_OUTLINE;
}
if (paper_member(value, "T").len > 0 && paper_member(value, "Kids").len > 0) {
    return CLASS_FIELD;
}
return CLASS_OTHER;
}

static unsigned kind_of(const struct walk *w, str key) {
    static const unsigned BY_CLASS[] = {
        [CLASS_OTHER] = PAPER_UNKNOWN,    [CLASS_INFO] = PAPER_INFO,
        [CLASS_NOTE] = PAPER_ANNOTATION,  [CLASS_FIELD] = PAPER_FORM,
        [CLASS_FILE] = PAPER_ATTACHMENT,  [CLASS_LAYER] = PAPER_LAYER,
        [CLASS_OUTLINE] = PAPER_BOOKMARK, [CLASS_SIGNATURE] = PAPER_FORM,
        [CLASS_LOCK] = KIND_NONE,
    };
    unsigned kind = kind_of_key(key);
    if (w->class == CLASS_LOCK) return KIND_NONE;
    if (w->class == CLASS_INFO) return PAPER_INFO;
    if (w->class == CLASS_SIGNATURE && paper_name_is(key, "Contents")) return KIND_NONE;
    return kind == KIND_BY_CLASS ? BY_CLASS[w->class] : kind;
}

/* ---- Strings --------------------------------------------------------------------------------- */

/* Whether it is for people: strings also carry tables of colours, hashes and glyph numbers. */
static bool is_text(str text) {
    size_t count = 0;
    size_t odd = 0;
    size_t letters = 0;
    while (text.len > 0) {
        uint32_t c = utf8_take(&text);
        count++;
        odd += c == UNICODE_BAD || (c < 0x20 && c != '\n' && c != '\r' && c != '\t') ||
               (c >= 0x7F && c < 0xA0) || (c >= 0xE000 && c < 0xF900);
        letters += (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                   (c >= 0xC0 && c != UNICODE_BAD);
    }
    return letters > 0 && odd * 8 <= count;
}

/* Strings of these keys say nothing to people, as long as they are what they usually are. */
static bool has_only(str text, const char *bytes) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\0' || strchr(bytes, text.ptr[i]) == NULL) return false;
    }
    return true;
}

/* Keys and hashes are any bytes, which read as Latin-1 for want of a better. */
static bool is_binary(str text) {
    while (text.len > 0) {
        uint32_t c = utf8_take(&text);
        if (c >= 0x80 && c < 0x100) return true;
    }
    return false;
}

static bool is_usual(str key, str text) {
    static const char *const SYSTEMS[] = {
        "Adobe", "Identity", "Korea1", "KR", "Japan1", "GB1", "CNS1", "UCS", "WinCharSetFFFF-H"};
    static const char *const DATES[] = {"M", "CreationDate", "ModDate", "LastModified"};
    for (size_t i = 0; i < COUNT_OF(DATES); i++) {
        if (paper_name_is(key, DATES[i])) return has_only(text, "D:0123456789+-'Z");
    }
    if (paper_name_is(key, "Registry") || paper_name_is(key, "Ordering")) {
        size_t i = 0;
        while (i < COUNT_OF(SYSTEMS) && !str_eq(text, str_of(SYSTEMS[i]))) i++;
        return i < COUNT_OF(SYSTEMS);
    }
    if (paper_name_is(key, "Lang")) return text.len <= LANGUAGE_LEN_MAX;
    if (paper_name_is(key, "CharSet")) return str_starts(text, STR("/"));
    if (paper_name_is(key, "DA")) return str_contains(text, STR(" Tf"));
    return !is_text(text) || is_binary(text) || has_only(text, "0123456789abcdefABCDEF");
}

static err report(const struct walk *w, str key, unsigned kind, str token) {
    struct buf b;
    str text;
    bool is_quiet = kind == KIND_NONE;
    if (w->class == CLASS_LOCK) return OK;
    if (is_quiet) kind = PAPER_UNKNOWN;
    buf_init(&b, w->a, token.len * 4 + 64 + key.len);
    bool is_named = kind == PAPER_INFO || kind == PAPER_UNKNOWN;
    if (is_named) {
        buf_add(&b, str_skip(key, 1));
        buf_add(&b, STR(": "));
    }
    size_t name_len = b.len;
    paper_string(&b, token);
    TRY(buf_finish(&b, &text));
    if (is_quiet && is_usual(key, str_skip(text, name_len))) return OK;
    bool is_unsure = kind == PAPER_UNKNOWN || kind == PAPER_ATTACHMENT || kind == PAPER_SPOKEN;
    if (str_skip(text, name_len).len == 0 || (is_unsure && !is_text(str_skip(text, name_len)))) {
        return OK;
    }
    return paper_finds_add(w->finds, w->page, (enum paper_kind)kind, text);
}

/* ---- One object ------------------------------------------------------------------------------ */

static bool knows_drawn(const struct walk *w, str name) {
    for (size_t i = 0; i < w->drawn_count; i++) {
        if (str_eq(w->drawn[i], name)) return true;
    }
    return false;
}

/* A form is drawn when something draws its name, or when it is the looks of a note. */
static bool is_drawn(const struct walk *w, str key) {
    static const char *const LOOKS[] = {"AP", "N", "R", "D"};
    for (size_t i = 0; i < COUNT_OF(LOOKS); i++) {
        if (paper_name_is(w->above, LOOKS[i])) return true;
    }
    if (!paper_name_is(w->above, "XObject")) return false;
    return w->drawn_count == DRAWN_NAMES_MAX || knows_drawn(w, key);
}

/* Gathers the names that "Do" is said of. */
static void gather_drawn(struct walk *w, str drawing) {
    str name = {0};
    for (size_t at = 0;;) {
        struct paper_lexeme lexeme = paper_lex(drawing, &at);
        str text = str_slice(drawing, lexeme.from, lexeme.to);
        if (lexeme.token == PAPER_T_END) return;
        bool draws = lexeme.token == PAPER_T_WORD && str_eq(text, STR("Do"));
        if (draws && w->drawn_count < DRAWN_NAMES_MAX && name.len > 0 && !knows_drawn(w, name)) {
            w->drawn[w->drawn_count++] = name;
        }
        name = lexeme.token == PAPER_T_NAME ? text : (str){0};
    }
}

static bool is_string(str value) {
    return str_starts(value, STR("(")) ||
           (str_starts(value, STR("<")) && !str_starts(value, STR("<<")));
}

/* A reference marks what it refers to by the key it stands under. */
static void mark(struct walk *w, str key, str value) {
    static const struct {
        const char *key;
        uint8_t mark;
    } MARKS[] = {
        {"JS", MARK_SCRIPT},
        {"XFA", MARK_FORM},
        {"ToUnicode", MARK_KNOWN},
        {"FontFile", MARK_KNOWN},
        {"FontFile2", MARK_KNOWN},
        {"FontFile3", MARK_KNOWN},
        {"CIDToGIDMap", MARK_KNOWN},
        {"Encoding", MARK_KNOWN},
        {"ColorSpace", MARK_KNOWN},
        {"CIDSet", MARK_KNOWN},
        {"DestOutputProfile", MARK_KNOWN},
        {"EF", MARK_ATTACHED},
        {"UF", MARK_ATTACHED},
        {"F", MARK_ATTACHED},
    };
    uint32_t number = paper_reference(w->document, value);
    if (number != 0 && is_drawn(w, key)) w->marks[number] |= MARK_DRAWN;
    if (number != 0 && is_string(w->document->objects[number].value)) {
        w->marks[number] |= MARK_SAID;
    }
    for (size_t i = 0; number != 0 && i < COUNT_OF(MARKS); i++) {
        if (paper_name_is(key, MARKS[i].key)) w->marks[number] |= MARKS[i].mark;
    }
}

/* Deeper than anybody writes: without keys. */
static err walk_deep(struct walk *w, str value, str key, bool reports) {
    for (size_t at = 0;;) {
        struct paper_lexeme lexeme = paper_lex(value, &at);
        bool is_said = lexeme.token == PAPER_T_STRING || lexeme.token == PAPER_T_HEX;
        if (lexeme.token == PAPER_T_END) return OK;
        if (!is_said || !reports) continue;
        TRY(report(w, key, PAPER_UNKNOWN, str_slice(value, lexeme.from, lexeme.to)));
    }
}

static err walk_reference(struct walk *w, str value, str key) {
    uint32_t number = paper_reference(w->document, value);
    if (!w->reports) mark(w, key, value);
    if (!w->reports || number == 0) return OK;
    str said = w->document->objects[number].value;
    return is_string(said) ? report(w, key, kind_of(w, key), said) : OK;
}

/* Goes through a value: once to mark what is referred to, once to report strings. */
static err walk_value(struct walk *w, str value, str key, unsigned depth) {
    size_t at = 0;
    struct paper_lexeme first = paper_lex(value, &at);
    bool is_list = first.token == PAPER_T_LIST;
    if (first.token == PAPER_T_NUMBER) return walk_reference(w, value, key);
    if ((first.token == PAPER_T_STRING || first.token == PAPER_T_HEX) && w->reports) {
        return report(w, key, kind_of(w, key), value);
    }
    if (!is_list && first.token != PAPER_T_DICT) return OK;
    if (depth > LIMIT_DEPTH) return walk_deep(w, value, key, w->reports);
    str above = w->above;
    str own = key;
    for (;;) {
        if (!is_list) {
            struct paper_lexeme name = paper_lex(value, &at);
            if (name.token != PAPER_T_NAME) break;
            key = str_slice(value, name.from, name.to);
        }
        str member = paper_value(value, &at);
        if (member.len == 0) break;
        w->above = own;
        TRY(walk_value(w, member, key, depth + 1));
    }
    w->above = above;
    return OK;
}

/* ---- Streams --------------------------------------------------------------------------------- */

/* XML without its tags, but with the values of their attributes, a piece a line. */
static err add_xml(const struct walk *w, enum paper_kind kind, str xml) {
    bool is_tag = false;
    while (xml.len > 0) {
        size_t end = 0;
        while (end < xml.len && strchr("<>\"'\n", xml.ptr[end]) == NULL) end++;
        str piece = str_trim(str_slice(xml, 0, end));
        char stop = end < xml.len ? xml.ptr[end] : '\0';
        bool is_value = is_tag && (stop == '"' || stop == '\'') && !str_ends(piece, STR("="));
        bool is_program = str_starts(piece, STR("http://ns.")) ||
                          str_starts(piece, STR("http://www.w3.org")) ||
                          str_starts(piece, STR("http://purl.org/dc"));
        if ((!is_tag || is_value) && piece.len > 0 && !is_program && is_text(piece)) {
            TRY(paper_finds_add(w->finds, w->page, kind, piece));
        }
        if (stop == '<') is_tag = true;
        if (stop == '>') is_tag = false;
        xml = str_skip(xml, end + 1);
    }
    return OK;
}

static err add_lines(const struct walk *w, enum paper_kind kind, str text) {
    while (text.len > 0) {
        str line;
        str_cut(text, '\n', &line, &text);
        if (is_text(line)) TRY(paper_finds_add(w->finds, w->page, kind, line));
    }
    return OK;
}

/* What marked content says instead of what is drawn; of a form that nothing draws, its words. */
static err read_drawing(struct walk *w, const struct paper_object *object) {
    str key = {0};
    str drawing = object->drawing;
    bool is_form = paper_name_is(paper_member(object->value, "Subtype"), "Form");
    bool is_idle = is_form && (w->marks[w->number] & MARK_DRAWN) == 0;
    for (size_t at = 0;;) {
        struct paper_lexeme lexeme = paper_lex(drawing, &at);
        str text = str_slice(drawing, lexeme.from, lexeme.to);
        bool is_said = lexeme.token == PAPER_T_STRING || lexeme.token == PAPER_T_HEX;
        if (lexeme.token == PAPER_T_END) return OK;
        if (lexeme.token == PAPER_T_NAME) key = text;
        if (is_said && kind_of_key(key) == PAPER_SPOKEN) {
            TRY(report(w, key, PAPER_SPOKEN, text));
        } else if (is_said && is_idle) {
            TRY(paper_finds_add(w->finds, w->page, PAPER_UNKNOWN, STR("")));
            TRY(report(w, STR("/form"), PAPER_UNKNOWN, text));
        }
        if (lexeme.token == PAPER_T_WORD || is_said) key = (str){0};
    }
}

static err read_attachment(struct walk *w, str bytes) {
    struct buf b;
    str said;
    buf_init(&b, w->a, 64);
    buf_printf(&b, "a file of %zu bytes", bytes.len);
    TRY(buf_finish(&b, &said));
    if (bytes.len > 0 && is_text(bytes)) return add_lines(w, PAPER_ATTACHMENT, bytes);
    return paper_finds_add(w->finds, w->page, PAPER_ATTACHMENT, said);
}

static err read_stream(struct walk *w, const struct paper_object *object) {
    static const char *const QUIET[] = {"Image", "Type1C", "CIDFontType0C", "OpenType"};
    static const char *const QUIET_KEYS[] = {"Length1",     "FunctionType", "ShadingType",
                                             "BitsPerFlag", "WMode",        "Alternate",
                                             "CMapName",    "PatternType"};
    str value = object->value;
    str type = paper_member(value, "Type");
    str subtype = paper_member(value, "Subtype");
    uint8_t marks = w->marks[w->number];
    str bytes;
    if (object->drawing.ptr != NULL) return read_drawing(w, object);
    /* What qpdf has unpacked already: objects and their table. */
    if (paper_name_is(type, "ObjStm") || paper_name_is(type, "XRef")) return OK;
    for (size_t i = 0; i < COUNT_OF(QUIET); i++) {
        if (paper_name_is(subtype, QUIET[i])) return OK;
    }
    for (size_t i = 0; i < COUNT_OF(QUIET_KEYS); i++) {
        if (paper_member(value, QUIET_KEYS[i]).len > 0) return OK;
    }
    TRY(paper_unpack(w->a, object, LIMIT_PAPER_STREAM_BYTES, &bytes));
    bool is_attached = paper_name_is(type, "EmbeddedFile") || (marks & MARK_ATTACHED) != 0;
    if (is_attached) return read_attachment(w, bytes);
    if (paper_name_is(type, "Metadata") || paper_name_is(subtype, "XML")) {
        return add_xml(w, PAPER_XMP, bytes);
    }
    if ((marks & MARK_FORM) != 0) return add_xml(w, PAPER_FORM, bytes);
    if ((marks & MARK_SCRIPT) != 0) return add_lines(w, PAPER_SCRIPT, bytes);
    if ((marks & MARK_KNOWN) != 0 || str_contains(bytes, STR("begincmap"))) return OK;
    return is_text(bytes) ? add_lines(w, PAPER_UNKNOWN, bytes) : OK;
}

/* ---- All of them ----------------------------------------------------------------------------- */

/* Of which page an object is, where it says so itself: a place it leads to, or "Pg". */
static size_t page_of(const struct paper_document *document, const struct paper_object *object) {
    if (object->page != 0) return object->page;
    uint32_t number = paper_reference(document, paper_member(object->value, "Pg"));
    if (number == 0) number = paper_reference(document, paper_member(object->value, "P"));
    str target = paper_follow(document, object->value, "Dest");
    size_t at = 0;
    if (number == 0 && paper_lex(target, &at).token == PAPER_T_LIST) {
        number = paper_reference(document, paper_value(target, &at));
    }
    return number == 0 ? 0 : document->objects[number].page;
}

/* Outlines, notes and fields that say nothing in letters are told all the same. */
static err note_class(struct walk *w) {
    static const enum paper_kind KINDS[] = {[CLASS_NOTE] = PAPER_ANNOTATION,
                                            [CLASS_FIELD] = PAPER_FORM,
                                            [CLASS_SIGNATURE] = PAPER_FORM};
    bool is_told = w->class == CLASS_NOTE || w->class == CLASS_FIELD || w->class == CLASS_SIGNATURE;
    str value = w->document->objects[w->number].value;
    if (is_told && !paper_name_is(paper_member(value, "Subtype"), "Link")) {
        TRY(paper_finds_add(w->finds, w->page, KINDS[w->class], STR("")));
    }
    bool is_page = w->document->objects[w->number].role == PAPER_PAGE_OBJECT;
    if (is_page && paper_member(value, "Thumb").len > 0) {
        TRY(paper_finds_add(w->finds, w->page, PAPER_THUMBNAIL, STR("")));
    }
    return OK;
}

static err look(struct walk *w, bool reports) {
    const struct paper_document *document = w->document;
    w->reports = reports;
    for (size_t i = 1; i < document->count; i++) {
        const struct paper_object *object = &document->objects[i];
        struct arena_mark before = arena_mark(w->a);
        if (object->value.len == 0) continue;
        w->number = i;
        w->page = page_of(document, object);
        w->class = class_of(w);
        w->above = (str){0};
        bool is_told = reports && (w->marks[i] & MARK_SAID) != 0;
        if (!is_told) TRY(walk_value(w, object->value, (str){0}, 0));
        if (!reports) continue;
        TRY(note_class(w));
        if (object->stream.ptr != NULL) TRY(read_stream(w, object));
        arena_reset(w->a, before);
    }
    return OK;
}

err paper_hidden_find(const struct paper_document *document, struct paper_finds *finds) {
    CLEANUP(arena_done) struct arena scratch;
    struct walk w = {.document = document, .finds = finds, .a = &scratch};
    arena_init(&scratch, document->a->sys, LIMIT_PAPER_STREAM_BYTES * 4UL);
    w.marks = arena_array(document->a, document->count, sizeof *w.marks);
    if (w.marks == NULL) FAIL(ERR_NO_MEMORY, "no memory for marks");
    uint32_t info = paper_reference(document, paper_member(document->trailer, "Info"));
    if (info != 0) w.marks[info] |= MARK_INFO;
    w.drawn = arena_array(document->a, DRAWN_NAMES_MAX, sizeof *w.drawn);
    if (w.drawn == NULL) FAIL(ERR_NO_MEMORY, "no memory for names");
    for (size_t i = 1; i < document->count; i++) gather_drawn(&w, document->objects[i].drawing);
    TRY(look(&w, /* reports= */ false));
    return look(&w, /* reports= */ true);
}
