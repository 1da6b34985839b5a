/* pressing_power_test.c: the power fails in the middle of a press, at every call there is.
 *
 * A disk keeps what was synced. Of the rest it keeps anything: this write, not the one before it, a
 * file's name and not its bytes, an unlink that came after a rename that was lost. So the press
 * runs over a layer that notes each write and each change of a name, and when the power fails a
 * folder is made of what was synced and a part, by lot, of what was not. In it the old pressing or
 * the new one must be live and whole, and the next press must succeed. */
#include <errno.h>

#include "pressing/pressing_testing.h"

enum { INODES_MAX = 64, OPS_MAX = 512, NAMES_MAX = 64, FILES_MAX = 64, SEEDS = 12, CUTS_MAX = 400 };

enum op_kind { OP_WRITE, OP_NAME, OP_RENAME, OP_UNLINK };

struct op {
    enum op_kind kind;
    bool is_synced;
    int inode;
    char name[64]; /* of the entry that is made, given or taken away */
    char from[64]; /* of a rename */
    char *bytes;   /* of a write, which appends */
    size_t len;
    size_t at;
};

struct entry {
    char name[64];
    int inode;
};

/* What the kernel believes (files), and how it came to be (ops). */
struct disk {
    struct sys world;
    int calls;
    int cut; /* the call at which the power fails; 0: never */
    struct op ops[OPS_MAX];
    size_t op_count;
    struct entry names[NAMES_MAX];
    size_t name_count;
    size_t sizes[INODES_MAX];
    int inode_count;
    int inode_of[FILES_MAX]; /* of an open file; -1: the folder, or only read */
    bool is_folder[FILES_MAX];
    uint64_t state;
};

static unsigned lot(struct disk *disk, unsigned below) {
    disk->state ^= disk->state >> 12;
    disk->state ^= disk->state << 25;
    disk->state ^= disk->state >> 27;
    return (unsigned)((disk->state * 0x2545F4914F6CDD1DU) >> 33) % below;
}

static struct entry *find_name(struct entry *names, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i].name, name) == 0) return &names[i];
    }
    return NULL;
}

static void set_name(struct entry *names, size_t *count, const char *name, int inode) {
    struct entry *entry = find_name(names, *count, name);
    if (entry == NULL) {
        assert_true(*count < NAMES_MAX);
        entry = &names[(*count)++];
        snprintf(entry->name, sizeof entry->name, "%s", name);
    }
    entry->inode = inode;
}

static void drop_name(struct entry *names, size_t *count, const char *name) {
    struct entry *entry = find_name(names, *count, name);
    if (entry != NULL) *entry = names[--*count];
}

static struct op *note(struct disk *disk, enum op_kind kind, int inode, const char *name) {
    assert_true(disk->op_count < OPS_MAX);
    struct op *op = &disk->ops[disk->op_count++];
    *op = (struct op){.kind = kind, .inode = inode};
    snprintf(op->name, sizeof op->name, "%s", name);
    return op;
}

/* ---- The layer ------------------------------------------------------------------------------- */

static bool is_off(struct disk *disk) {
    disk->calls++;
    bool off = disk->cut > 0 && disk->calls >= disk->cut;
    if (off) errno = EIO;
    return off;
}

static void *disk_alloc(void *ctx, size_t size) {
    struct disk *disk = ctx;
    return disk->world.alloc(disk->world.ctx, size);
}

static void disk_free(void *ctx, void *block) {
    struct disk *disk = ctx;
    disk->world.free(disk->world.ctx, block);
}

static int64_t disk_now(void *ctx) {
    struct disk *disk = ctx;
    return disk->world.now_seconds(disk->world.ctx);
}

static bool disk_random(void *ctx, void *block, size_t size) {
    struct disk *disk = ctx;
    return disk->world.random(disk->world.ctx, block, size);
}

static int disk_open(void *ctx, int folder, const char *path, int flags, mode_t mode) {
    struct disk *disk = ctx;
    if (is_off(disk)) return -1;
    int fd = disk->world.open(disk->world.ctx, folder, path, flags, mode);
    if (fd < 0) return fd;
    assert_true(fd < FILES_MAX);
    struct entry *entry = find_name(disk->names, disk->name_count, path);
    disk->is_folder[fd] = strcmp(path, ".") == 0;
    disk->inode_of[fd] = entry != NULL ? entry->inode : -1;
    if ((flags & O_CREAT) != 0) {
        assert_null(entry); /* every file of ours is made with O_EXCL */
        assert_true(disk->inode_count < INODES_MAX);
        int inode = disk->inode_count++;
        disk->inode_of[fd] = inode;
        disk->sizes[inode] = 0;
        set_name(disk->names, &disk->name_count, path, inode);
        note(disk, OP_NAME, inode, path);
    }
    return fd;
}

static ssize_t disk_read(void *ctx, int fd, void *block, size_t size) {
    struct disk *disk = ctx;
    if (is_off(disk)) return -1;
    return disk->world.read(disk->world.ctx, fd, block, size);
}

