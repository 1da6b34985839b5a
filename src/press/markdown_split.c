/* markdown_split.c: cuts a body into stretches of Markdown and our own blocks (markdown_impl.h). */
#include <assert.h>
#include <libxml/HTMLparser.h>

#include "base/unicode.h"
#include "press/markdown_impl.h"

static const struct {
    str name;
    unsigned attributes; /* a bit for each one it knows */
} kinds[BLOCK_KIND_COUNT] = {
    [BLOCK_FIGURE] = {{"figure", 6},
                      1U << ATTRIBUTE_MEDIA | 1U << ATTRIBUTE_ALT | 1U << ATTRIBUTE_CAPTION |
                          1U << ATTRIBUTE_CREDIT},
    [BLOCK_GALLERY] = {{"gallery", 7}, 0},
    [BLOCK_QUOTE] = {{"quote", 5}, 1U << ATTRIBUTE_BY | 1U << ATTRIBUTE_LANG},
    [BLOCK_NOTE] = {{"note", 4}, 1U << ATTRIBUTE_TITLE},
    [BLOCK_ACTION] = {{"action", 6}, 1U << ATTRIBUTE_LABEL | 1U << ATTRIBUTE_LINK},
};

static const str attribute_names[ATTRIBUTE_COUNT] = {
    [ATTRIBUTE_MEDIA] = {"media", 5},     [ATTRIBUTE_ALT] = {"alt", 3},
    [ATTRIBUTE_CAPTION] = {"caption", 7}, [ATTRIBUTE_CREDIT] = {"credit", 6},
    [ATTRIBUTE_BY] = {"by", 2},           [ATTRIBUTE_LANG] = {"lang", 4},
    [ATTRIBUTE_TITLE] = {"title", 5},     [ATTRIBUTE_LABEL] = {"label", 5},
    [ATTRIBUTE_LINK] = {"link", 4},
};

static bool is_plain(unsigned char c) { return c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7F); }

/* Most bodies need no mending, and then need no copy. */
static bool is_clean(str body) {
    while (body.len > 0) {
        size_t run = 0;
        while (run < body.len && is_plain((unsigned char)body.ptr[run])) run++;
        body = str_skip(body, run);
        if (body.len == 0) return true;
        if ((unsigned char)body.ptr[0] < 0x80 || utf8_take(&body) == UNICODE_BAD) return false;
    }
    return true;
}

err markdown_clean(struct arena *a, str body, str *ret_clean) {
    if (body.len > LIMIT_BODY_BYTES)
        FAIL(ERR_LIMIT, "a body of %zu bytes is longer than %d", body.len, LIMIT_BODY_BYTES);
    if (is_clean(body)) {
        *ret_clean = body;
        return OK;
    }
    struct buf clean;
    buf_init(&clean, a, (size_t)LIMIT_BODY_BYTES * 3); /* a bad byte becomes three */
    size_t from = 0;
    for (size_t i = 0; i < body.len; i++) {
        unsigned char c = (unsigned char)body.ptr[i];
        if (is_plain(c) || c >= 0x80) continue;
        utf8_add_mended(&clean, str_slice(body, from, i));
        bool is_line_end = c == '\r' && (i + 1 == body.len || body.ptr[i + 1] != '\n');
        if (is_line_end) buf_add_byte(&clean, '\n');
        from = i + 1;
    }
    utf8_add_mended(&clean, str_skip(body, from));
    return buf_finish(&clean, ret_clean);
}

/* A line beginning with three or more of one sign, at most three blanks before them. */
struct fence {
    char sign;
    size_t count;
    str after; /* trimmed */
};

