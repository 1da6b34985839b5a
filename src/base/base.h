/* base.h: the ground that every room stands on; the other headers of this room stay optional. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/sort.h"
#include "base/str.h"
#include "base/sys.h"