static void note_write(struct disk *disk, int inode, const void *block, size_t size) {
    struct op *op = note(disk, OP_WRITE, inode, "");
    op->bytes = malloc(size);
    assert_non_null(op->bytes);
    memcpy(op->bytes, block, size);
    op->len = size;
    op->at = disk->sizes[inode];
    disk->sizes[inode] += size;
}

static ssize_t disk_write(void *ctx, int fd, const void *block, size_t size) {
    struct disk *disk = ctx;
    if (is_off(disk)) return -1;
    if (size > 1) size = (size + 1) / 2; /* so that a file is more than one write */
    ssize_t put = disk->world.write(disk->world.ctx, fd, block, size);
    if (put > 0) note_write(disk, disk->inode_of[fd], block, (size_t)put);
    return put;
}

static int disk_sync(void *ctx, int fd) {
    struct disk *disk = ctx;
    if (is_off(disk)) return -1;
    for (size_t i = 0; i < disk->op_count; i++) {
        struct op *op = &disk->ops[i];
        bool is_of_folder = op->kind != OP_WRITE;
        if (disk->is_folder[fd] ? is_of_folder : !is_of_folder && op->inode == disk->inode_of[fd]) {
            op->is_synced = true;
        }
    }
    return 0;
}

static int disk_close(void *ctx, int fd) {
    struct disk *disk = ctx;
    return disk->world.close(disk->world.ctx, fd);
}

static int disk_rename(void *ctx, int folder, const char *from, const char *to) {
    struct disk *disk = ctx;
    if (is_off(disk)) return -1;
    int result = disk->world.rename(disk->world.ctx, folder, from, to);
    struct entry *entry = find_name(disk->names, disk->name_count, from);
    if (result != 0) return result;
    assert_non_null(entry);
    struct op *op = note(disk, OP_RENAME, entry->inode, to);
    snprintf(op->from, sizeof op->from, "%s", from);
    int inode = entry->inode;
    drop_name(disk->names, &disk->name_count, from);
    set_name(disk->names, &disk->name_count, to, inode);
    return 0;
}

static int disk_unlink(void *ctx, int folder, const char *path) {
    struct disk *disk = ctx;
    if (is_off(disk)) return -1;
    int result = disk->world.unlink(disk->world.ctx, folder, path);
    if (result != 0) return result;
    note(disk, OP_UNLINK, -1, path);
    drop_name(disk->names, &disk->name_count, path);
    return 0;
}

static struct sys disk_sys(struct disk *disk, uint64_t seed, int cut) {
    *disk = (struct disk){.world = sys_real(), .cut = cut, .state = seed};
    return (struct sys){
        .ctx = disk,
        .alloc = disk_alloc,
        .free = disk_free,
        .now_seconds = disk_now,
        .random = disk_random,
        .open = disk_open,
        .read = disk_read,
        .write = disk_write,
        .sync = disk_sync,
        .close = disk_close,
        .rename = disk_rename,
        .unlink = disk_unlink,
    };
}

static void disk_done(struct disk *disk) {
    for (size_t i = 0; i < disk->op_count; i++) free(disk->ops[i].bytes);
}

/* What lies in the folder before the press has been there for long. */
static void adopt(struct disk *disk, struct bench *bench) {
    DIR *listing = opendir(bench->path);
    assert_non_null(listing);
    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        str bytes;
        if (entry->d_name[0] == '.') continue;
        int inode = disk->inode_count++;
        good(file_read(&bench->arena, bench->folder, str_of(entry->d_name), SMALL_CAP, &bytes));
        set_name(disk->names, &disk->name_count, entry->d_name, inode);
        note(disk, OP_NAME, inode, entry->d_name)->is_synced = true;
        note_write(disk, inode, bytes.ptr, bytes.len);
        disk->ops[disk->op_count - 1].is_synced = true;
    }
    closedir(listing);
}

/* ---- After the power came back --------------------------------------------------------------- */

static void apply_name(const struct op *op, struct entry *names, size_t *count) {
    switch (op->kind) {
    case OP_NAME: set_name(names, count, op->name, op->inode); break;
    case OP_RENAME:
        set_name(names, count, op->name, op->inode);
        drop_name(names, count, op->from);
        break;
    case OP_UNLINK: drop_name(names, count, op->name); break;
    case OP_WRITE: break;
    }
}

