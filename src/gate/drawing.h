/* drawing.h: the gate's reading of an SVG that belongs to the house's style, such as its icon.
 *
 * SVG can carry scripts, links, text and comments. This reader knows a handful of elements that
 * draw shapes and a handful of attributes that say how; whatever else stands in the file is
 * refused. */
#pragma once

#include "base/base.h"

/* True when the drawing holds shapes and nothing else. Otherwise *ret_at is the offset of the first
 * byte that has no place there. */
bool drawing_is_plain(str svg, size_t *ret_at);
