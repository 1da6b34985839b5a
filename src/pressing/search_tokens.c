/* search_tokens.c: how text becomes what the index holds.
 *
 * SQLite's unicode61 makes words of letters and digits, which fits alphabetic scripts. It does not
 * fit Korean, where particles hang on words and compounds run together, nor Chinese and Japanese,
 * which have no spaces: there a reader's word is only part of unicode61's. So this tokenizer takes
 * the runs of such characters out, and gives unicode61 what is between them. A run becomes its
 * overlapping pairs, and each character once more at the place of its pair; the last one, which
 * begins no pair, at that of the pair it ends:
 *
 *     text     USB에서  먹었다        place   0     1       2      3
 *                                     token   usb   에서    먹었   었다
 *                                                   에 서   먹     었 다
 *
 * In a query of two or more the characters are left out, so that it is a phrase of pairs that is
 * found inside longer runs; of a run of one the character itself is looked for. (The beginning of a
 * pair would be the same, and cost ten times as much.) Since the last character shares a place with
 * the last pair, a run ends exactly where the next word begins: "학교 앞" is found in
 * 우리학교 앞 and not in 학교에 앞.
 *
 * Syllables in conjoining letters are composed first (The Unicode Standard, 3.12), full-width Latin
 * is folded, and invisible characters are passed over. Offsets are those of the text as it came. */
#include <string.h>

#include "base/unicode.h"
#include "pressing/search_impl.h"

struct tokens {
    fts5_tokenizer words; /* unicode61 */
    Fts5Tokenizer *instance;
};

struct walk {
    const struct tokens *tokens;
    void *context;
    tokens_visit *visit;
    int flags;
    size_t base;  /* where in the text the part given to unicode61 begins */
    str part;     /* that part as it came, or NULL where offsets need no mapping */
    size_t taken; /* how far the mapping has come: bytes of the part, */
    size_t given; /* and bytes of what was made of it */
};

/* ---- Runs of CJK ---------------------------------------------------------------------------- */

enum {
    HEAD_FIRST = 0x1100, /* The Unicode Standard, 3.12: LBase, VBase, TBase, SBase and counts */
    HEADS = 19,
    VOWEL_FIRST = 0x1161,
    VOWELS = 21,
    TAIL_FIRST = 0x11A8,
    TAILS = 27,
    SYLLABLE_FIRST = 0xAC00,
    SYLLABLES = HEADS * VOWELS * (TAILS + 1),
    CHARACTER_BYTES = 4,
};

/* Takes the character that comes next in *rest when it is one of `count` from `first` on. */
static bool take_letter(str *rest, uint32_t first, uint32_t count, uint32_t *ret_number) {
    str after = *rest;
    if (after.len == 0) return false;
    uint32_t number = utf8_take(&after) - first;
    if (number >= count) return false;
    *ret_number = number;
    *rest = after;
    return true;
}

/* Takes one character, composed if it is a Hangul syllable in parts. */
static uint32_t take_composed(str *rest) {
    uint32_t c = utf8_take(rest);
    uint32_t vowel = 0;
    uint32_t tail = 0;
    if (c >= HEAD_FIRST && c < HEAD_FIRST + HEADS &&
        take_letter(rest, VOWEL_FIRST, VOWELS, &vowel)) {
        c = SYLLABLE_FIRST + ((c - HEAD_FIRST) * VOWELS + vowel) * (TAILS + 1);
    }
    bool is_open = c >= SYLLABLE_FIRST && c < SYLLABLE_FIRST + SYLLABLES &&
                   (c - SYLLABLE_FIRST) % (TAILS + 1) == 0;
    if (is_open && take_letter(rest, TAIL_FIRST, TAILS, &tail)) c += 1 + tail;
    return c;
}

struct character {
    char bytes[CHARACTER_BYTES]; /* UTF-8 of the composed one */
    int len;
    int start, end; /* in the text as it came */
};

static struct character character_of(uint32_t c, size_t start, size_t end) {
    struct character ch = {.start = (int)start, .end = (int)end};
    if (c >= 0x10000) {
        ch.bytes[ch.len++] = (char)(0xF0 | c >> 18);
        ch.bytes[ch.len++] = (char)(0x80 | (c >> 12 & 0x3F));
    } else {
        ch.bytes[ch.len++] = (char)(0xE0 | c >> 12); /* every CJK character is above U+0800 */
    }
    ch.bytes[ch.len++] = (char)(0x80 | (c >> 6 & 0x3F));
    ch.bytes[ch.len++] = (char)(0x80 | (c & 0x3F));
    return ch;
}

