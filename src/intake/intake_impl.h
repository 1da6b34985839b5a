/* intake_impl.h: what the files of an import share. For this room alone. */
#pragma once

#include "intake/intake.h"
#include "intake/item.h"
#include "intake/parser.h"
#include "intake/table.h"

/* One item, with all that is made of it on the way. */
#define INTAKE_ITEM_BYTES ((size_t)160 << 20)

/* A picture that the source has or shows. */
struct job_picture {
    str address; /* as the source says it; a path for a folder */
    str upload;  /* below the media folder; empty: it lies elsewhere */
    str alt;
    str caption;
    str title;
    str source; /* of an attachment */
    int64_t number;
    struct archive_media *prepared; /* what is to become of it; NULL: nothing */
    int64_t media;                  /* what it became; 0: nothing */
    enum archive_saved saved;
    str why; /* it became nothing */
    struct job_picture *next;
};

/* The pictures that belong to one post, in their order. */
struct job_family {
    uint64_t *numbers;
    size_t count;
    size_t room;
};

struct job_link {
    str path; /* where it leads now */
};

struct job_group {
    int64_t group;
};

/* Groups that a version names and that were not there when it was saved. */
struct job_relations {
    int64_t version;
    struct item_text *related;
    size_t related_count;
    struct item_text *reports;
    size_t report_count;
    struct job_relations *next;
};

/* A file that this import wrote, and that had not been there. */
struct job_file {
    unsigned char hash[32]; /* its name, in hexadecimal */
    uint64_t mark;          /* tells it from one that somebody puts in its place */
    bool is_original;       /* sealed, not in the folder of media */
    struct job_file *next;
};

struct job {
    struct arena *arena; /* for as long as the import */
    const struct sys *sys;
    const struct intake_options *options;
    struct intake_report *report;
    const struct intake_source *source;
    int input;
    str place; /* what archive_source calls the system it came from */
    str language;
    struct item_site site;

    struct job_picture *pictures; /* all, in the order met */
    struct job_picture **pictures_tail;
    size_t picture_count;
    struct table by_address;  /* as written -> struct job_picture */
    struct table by_upload;   /* path -> struct job_picture */
    struct table by_number;   /* "12" -> struct job_picture */
    struct table by_original; /* hash of the file -> struct job_picture, the first with it */
    struct table families;    /* "12" of the post -> struct job_family */
    struct table links;       /* old path -> struct job_link */
    struct table groups;      /* a source's group -> struct job_group */
    struct job_relations *relations;
    struct job_file *files;   /* the latest first */
    struct table media_files; /* hash of a file in the folder of media -> struct job_file */
    uint64_t entry_count;
    uint64_t entries_done;
};

/* A kind of source: its two halves that run in the child, and how it names things. */
struct intake_source {
    err (*survey)(void *job, int input, int socket);  /* first reading: everything but bodies */
    err (*convert)(void *job, int input, int socket); /* second reading: whole entries */
    bool is_folder;
    const char *prefix; /* of the system's name: "wordpress:" */
};

err intake_run(struct arena *a, const struct intake_options *options,
               const struct intake_source *source, str path,
               struct intake_report *ret_report) MUST_USE;

/* intake_media.c: all pictures the survey met. First everything that takes long, outside of any
 * change of the archive, which others may write to meanwhile: files are scrubbed, rebuilt, kept.
 * Then, inside the import's change, their rows. When the import fails, intake_pictures_forget
 * removes the files that it brought: no row names them. Of an import that was killed they stay, and
 * the next one of the same pictures takes them up again. */
err intake_pictures_prepare(struct job *job) MUST_USE;
err intake_pictures_keep(struct job *job) MUST_USE;
void intake_pictures_forget(struct job *job);

/* The picture met under an address or number, or NULL. In the child too. */
struct job_picture *job_picture_at(struct job *job, struct arena *a, str address);
struct job_picture *job_picture_number(struct job *job, int64_t number);

/* intake_report.c */
err report_add(struct arena *a, struct intake_list *list, str what, str name, str why) MUST_USE;
struct intake_type *report_type(struct intake_report *report, struct arena *a, str name);
