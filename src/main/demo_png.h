/* demo_png.h: a drawn picture as a PNG file, so that the demo goes the way every picture goes. */
#pragma once

#include "base/base.h"
#include "main/demo_draw.h"

/* *ret_file lives in `a`. fails: ERR_NO_MEMORY. */
err demo_png(struct arena *a, const struct demo_picture *picture, str *ret_file) MUST_USE;
