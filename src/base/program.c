/* program.c: see program.h. The id lies in a note (elf(5), Nhdr), mapped with the program. */
#include "base/program.h"

#include <link.h>
#include <stdbool.h>
#include <string.h>

struct found {
    unsigned char *id;
    size_t size;
};

static size_t padded(size_t size) { return (size + 3) & ~(size_t)3; }

static void read_notes(const char *at, size_t size, struct found *found) {
    while (size >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, at, sizeof note);
        size_t whole = sizeof note + padded(note.n_namesz) + padded(note.n_descsz);
        if (whole > size) return;
        bool is_id = note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof "GNU" &&
                     memcmp(at + sizeof note, "GNU", sizeof "GNU") == 0;
        if (is_id && note.n_descsz <= PROGRAM_ID_BYTES) {
            found->size = note.n_descsz;
            memcpy(found->id, at + sizeof note + padded(note.n_namesz), found->size);
            return;
        }
        at += whole;
        size -= whole;
    }
}

/* The first object is the program itself (dl_iterate_phdr(3)): one look, then no more. */
static int look(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type != PT_NOTE) continue;
        /* why: the loader tells addresses as numbers */
        read_notes((const char *)(info->dlpi_addr + header->p_vaddr), header->p_memsz, context);
    }
    return 1;
}

size_t program_id(unsigned char ret_id[PROGRAM_ID_BYTES]) {
    struct found found = {.id = ret_id};
    dl_iterate_phdr(look, &found);
    return found.size;
}