static bool find_fence(str line, const char *signs, size_t blanks_max, struct fence *ret_fence) {
    size_t at = 0;
    while (at < line.len && at < blanks_max && line.ptr[at] == ' ') at++;
    if (at == line.len || strchr(signs, line.ptr[at]) == NULL) return false;
    struct fence fence = {.sign = line.ptr[at]};
    while (at < line.len && line.ptr[at] == fence.sign) at++, fence.count++;
    if (fence.count < 3) return false;
    fence.after = str_trim(str_skip(line, at));
    bool has_sign = str_find_byte(fence.after, '`') != STR_NONE;
    if (fence.sign == '`' && has_sign) return false; /* CommonMark 4.5: that is inline code */
    *ret_fence = fence;
    return true;
}

/* Follows fenced code, in which a line of colons is code. True when `line` is part of it. */
static bool is_code(struct fence *open, str line) {
    struct fence fence = {0};
    bool is_fence = find_fence(line, "`~", 3, &fence);
    if (open->count == 0) {
        if (is_fence) *open = fence;
        return is_fence;
    }
    bool is_closing =
        is_fence && fence.sign == open->sign && fence.count >= open->count && fence.after.len == 0;
    if (is_closing) *open = (struct fence){0};
    return true;
}

/* A name is small letters alone; anything else after the colons is ordinary text. */
static bool is_block_name(str name) {
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] < 'a' || name.ptr[i] > 'z') return false;
    }
    return name.len > 0;
}

static enum block_kind kind_of(str name) {
    for (int kind = BLOCK_FIGURE; kind < BLOCK_KIND_COUNT; kind++) {
        if (str_eq(kinds[kind].name, name)) return (enum block_kind)kind;
    }
    return BLOCK_MARKDOWN;
}

/* Takes the attributes off the top of block->text. */
static void take_attributes(struct block *block) {
    str rest = block->text;
    while (rest.len > 0) {
        str line = {0};
        str after = {0};
        str_cut(rest, '\n', &line, &after);
        str key = {0};
        str value = {0};
        int found = ATTRIBUTE_COUNT;
        if (str_cut(line, ':', &key, &value)) {
            for (found = 0; found < ATTRIBUTE_COUNT; found++) {
                bool is_known = (kinds[block->kind].attributes & 1U << found) != 0;
                if (is_known && str_eq(str_trim(key), attribute_names[found])) break;
            }
        }
        if (found == ATTRIBUTE_COUNT) break;
        block->attributes[found] = str_trim(value);
        rest = after;
    }
    block->text = rest;
}

/* Reads from after the opening fence to its closing one. Fences inside are counted, so that the
 * right one closes, and stay in the text. */
static void read_block(str *rest, struct block *block) {
    str all = *rest;
    struct fence code = {0};
    int inner = 0;
    block->is_open = true;
    size_t end = all.len;
    while (rest->len > 0) {
        size_t from = all.len - rest->len;
        str line = {0};
        str_cut(*rest, '\n', &line, rest);
        struct fence fence = {0};
        if (is_code(&code, line) || !find_fence(line, ":", 0, &fence)) continue;
        if (is_block_name(fence.after)) {
            inner++;
            block->has_inner = true;
        } else if (fence.after.len == 0 && inner-- == 0) {
            block->is_open = false;
            end = from;
            break;
        }
    }
    block->text = str_slice(all, 0, end);
    take_attributes(block);
}

bool markdown_next_block(str *rest, struct block *ret_block) {
    if (rest->len == 0) return false;
    str all = *rest;
    struct block block = {.kind = BLOCK_MARKDOWN, .text = all};
    struct fence code = {0};
    while (rest->len > 0) {
        size_t from = all.len - rest->len;
        str line = {0};
        str after = {0};
        str_cut(*rest, '\n', &line, &after);
        struct fence fence = {0};
        bool is_fence =
            !is_code(&code, line) && find_fence(line, ":", 0, &fence) && is_block_name(fence.after);
        enum block_kind kind = is_fence ? kind_of(fence.after) : BLOCK_MARKDOWN;
        if (kind != BLOCK_MARKDOWN) {
            if (from > 0) { /* first what stands before it; the fence is met again */
                block.text = str_slice(all, 0, from);
                break;
            }
            *rest = after;
            block.kind = kind;
            read_block(rest, &block);
            break;
        }
        if (is_fence && block.unknown_name.len == 0) block.unknown_name = fence.after;
        *rest = after;
    }
    *ret_block = block;
    return true;
}

