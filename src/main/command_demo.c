/* command_demo.c: hanji demo DIR: the site of an invented organisation, made as a real one is made:
 * imported, its people entered, stated, cleared, pressed. Nothing here has a way around the
 * gate. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "demo_files.h"
#include "main/cards.h"
#include "main/demo_people.h"
#include "main/demo_png.h"
#include "main/examine.h"
#include "main/ini.h"
#include "main/originals.h"
#include "main/pressroom.h"
#include "vault/vault.h"

enum { PICTURE_MEMORY_MAX = 128 << 20 };

static const char *const LANGUAGES[] = {"en", "ko"};

static str demo_file(const char *name) {
    for (size_t i = 0; i < COUNT_OF(demo_files); i++) {
        if (strcmp(demo_files[i].name, name) == 0) {
            return (str){(const char *)demo_files[i].bytes, demo_files[i].size};
        }
    }
    return (str){0};
}

/* ---- Texts and pictures, as files that are then imported ------------------------------------ */

static err draw_into(struct run *run, int folder, const char *name) {
    CLEANUP(arena_done) struct arena a;
    struct demo_picture picture;
    str file;
    str path;
    arena_init(&a, run->sys, PICTURE_MEMORY_MAX);
    TRY(demo_picture_draw(&a, str_of(name), &picture));
    TRY(demo_png(&a, &picture, &file));
    TRY(arena_printf(&a, &path, "pictures/%s.png", name));
    return file_replace(&a, folder, path, file, 0600);
}

static err write_source(struct site *site, str *ret_path) {
    struct run *run = site->run;
    CLEANUP(fd_close) int folder = -1;
    static const str folders[] = {{"pictures", 8}, {"en", 2}, {"ko", 2}};
    TRY(arena_printf(run->a, ret_path, STR_FMT "/source", STR_ARG(site->path)));
    TRY(folder_make(run->a, AT_FDCWD, *ret_path, 0700));
    TRY(file_open(run->a, AT_FDCWD, *ret_path, O_RDONLY | O_DIRECTORY, &folder));
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        TRY(folder_make(run->a, folder, folders[i], 0700));
    }
    for (size_t i = 0; i < demo_picture_count(); i++) {
        progress(run, "drawing picture %zu of %zu", i + 1, demo_picture_count());
        TRY(draw_into(run, folder, demo_picture_name(i)));
    }
    for (size_t i = 0; i < COUNT_OF(demo_files); i++) {
        str name = str_of(demo_files[i].name);
        if (!str_ends(name, STR(".md"))) continue;
        TRY(file_replace(run->a, folder, name,
                         (str){(const char *)demo_files[i].bytes, demo_files[i].size}, 0600));
    }
    return OK;
}

/* A logo stands in no text, so no import meets it: it is taken in by itself. */
static err take_logo(struct site *site, str name, str alt, int64_t *ret_media) {
    CLEANUP(arena_done) struct arena a;
    struct demo_picture drawn;
    CLEANUP(maker_stop) struct maker maker = MAKER_STOPPED;
    struct maker_spec spec;
    struct picture_set set;
    struct archive_media media = {.alt = alt};
    struct archive_variant variants[PICTURE_SIZES_MAX];
    enum archive_saved saved;
    str stem = str_slice(name, str_find_byte(name, '/') + 1, name.len - 4);
    arena_init(&a, site->run->sys, PICTURE_MEMORY_MAX);
    TRY(demo_picture_draw(&a, stem, &drawn));
    struct pixels pixels = {.format = PIXELS_FORMAT_DRAWN,
                            .width = drawn.width,
                            .height = drawn.height,
                            .bands = drawn.bands};
    pixels.bytes =
        (str){(const char *)drawn.pixels, (size_t)drawn.width * drawn.height * drawn.bands};
    TRY(originals_maker(site->run, &spec));
    TRY(maker_start(&spec, &maker));
    TRY(maker_give_pixels(&maker, site->run->sys, &pixels, false));
    TRY(maker_take(&maker, &a, &set));
    for (size_t i = 0; i < set.count; i++) {
        str hex;
        variants[i] = (struct archive_variant){
            .width = (int32_t)set.sizes[i].width,
            .height = (int32_t)set.sizes[i].height,
            .format = set.format == PICTURE_PNG ? STR("png") : STR("jpeg"),
            .bytes = (int64_t)set.sizes[i].bytes.len,
        };
        vault_hash(set.sizes[i].bytes, variants[i].hash);
        TRY(vault_hex(&a, variants[i].hash, sizeof variants[i].hash, &hex));
        TRY(file_replace(&a, site->media, hex, set.sizes[i].bytes, 0600));
    }
    vault_hash(pixels.bytes, media.original_hash);
    media.name = name;
    media.colour = set.colour;
    media.variants = variants;
    media.variant_count = set.count;
    TRY(archive_media_put(site->archive, &a, &media, &saved));
    *ret_media = media.id;
    return OK;
}