/* Makes the folder that the disk holds now: what was synced and a part of the rest. */
static void recover(struct disk *disk, const struct bench *after) {
    struct entry names[NAMES_MAX];
    size_t count = 0;
    bool kept[OPS_MAX];
    for (size_t i = 0; i < disk->op_count; i++) {
        kept[i] = disk->ops[i].is_synced || lot(disk, 2) == 0;
        if (kept[i]) apply_name(&disk->ops[i], names, &count);
    }
    for (size_t i = 0; i < count; i++) {
        int fd =
            openat(after->folder, names[i].name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        for (size_t j = 0; j < disk->op_count; j++) {
            const struct op *op = &disk->ops[j];
            if (op->kind != OP_WRITE || op->inode != names[i].inode || !kept[j]) continue;
            assert_int_equal(pwrite(fd, op->bytes, op->len, (off_t)op->at), op->len);
        }
        close(fd);
    }
}

/* ---- The press ------------------------------------------------------------------------------- */

static err write_pages(struct arena *a, struct pressing_writer *writer, str story) {
    uint32_t number = 0;
    TRY(declare(writer, story, &number));
    for (int i = 0; i < 3; i++) {
        struct pressing_page page = {.status = 200, .clearances = &number, .clearance_count = 1};
        TRY(arena_printf(a, &page.path, "/%d/", i));
        TRY(arena_printf(a, &page.body, STR_FMT " %d", STR_ARG(story), i));
        TRY(pressing_writer_page(writer, &page));
    }
    return OK;
}

/* The story anew, and "/kept/" as it was when there is a base. */
static err press(const struct sys *sys, const struct bench *bench, str story) {
    CLEANUP(arena_done) struct arena a;
    CLEANUP(pressing_close) struct pressing *base = NULL;
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    const struct pressing_place place = {
        .sys = sys, .folder = bench->folder, .clearing_key = bench->key};
    str name;
    size_t kept = 0;
    arena_init(&a, sys, SMALL_CAP);
    TRY(pressing_sweep(&a, bench->folder));
    err e = pressing_open_current(&place, &a, &name, &base);
    if (e.kind != ERR_NONE && e.kind != ERR_NOT_FOUND) return e;
    TRY(pressing_writer_open(sys, bench->folder, base, &writer));
    TRY(write_pages(&a, writer, story));
    if (base != NULL && pressing_find_number(base, STR("/kept/"), &kept)) {
        TRY(pressing_writer_keep(writer, kept));
    } else {
        TRY(pressing_writer_page(writer, &(struct pressing_page){.path = STR("/kept/"),
                                                                 .status = 200,
                                                                 .body = STR("kept and kept")}));
    }
    TRY(pressing_writer_finish(writer, &a, &name));
    TRY(seal(&a, bench, name));
    return pressing_publish(&a, bench->folder, name);
}

static bool shows(struct bench *bench, const struct pressing *pressing, str story) {
    struct pressing_page page;
    for (int i = 0; i < 3; i++) {
        str path;
        str body;
        good(arena_printf(&bench->arena, &path, "/%d/", i));
        good(arena_printf(&bench->arena, &body, STR_FMT " %d", STR_ARG(story), i));
        if (!pressing_find(pressing, path, &page) || !str_eq(page.body, body)) return false;
    }
    return pressing_find(pressing, STR("/kept/"), &page) &&
           str_eq(page.body, STR("kept and kept")) && pressing_page_count(pressing) == 4;
}

static void expect_live(struct bench *bench, str one, str other) {
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    good(open_live(bench, &pressing));
    good(pressing_verify(pressing, &bench->arena, NULL));
    assert_true(shows(bench, pressing, one) || shows(bench, pressing, other));
}

/* Power fails at call `cut` of the press. True when the press was over before it. */
static bool fail_at(uint64_t seed, int cut) {
    void *before_state = NULL;
    void *after_state = NULL;
    struct disk *disk = malloc(sizeof *disk);
    assert_non_null(disk);
    assert_int_equal(begin(&before_state), 0);
    assert_int_equal(begin(&after_state), 0);
    struct bench *before = before_state;
    struct bench *after = after_state;
    memcpy(after->key, before->key, sizeof after->key);
    memcpy(after->secret, before->secret, sizeof after->secret);
    good(press(&before->sys, before, STR("the oldest story")));
    good(press(&before->sys, before, STR("the old story")));
    struct sys sys = disk_sys(disk, seed, cut);
    adopt(disk, before);
    err e = press(&sys, before, STR("the new story"));
    bool is_over = disk->calls < cut;
    if (is_over) good(e);
    recover(disk, after);
    expect_live(after, is_over ? STR("the new story") : STR("the old story"), STR("the new story"));
    good(press(&after->sys, after, STR("the next story")));
    expect_live(after, STR("the next story"), STR("the next story"));
    assert_false(folder_has(after, STR("the old story")));
    assert_false(folder_has(after, STR("the new story")));
    disk_done(disk);
    free(disk);
    end(&before_state);
    end(&after_state);
    return is_over;
}

static void a_power_cut_leaves_the_old_or_the_new_one_whole(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        int cut = 1;
        while (!fail_at((seed * CUTS_MAX + (uint64_t)cut) * 0x9E3779B97F4A7C15U, cut)) {
            cut++;
            assert_true(cut < CUTS_MAX);
        }
        assert_true(cut > 20);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_power_cut_leaves_the_old_or_the_new_one_whole),
    };
    return cmocka_run_group_tests_name("pressing_power", tests, NULL, NULL);
}
