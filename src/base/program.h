/* program.h: which program this is, to the last byte of its code. */
#pragma once

#include <stddef.h>

/* The id that the linker gave to this executable (--build-id): other code, another id. Returns its
 * length, at most PROGRAM_ID_BYTES, or 0 when there is none. */
enum { PROGRAM_ID_BYTES = 32 };
size_t program_id(unsigned char ret_id[PROGRAM_ID_BYTES]);
