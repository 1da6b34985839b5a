/* address.h: what the addresses in an old site's texts point at. */
#pragma once

#include "base/base.h"

/* Percent-decoding. What would not be UTF-8, or would hide a NUL, stays as it was.
 * fails: ERR_NO_MEMORY. */
err address_decode(struct arena *a, str text, str *ret_text) MUST_USE;

/* The decoded path of `address` when it lies on the site at `base` (with or without www, with http
 * or https) or is relative to it: "/2019/05/the-road/", with its "?p=12" when it has one, without a
 * fragment. Empty for all others. fails: ERR_NO_MEMORY. */
err address_on_site(struct arena *a, str address, str base, str *ret_path) MUST_USE;

/* A path as readers can ask for it: "//greek///a/" is "/greek/a/". fails: ERR_NO_MEMORY. */
err address_without_empty_parts(struct arena *a, str path, str *ret_path) MUST_USE;

/* The decoded path below the uploads folder ("2019/05/kettle-300x200.jpg") when the address is that
 * of an upload: below wp-content/uploads/, or on WordPress.com's file servers. Empty for all
 * others, and for one that would climb out. fails: ERR_NO_MEMORY. */
err address_of_upload(struct arena *a, str address, str *ret_path) MUST_USE;

/* "2019/05/kettle-300x200.jpg" gives "2019/05/kettle.jpg"; false when there is no such suffix. */
bool address_without_size(struct arena *a, str path, str *ret_path);

/* A kind of file that is a picture the scrubber reads, by its name. */
bool address_is_picture(str path);

/* A path that is safe to open below a folder: relative, no "..", no empty part. */
bool address_is_safe(str path);
