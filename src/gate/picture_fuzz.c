/* picture_fuzz.c: any bytes, both readers: they end, stay inside, and find something in whatever is
 * not a whole picture. Bytes that begin with "CHUNK" describe a PNG instead, whose checksums are
 * made right here: no fuzzer guesses them. */
#include <assert.h>
#include <string.h>

#include "gate/picture.h"

enum { FILE_MAX = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct file {
    char bytes[FILE_MAX];
    size_t len;
};

static void add(struct file *file, str bytes) {
    if (bytes.len == 0 || bytes.len > FILE_MAX - file->len) return;
    memcpy(file->bytes + file->len, bytes.ptr, bytes.len);
    file->len += bytes.len;
}

static void add_u32(struct file *file, uint32_t value) {
    char bytes[4];
    for (int i = 0; i < 4; i++) bytes[i] = (char)(value >> (24 - 8 * i));
    add(file, (str){bytes, 4});
}

static uint32_t crc_of(str bytes) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= (uint8_t)bytes.ptr[i];
        for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
    }
    return ~crc;
}

/* Each chunk is described by a byte for its type, one for its length, and its data. */
static void make_png(str described, struct file *file) {
    static const char TYPES[][5] = {"IHDR", "IDAT", "IEND", "PLTE", "tRNS", "tEXt", "eXIf", "iCCP"};
    add(file, STR("\x89PNG\r\n\x1A\n"));
    while (described.len >= 2) {
        const char *type = TYPES[(uint8_t)described.ptr[0] % COUNT_OF(TYPES)];
        str data = str_slice(described, 2, 2 + (size_t)(uint8_t)described.ptr[1]);
        size_t from = file->len + 4;
        add_u32(file, (uint32_t)data.len);
        add(file, (str){type, 4});
        add(file, data);
        add_u32(file, crc_of((str){file->bytes + from, file->len - from}));
        described = str_skip(described, 2 + data.len);
    }
}

static void check(str bytes) {
    struct picture_finding findings[4];
    size_t count = 0;
    err e = picture_check(bytes, findings, COUNT_OF(findings), &count);
    assert(e.kind == ERR_NONE && count <= COUNT_OF(findings));
    for (size_t i = 0; i < count; i++) {
        assert(findings[i].offset <= bytes.len && findings[i].text[0] != '\0');
    }
    if (count == 0) { /* then the same without its last byte cannot be whole */
        assert(bytes.len > 0);
        e = picture_check(str_slice(bytes, 0, bytes.len - 1), findings, COUNT_OF(findings), &count);
        assert(e.kind == ERR_NONE && count > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    str bytes = {(const char *)data, size};
    struct file file = {.len = 0};
    if (size > FILE_MAX / 8) return 0; /* so that every described PNG fits */
    if (str_starts(bytes, STR("CHUNK"))) {
        make_png(str_skip(bytes, 5), &file);
        bytes = (str){file.bytes, file.len};
    }
    check(bytes);
    return 0;
}