static int visit_character(const struct walk *w, int flags, const struct character *c) {
    return w->visit(w->context, flags, c->bytes, c->len, c->start, c->end);
}

static int visit_pair(const struct walk *w, const struct character *a, const struct character *b) {
    char pair[2 * CHARACTER_BYTES];
    memcpy(pair, a->bytes, (size_t)a->len);
    memcpy(pair + a->len, b->bytes, (size_t)b->len);
    return w->visit(w->context, 0, pair, a->len + b->len, a->start, b->end);
}

/* Gives the tokens of the run at `from`, whose first character is CJK, and says where it ends. */
static int walk_run(const struct walk *w, str text, size_t from, size_t *ret_end) {
    bool is_query = (w->flags & FTS5_TOKENIZE_QUERY) != 0;
    struct character last = {0};
    size_t count = 0;
    str rest = str_skip(text, from);
    while (rest.len > 0) {
        size_t start = text.len - rest.len;
        str before = rest;
        uint32_t c = take_composed(&rest);
        if (unicode_is_invisible(c)) continue;
        if (!unicode_is_cjk(c)) {
            rest = before;
            break;
        }
        struct character next = character_of(c, start, text.len - rest.len);
        int code = count++ == 0 ? SQLITE_OK : visit_pair(w, &last, &next);
        if (code == SQLITE_OK && count > 1 && !is_query)
            code = visit_character(w, FTS5_TOKEN_COLOCATED, &last);
        if (code != SQLITE_OK) return code;
        last = next;
    }
    *ret_end = text.len - rest.len;
    if (count == 1) return visit_character(w, 0, &last);
    return is_query ? SQLITE_OK : visit_character(w, FTS5_TOKEN_COLOCATED, &last);
}

/* ---- What is between the runs --------------------------------------------------------------- */

enum { FULL_WIDTH_FIRST = 0xFF01, FULL_WIDTH_LAST = 0xFF5E, FULL_WIDTH_TO_ASCII = 0xFEE0 };

static bool is_full_width(uint32_t c) { return c >= FULL_WIDTH_FIRST && c <= FULL_WIDTH_LAST; }

/* The end of the part at `from` that has no CJK character. *ret_folds says whether something in it
 * has to be folded. Below U+00AD nothing has, and CJK begins with the lead byte 0xE1. */
static size_t part_end(str text, size_t from, bool *ret_folds) {
    str rest = str_skip(text, from);
    *ret_folds = false;
    while (rest.len > 0) {
        if ((unsigned char)rest.ptr[0] < 0xC2) {
            rest = (str){rest.ptr + 1, rest.len - 1};
            continue;
        }
        str before = rest;
        uint32_t c = utf8_take(&rest);
        if (unicode_is_invisible(c) || is_full_width(c)) {
            *ret_folds = true;
        } else if (unicode_is_cjk(c)) {
            return text.len - before.len;
        }
    }
    return text.len;
}

/* How many bytes fold() makes of a character of `len` bytes. */
static size_t folded_len(uint32_t c, size_t len) {
    return unicode_is_invisible(c) ? 0 : is_full_width(c) ? 1 : len;
}

static size_t fold(str part, char *folded) {
    size_t len = 0;
    while (part.len > 0) {
        str before = part;
        uint32_t c = utf8_take(&part);
        size_t kept = folded_len(c, before.len - part.len);
        if (is_full_width(c))
            folded[len] = (char)(c - FULL_WIDTH_TO_ASCII);
        else
            memcpy(folded + len, before.ptr, kept);
        len += kept;
    }
    return len;
}

/* Where in the text the byte `offset` of the folded part came from. Offsets only go forward. */
static int unfolded(struct walk *w, int offset) {
    if (w->part.ptr == NULL) return (int)(w->base + (size_t)offset);
    while (w->given < (size_t)offset) {
        str rest = str_skip(w->part, w->taken);
        size_t before = rest.len;
        uint32_t c = utf8_take(&rest);
        w->taken += before - rest.len;
        w->given += folded_len(c, before - rest.len);
    }
    return (int)(w->base + w->taken);
}

static int visit_word(void *context, int flags, const char *token, int len, int start, int end) {
    struct walk *w = context;
    int from = unfolded(w, start);
    return w->visit(w->context, flags, token, len, from, unfolded(w, end));
}

