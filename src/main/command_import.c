/* command_import.c: hanji import wordpress FILE, hanji import markdown DIR. */
#include <fcntl.h>
#include <stdio.h>

#include "main/originals.h"

static const struct option options[] = {
    {"media", OPTION_TEXT, "DIR", "WordPress: the uploads folder, with its years and months"},
    {"language", OPTION_TEXT, "TAG", "the language of items that do not say their own"},
    {"by", OPTION_TEXT, "NAME", "who imports"},
    {"no-avif", OPTION_FLAG, NULL, "photographs as JPEG alone: quicker to import, slower to load"},
};

static err print_report(struct run *run, const struct intake_report *report) {
    struct buf text;
    str done;
    buf_init(&text, run->a, LIMIT_MESSAGE_BYTES);
    if (run->json)
        intake_report_json(&text, report);
    else
        intake_report_text(&text, report);
    TRY(buf_finish(&text, &done));
    return print_text(done);
}

static err run_import(struct run *run, int *ret_exit) {
    (void)ret_exit;
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    CLEANUP(fd_close) int uploads = -1;
    struct intake_options intake;
    struct intake_report report;
    str kind = str_of(run->arguments->operands[0]);
    str path = str_of(run->arguments->operands[1]);
    str media = option_text(run->arguments, "media");
    bool is_wordpress = str_eq(kind, STR("wordpress"));
    if (!is_wordpress && !str_eq(kind, STR("markdown"))) {
        return misused(run, "'" STR_FMT "' cannot be imported: wordpress FILE, or markdown DIR",
                       STR_ARG(kind));
    }
    TRY(site_open(run, &site));
    TRY(site_archive(&site, false));
    if (media.len > 0) {
        err e = file_open(run->a, AT_FDCWD, media, O_RDONLY | O_DIRECTORY, &uploads);
        if (e.kind != ERR_NONE) return err_wrap(e, "--media");
    }
    TRY(originals_intake(&site, uploads, &intake));
    intake.without_avif = option_given(run->arguments, "no-avif");
    TRY(is_wordpress ? intake_wordpress(run->a, &intake, path, &report)
                     : intake_folder(run->a, &intake, path, &report));
    progress_end(run);
    return print_report(run, &report);
}

const struct command command_import = {
    .name = "import",
    .operands = "wordpress|markdown PATH",
    .summary = "bring in a WordPress export, or a folder of Markdown",
    .details = "hanji import wordpress export.xml --media wp-content/uploads\n"
               "hanji import markdown stories/\n"
               "Ends in a report that sums to the source. Importing twice is importing once.",
    .options = options,
    .option_count = COUNT_OF(options),
    .operands_min = 2,
    .operands_max = 2,
    .run = run_import,
};