/* ---- What stands around the stories --------------------------------------------------------- */

static err put_call(struct site *site, const struct ini *ini, const char *language,
                    enum archive_block_kind kind, const char *prefix) {
    struct arena *a = site->run->a;
    struct archive_block block = {.kind = kind, .position = (int32_t)kind};
    static const char *const titles[] = {"title", "name"};
    str key;
    for (size_t i = 0; i < COUNT_OF(titles) && block.title.len == 0; i++) {
        TRY(arena_printf(a, &key, "%s.%s", prefix, titles[i]));
        block.title = ini_get(ini, STR(""), key);
    }
    TRY(arena_printf(a, &key, "%s.text", prefix));
    block.text = ini_get(ini, STR(""), key);
    TRY(arena_printf(a, &key, "%s.button", prefix));
    block.label = ini_get(ini, STR(""), key);
    TRY(arena_printf(a, &key, "%s.link", prefix));
    block.link = ini_get(ini, STR(""), key);
    return archive_block_put(site->archive, str_of(language), &block);
}

/* The numbered ones: learn.1.label, learn.1.link; seen.1.picture, seen.1.alt, seen.1.link. */
static err put_list(struct site *site, const struct ini *ini, const char *language,
                    enum archive_block_kind kind, const char *prefix) {
    struct arena *a = site->run->a;
    struct archive_block_item items[VALUES_MAX];
    struct archive_block block = {.kind = kind, .position = (int32_t)kind, .items = items};
    bool is_seen = kind == ARCHIVE_BLOCK_SEEN_IN;
    str key;
    TRY(arena_printf(a, &key, "%s.title", prefix));
    block.title = ini_get(ini, STR(""), key);
    for (int i = 1; i < VALUES_MAX; i++) {
        struct archive_block_item item = {0};
        TRY(arena_printf(a, &key, "%s.%d.%s", prefix, i, is_seen ? "alt" : "label"));
        item.label = ini_get(ini, STR(""), key);
        TRY(arena_printf(a, &key, "%s.%d.link", prefix, i));
        item.link = ini_get(ini, STR(""), key);
        if (item.label.len == 0) break;
        TRY(arena_printf(a, &key, "%s.%d.picture", prefix, i));
        if (is_seen) TRY(take_logo(site, ini_get(ini, STR(""), key), item.label, &item.media));
        items[block.item_count++] = item;
    }
    return archive_block_put(site->archive, str_of(language), &block);
}

static err put_around(struct site *site, const char *language) {
    struct arena *a = site->run->a;
    struct archive *archive = site->archive;
    struct ini ini;
    str name;
    TRY(arena_printf(a, &name, "blocks.%s.ini", language));
    TRY(ini_parse(a, demo_file(name.ptr), &ini));
    str site_name = ini_get(&ini, STR(""), STR("site.name"));
    str tagline = ini_get(&ini, STR(""), STR("site.tagline"));
    TRY(archive_setting_put(archive, STR("site.name"), str_of(language), site_name));
    TRY(archive_setting_put(archive, STR("site.tagline"), str_of(language), tagline));
    TRY(archive_setting_put(archive, STR("site.offset"), STR(""), STR("+09:00")));
    TRY(archive_setting_put(archive, STR("site.menu"), str_of(language),
                            STR("about how-we-ask one-lamp")));
    TRY(put_call(site, &ini, language, ARCHIVE_BLOCK_APPEAL, "appeal"));
    TRY(put_call(site, &ini, language, ARCHIVE_BLOCK_RELATED, "check"));
    TRY(put_call(site, &ini, language, ARCHIVE_BLOCK_MONTHLY, "monthly"));
    TRY(put_list(site, &ini, language, ARCHIVE_BLOCK_LEARN, "learn"));
    return put_list(site, &ini, language, ARCHIVE_BLOCK_SEEN_IN, "seen");
}

/* ---- Where everything stands ---------------------------------------------------------------- */

