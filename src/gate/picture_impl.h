/* picture_impl.h: what the three picture readers share. Nobody else includes it. */
#pragma once

#include "gate/picture.h"

struct picture_report {
    struct picture_finding *findings;
    size_t max;
    size_t count;
};

/* Notes a finding; false when the reading must end, because this was the last there is room for. */
bool picture_note(struct picture_report *report, const char *rule, size_t offset,
                  const char *format, ...) PRINTF_LIKE(4, 5);

/* Notes that the file cannot be read any further: R24. */
void picture_stop(struct picture_report *report, size_t offset, const char *why);

/* The readers. `bytes` begins with the format's mark. */
void picture_jpeg(str bytes, struct picture_report *report);
void picture_png(str bytes, struct picture_report *report);
void picture_avif(str bytes, struct picture_report *report);

/* Big-endian numbers at `at`, which the caller knows to be inside. */
static inline uint8_t byte_at(str bytes, size_t at) { return (uint8_t)bytes.ptr[at]; }
static inline uint32_t u16_at(str bytes, size_t at) {
    return (uint32_t)byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}
static inline uint32_t u32_at(str bytes, size_t at) {
    return u16_at(bytes, at) << 16 | u16_at(bytes, at + 2);
}