static int walk_words(struct walk *w, str part, size_t base) {
    w->base = base;
    return w->tokens->words.xTokenize(w->tokens->instance, w, w->flags, part.ptr, (int)part.len,
                                      visit_word);
}

static int walk_folded(struct walk *w, str part, size_t base) {
    char *folded = sqlite3_malloc64(part.len);
    if (folded == NULL) return SQLITE_NOMEM;
    w->part = part;
    w->taken = w->given = 0;
    int code = walk_words(w, (str){folded, fold(part, folded)}, base);
    w->part = (str){0};
    sqlite3_free(folded);
    return code;
}

/* Between two Korean words there is mostly one space, for which unicode61 need not be asked. */
static bool is_blank(str part) {
    for (size_t i = 0; i < part.len; i++) {
        if (part.ptr[i] != ' ' && part.ptr[i] != '\n') return false;
    }
    return true;
}

/* ---- The tokenizer --------------------------------------------------------------------------- */

int tokens_walk(struct tokens *tokens, int flags, str text, void *context, tokens_visit *visit) {
    struct walk w = {.tokens = tokens, .context = context, .visit = visit, .flags = flags};
    int code = SQLITE_OK;
    size_t at = 0;
    while (at < text.len && code == SQLITE_OK) {
        bool folds = false;
        size_t end = part_end(text, at, &folds);
        str part = str_slice(text, at, end);
        if (folds)
            code = walk_folded(&w, part, at);
        else if (!is_blank(part))
            code = walk_words(&w, part, at);
        at = end;
        if (code == SQLITE_OK && at < text.len) code = walk_run(&w, text, at, &at);
    }
    return code;
}

static int tokens_create(void *fts, const char **arguments, int count, Fts5Tokenizer **ret) {
    static const char *const remove = "remove_diacritics", *const all = "2";
    fts5_api *api = fts;
    void *data = NULL;
    (void)arguments;
    (void)count; /* it has no options */
    struct tokens *tokens = sqlite3_malloc(sizeof *tokens);
    if (tokens == NULL) return SQLITE_NOMEM;
    *tokens = (struct tokens){0};
    const char *options[] = {remove, all};
    int code = api->xFindTokenizer(api, "unicode61", &data, &tokens->words);
    if (code == SQLITE_OK)
        code = tokens->words.xCreate(data, options, COUNT_OF(options), &tokens->instance);
    if (code != SQLITE_OK) {
        sqlite3_free(tokens);
        return code;
    }
    *ret = (Fts5Tokenizer *)tokens;
    return SQLITE_OK;
}

static void tokens_delete(Fts5Tokenizer *instance) {
    struct tokens *tokens = (struct tokens *)instance;
    tokens_close(&tokens);
}

static int tokens_tokenize(Fts5Tokenizer *instance, void *context, int flags, const char *text,
                           int len, tokens_visit *visit) {
    return tokens_walk((struct tokens *)instance, flags, (str){text, (size_t)len}, context, visit);
}

err tokens_install(sqlite3 *db, fts5_api **ret_fts) {
    fts5_api *fts = NULL;
    CLEANUP(search_statement_end) sqlite3_stmt *ask = NULL;
    TRY(search_prepare(db, "SELECT fts5(?1)", &ask));
    int code = sqlite3_bind_pointer(ask, 1, &fts, "fts5_api_ptr", NULL);
    if (code == SQLITE_OK) code = sqlite3_step(ask);
    if (code != SQLITE_ROW) return search_error(code, "FTS5 could not be asked for");
    if (fts == NULL) FAIL(ERR_INVALID, "this SQLite has no FTS5");
    fts5_tokenizer ours = {tokens_create, tokens_delete, tokens_tokenize};
    code = fts->xCreateTokenizer(fts, "hanji", fts, &ours, NULL);
    if (code != SQLITE_OK) return search_error(code, "the tokenizer could not be registered");
    *ret_fts = fts;
    return OK;
}

err tokens_open(fts5_api *fts, struct tokens **ret_tokens) {
    Fts5Tokenizer *instance = NULL;
    int code = tokens_create(fts, NULL, 0, &instance);
    if (code != SQLITE_OK) return search_error(code, "a tokenizer could not be made");
    *ret_tokens = (struct tokens *)instance;
    return OK;
}

void tokens_close(struct tokens **tokens) {
    if (*tokens == NULL) return;
    (*tokens)->words.xDelete((*tokens)->instance);
    sqlite3_free(*tokens);
    *tokens = NULL;
}