/* A line "key: value" of a text's front matter. */
static str front_value(str text, str key) {
    while (text.len > 0) {
        str line;
        str name;
        str value;
        str_cut(text, '\n', &line, &text);
        if (str_cut(line, ':', &name, &value) && str_eq(name, key)) return str_trim(value);
    }
    return (str){0};
}

static err index_stories(struct site *site, struct demo_index *index) {
    struct arena *a = site->run->a;
    index->stories = arena_array(a, COUNT_OF(demo_files), sizeof *index->stories);
    if (index->stories == NULL) FAIL(ERR_NO_MEMORY, "no memory for the demo");
    for (size_t i = 0; i < COUNT_OF(demo_files); i++) {
        str text = {(const char *)demo_files[i].bytes, demo_files[i].size};
        struct archive_version version;
        str name;
        int64_t id = 0;
        if (!str_starts(str_of(demo_files[i].name), STR("en/"))) continue;
        TRY(arena_printf(a, &name, "en/" STR_FMT, STR_ARG(front_value(text, STR("slug")))));
        TRY(site_find(site, name, &id));
        TRY(archive_version_load(site->archive, a, id, &version));
        index->stories[index->story_count++] = (struct demo_story){
            .group = front_value(text, STR("group")), .archive_group = version.group};
    }
    return OK;
}

static err index_pictures(struct site *site, struct demo_index *index) {
    struct arena *a = site->run->a;
    int64_t *ids = NULL;
    TRY(archive_media_ids(site->archive, a, &ids, &index->picture_count));
    struct archive_media *pictures = arena_array(a, index->picture_count, sizeof *pictures);
    if (pictures == NULL) FAIL(ERR_NO_MEMORY, "no memory for the demo");
    for (size_t i = 0; i < index->picture_count; i++) {
        TRY(archive_media_load(site->archive, a, ids[i], &pictures[i]));
    }
    index->pictures = pictures;
    return OK;
}

/* ---- The whole way -------------------------------------------------------------------------- */

static err fill_archive(struct site *site) {
    struct intake_options intake;
    struct intake_report report;
    str source;
    TRY(write_source(site, &source));
    TRY(originals_intake(site, -1, &intake));
    TRY(intake_folder(site->run->a, &intake, source, &report));
    if (report.skipped.count + report.pictures_missing.count + report.pictures_refused.count > 0) {
        FAIL(ERR_INVALID, "the demo's own texts could not be imported whole");
    }
    TRY(archive_begin(site->archive));
    for (size_t i = 0; i < COUNT_OF(LANGUAGES); i++) TRY(put_around(site, LANGUAGES[i]));
    return archive_commit(site->archive);
}

static err fill(struct site *site, struct pressroom_result *result) {
    struct demo_index index = {0};
    size_t stopped = 0;
    TRY(site_archive(site, false));
    TRY(fill_archive(site));
    TRY(index_stories(site, &index));
    TRY(index_pictures(site, &index));
    TRY(cards_make_all(site, /* only_adopted= */ false));
    progress(site->run, "entering people, consents and risks");
    TRY(demo_people_enter(site, demo_file("people.ini"), &index));
    progress(site->run, "the gate examines");
    TRY(examine_everything(site, GATE_CLEAR, STR("Im Garam"), &stopped));
    if (stopped > 0) FAIL(ERR_DENIED, "the gate stopped %zu items of the demo", stopped);
    return pressroom_press(site, STR("Im Garam"), /* is_anew= */ false, result);
}

static err run_demo(struct run *run, int *ret_exit) {
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    struct pressroom_result result;
    struct site_wish wish = {.path = str_of(run->arguments->operands[0]),
                             .language = STR("en"),
                             .name = STR("Bridge of Paper")};
    bool made_passphrase = false;
    TRY(site_make(run, &wish, &made_passphrase));
    TRY(site_open_at(run, wish.path, &site));
    TRY(fill(&site, &result));
    TRY(pressroom_print(run, &result, ret_exit));
    if (run->json) return OK;
    return print_format("\nThe site of an invented organisation is in " STR_FMT ".\n"
                        "Next: hanji serve --site " STR_FMT "\n",
                        STR_ARG(wish.path), STR_ARG(wish.path));
}

const struct command command_demo = {
    .name = "demo",
    .operands = "DIR",
    .summary = "make the site of an invented organisation, to look around in",
    .operands_min = 1,
    .operands_max = 1,
    .run = run_demo,
};
