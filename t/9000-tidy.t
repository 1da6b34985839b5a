#!/bin/bash
# The rules of the source, and that each of them can fail. tools/tidy.pl holds them.
. "${0%/*}/lib.sh"
{
    perl tools/tidy.pl --self-test
    perl tools/tidy.pl
} | awk '
    # Two plans become one, written at the end.
    /^1\.\./ { next }
    /^(not )?ok / { count++; if (/^not/) failed = 1; sub(/ok [0-9]+/, "ok " count) }
    { print }
    END { print "1.." count; exit failed }'
exit "${PIPESTATUS[1]}"
