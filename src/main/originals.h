/* originals.h: keeping originals sealed, and the folder of a site from an importer's side. */
#pragma once

#include "intake/intake.h"
#include "main/site.h"

/* What an import into this site works with: options with the archive, folders, scrubber, sealing
 * and progress filled in. `uploads` is an open folder or -1. The site must outlive the options. */
err originals_intake(struct site *site, int uploads, struct intake_options *ret_options) MUST_USE;

/* The programs that make pictures. */
err originals_maker(struct run *run, struct maker_spec *ret_spec) MUST_USE;