err markdown_parse(str text, MD_PARSER callbacks, void *context) {
    assert(text.len <= (size_t)LIMIT_BODY_BYTES * 3);
    callbacks.flags = MD_FLAG_NOHTML | MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS |
                      MD_FLAG_PERMISSIVEURLAUTOLINKS;
    if (md_parse(text.len == 0 ? "" : text.ptr, (MD_SIZE)text.len, &callbacks, context) < 0)
        FAIL(ERR_NO_MEMORY, "no memory to read a body of %zu bytes", text.len);
    return OK;
}

/* The number in "&#233;" or "&#xE9;", 0 when it is none that text may hold. */
static uint32_t numeric_entity(str digits) {
    bool is_hex = digits.len > 0 && (digits.ptr[0] == 'x' || digits.ptr[0] == 'X');
    if (is_hex) digits = str_skip(digits, 1);
    uint32_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.ptr[i];
        uint32_t digit = c <= '9' ? (uint32_t)(c - '0') : (uint32_t)((c | 0x20) - 'a') + 10;
        value = value * (is_hex ? 16 : 10) + digit;
        if (value > 0x10FFFF) return 0;
    }
    bool is_control = value < 0x20 || (value >= 0x7F && value < 0xA0);
    return is_control && value != '\t' && value != '\n' ? 0 : value;
}

/* Named ones come from HTML 4's table; of what HTML 5 added, those that hide a scheme. */
static uint32_t named_entity(str name) {
    static const struct {
        str name;
        uint32_t character;
    } more[] = {{{"colon", 5}, ':'}, {{"Tab", 3}, '\t'}, {{"NewLine", 7}, '\n'},
                {{"apos", 4}, '\''}, {{"sol", 3}, '/'},  {{"bsol", 4}, '\\'}};
    for (size_t i = 0; i < COUNT_OF(more); i++) {
        if (str_eq(more[i].name, name)) return more[i].character;
    }
    char cstr[12] = ""; /* the longest name in the table has eight letters */
    if (name.len >= sizeof cstr) return 0;
    memcpy(cstr, name.ptr, name.len);
    const htmlEntityDesc *entity = htmlEntityLookup((const xmlChar *)cstr);
    return entity == NULL ? 0 : entity->value;
}

void markdown_add_entity(struct buf *b, str entity) {
    str inside = str_slice(entity, 1, entity.len - 1);
    bool is_number = str_starts(inside, STR("#"));
    uint32_t c = is_number ? numeric_entity(str_skip(inside, 1)) : named_entity(inside);
    if (c != 0)
        utf8_add(b, c);
    else if (is_number)
        utf8_add(b, 0xFFFD);
    else
        buf_add(b, entity);
}

void markdown_add_attribute(struct buf *b, const MD_ATTRIBUTE *attribute) {
    if (attribute->text == NULL) return;
    for (size_t i = 0; attribute->substr_offsets[i] < attribute->size; i++) {
        size_t from = attribute->substr_offsets[i];
        str part = {attribute->text + from, attribute->substr_offsets[i + 1] - from};
        if (attribute->substr_types[i] == MD_TEXT_ENTITY)
            markdown_add_entity(b, part);
        else
            buf_add(b, part);
    }
}

bool markdown_media_number(str address, int64_t *ret_number) {
    uint64_t number = 0;
    if (!str_starts(address, STR("media:")) || !str_to_u64(str_skip(address, 6), &number))
        return false;
    if (number == 0 || number > INT64_MAX) return false;
    *ret_number = (int64_t)number;
    return true;
}
