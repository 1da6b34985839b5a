/* picture.c: which reader, and the list of findings. See picture.h. */
#include <assert.h>
#include <stdio.h>

#include "gate/picture_impl.h"

bool picture_note(struct picture_report *report, const char *rule, size_t offset,
                  const char *format, ...) {
    if (report->count == report->max) return false;
    struct picture_finding *finding = &report->findings[report->count++];
    finding->rule = rule;
    finding->offset = offset;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->text, sizeof finding->text, format, arguments);
    va_end(arguments);
    return report->count < report->max;
}

void picture_stop(struct picture_report *report, size_t offset, const char *why) {
    picture_note(report, "R24", offset, "%s", why);
}

err picture_check(str bytes, struct picture_finding *findings, size_t max, size_t *ret_count) {
    assert(max > 0);
    if (bytes.len > LIMIT_PICTURE_BYTES) {
        FAIL(ERR_LIMIT, "a picture of %zu bytes is over the limit of %d", bytes.len,
             LIMIT_PICTURE_BYTES);
    }
    struct picture_report report = {.findings = findings, .max = max};
    if (str_starts(bytes, STR("\xFF\xD8")))
        picture_jpeg(bytes, &report);
    else if (str_starts(bytes, STR("\x89PNG\r\n\x1A\n")))
        picture_png(bytes, &report);
    else if (str_starts(str_skip(bytes, 4), STR("ftypavif")))
        picture_avif(bytes, &report);
    else
        picture_stop(&report, 0, "neither a JPEG nor a PNG nor an AVIF");
    *ret_count = report.count;
    return OK;
}
