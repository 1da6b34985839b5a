/* press_depends.c: what a page depends on. See press_impl.h.
 *
 * A page declares; from what was declared a key is made; a page of the live pressing at the same
 * path with the same key is the same page, and is taken over without being made. So nothing has to
 * be followed from a change to the pages it touches: whoever forgets to declare something has a
 * page that stays as it was, and the test that edits at random and presses one by one and all at
 * once finds it.
 *
 * Not declared is what is the same for all pages and costs all of them when it changes: program,
 * theme, the site's own settings (the stamp, by which a memo is believed); and what a path says
 * already, as a topic's list its topic. */
#include <string.h>

#include "base/program.h"
#include "press/press_impl.h"

/* ---- The stamp ------------------------------------------------------------------------------ */

/* The program's own id stands for its code and for the templates, styles and words within. Without
 * one nothing is known of what made the last pressing: chance, which equals nothing, takes its
 * place. */
void stamp_begin(struct press *p) {
    unsigned char id[PROGRAM_ID_BYTES];
    size_t size = program_id(id);
    crypto_generichash_init(&p->stamping, NULL, 0, sizeof p->stamp);
    if (size == 0) {
        randombytes_buf(id, sizeof id);
        size = sizeof id;
    }
    stamp_add(p, (str){(const char *)id, size});
}

static void add(crypto_generichash_state *state, str bytes) {
    uint64_t len = bytes.len; /* so that two texts cannot run together */
    crypto_generichash_update(state, (const unsigned char *)&len, sizeof len);
    crypto_generichash_update(state, (const unsigned char *)bytes.ptr, bytes.len);
}

void stamp_add(struct press *p, str bytes) { add(&p->stamping, bytes); }

void stamp_end(struct press *p) {
    crypto_generichash_final(&p->stamping, p->stamp, sizeof p->stamp);
}

/* ---- Declaring ------------------------------------------------------------------------------ */

static void add_number(crypto_generichash_state *state, int64_t number) {
    crypto_generichash_update(state, (const unsigned char *)&number, sizeof number);
}

void depends_begin(struct page *page) {
    crypto_generichash_init(&page->depends, NULL, 0, KEY_BYTES);
    if (page->edition != NULL) depends_edition(page, page->edition);
}

void depends_text(struct page *page, str text) { add(&page->depends, text); }
void depends_number(struct page *page, int64_t number) { add_number(&page->depends, number); }

void depends_edition(struct page *page, const struct edition *e) {
    crypto_generichash_update(&page->depends, e->key, sizeof e->key);
}

void depends_entry(struct page *page, const struct entry *entry) {
    static const unsigned char nobody[KEY_BYTES] = {0};
    crypto_generichash_update(&page->depends, entry == NULL ? nobody : entry->digest, KEY_BYTES);
}

void depends_translations(struct page *page, const struct entry *entry) {
    const struct press *p = page->press;
    for (size_t i = 0; i < p->edition_count; i++)
        depends_entry(page, entry_of_group(p, entry->group, p->editions[i].language));
}

void depends_topics(struct page *page) {
    const struct edition *e = page->edition;
    size_t least = topics_least(e);
    for (size_t i = 0; i < e->topic_count; i++) {
        if (e->of_topic[i].count >= least) depends_number(page, e->topics[i].id);
    }
}

static bool has_related_block(const struct edition *e) {
    for (size_t i = 0; i < e->block_count; i++) {
        if (e->blocks[i].kind == ARCHIVE_BLOCK_RELATED) return true;
    }
    return false;
}

void depends_blocks(struct page *page) {
    const struct entry *chosen[CHECK_CARDS];
    if (page->entry == NULL || !has_related_block(page->edition)) return;
    size_t count = check_these(page, chosen);
    for (size_t i = 0; i < count; i++) depends_entry(page, chosen[i]);
}

/* ---- Editions ------------------------------------------------------------------------------- */

/* The links of the foot blocks lead somewhere or do not, which other pages decide. */
static void add_block(const struct press *p, const struct archive_block *block,
                      crypto_generichash_state *state) {
    add_number(state, leads_somewhere(p, block->link));
    for (size_t i = 0; i < block->item_count; i++)
        add_number(state, leads_somewhere(p, block->items[i].link));
}

static void add_entry(crypto_generichash_state *state, const struct entry *entry) {
    crypto_generichash_update(state, entry->digest, KEY_BYTES);
}

/* The pages that a list of slugs names; which they are is decided by slugs alone. */
static void add_pages(const struct edition *e, str slugs, crypto_generichash_state *state) {
    while (slugs.len > 0) {
        str slug = {0};
        str_cut(slugs, ' ', &slug, &slugs);
        for (size_t i = 0; i < e->pages.count; i++) {
            if (str_eq(e->pages.all[i]->slug, slug)) add_entry(state, e->pages.all[i]);
        }
    }
}

/* Its texts, blocks and topics are bound by the clearance of "site/en"; what is added is what a
 * clearance does not say: which pages stand in the menu, which languages there are. */
static void key_edition(const struct press *p, struct edition *e) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, KEY_BYTES);
    crypto_generichash_update(&state, e->clearance, sizeof e->clearance);
    for (size_t i = 0; i < p->edition_count; i++) add(&state, p->editions[i].language);
    add_number(&state, e->reports.count > 0);
    for (size_t i = 0; i < e->block_count; i++) add_block(p, &e->blocks[i], &state);
    add_pages(e, e->menu_slugs, &state);
    add_pages(e, e->link_slugs, &state);
    for (size_t i = 0; i < e->pages.count && i < MENU_PAGES && e->menu_slugs.len == 0; i++)
        add_entry(&state, e->pages.all[i]);
    crypto_generichash_final(&state, e->key, sizeof e->key);
}

void key_editions(struct press *p) {
    for (size_t i = 0; i < p->edition_count; i++) key_edition(p, &p->editions[i]);
}

/* ---- Taking over ---------------------------------------------------------------------------- */

void page_key(struct page *page) {
    crypto_generichash_final(&page->depends, page->key, sizeof page->key);
    page->is_keyed = true;
}

err page_take(struct page *page, bool *ret_is_kept) {
    struct press *p = page->press;
    struct pressing_page old;
    size_t number = 0;
    *ret_is_kept = false;
    if (p->live_keys == NULL || !pressing_find_number(p->live, page->path, &number)) return OK;
    if (memcmp(p->live_keys + number * KEY_BYTES, page->key, KEY_BYTES) != 0) return OK;
    pressing_page_at(p->live, number, &old);
    page->path = old.path; /* lives as long as the live pressing is open */
    TRY(page_written(page));
    TRY(pressing_writer_keep(p->writer, number));
    p->report->pages++;
    p->report->kept++;
    *ret_is_kept = true;
    return OK;
}

err page_keep(struct page *page, bool *ret_is_kept) {
    TRY(view_check(&page->view));
    page_key(page);
    return page_take(page, ret_is_kept);
}
