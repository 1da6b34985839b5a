/* date.h: days and hours in the Gregorian calendar, always in UTC.
 *
 * Hanji keeps seconds since 1970; a struct date is for reading and printing alone. */
#pragma once

#include "base/buf.h"

struct date {
    int year;    /* 1 to 9999 */
    int month;   /* 1 to 12 */
    int day;     /* 1 to 31 */
    int hour;    /* 0 to 23 */
    int minute;  /* 0 to 59 */
    int second;  /* 0 to 59; a leap second is read as 59 */
    int weekday; /* 0 is Sunday; set by date_of, ignored by date_seconds */
};

struct date date_of(int64_t seconds);   /* clamped to the years 1 to 9999 */
int64_t date_seconds(struct date date); /* the fields must be in their ranges */

/* "2026-11-23T06:27:21Z", with any offset, a space for the T, no seconds, a fraction that is
 * dropped, no offset (UTC then), or the day alone (RFC 3339 5.6, read a little more widely).
 * False: output untouched. */
bool date_parse(str text, int64_t *ret_seconds);

/* "Mon, 23 Nov 2026 06:27:21 +0000" (RFC 5322 3.3, as RSS and HTTP write it; GMT and UT too). */
bool date_parse_mail(str text, int64_t *ret_seconds);

void date_add(struct buf *b, int64_t seconds);      /* 2026-11-23T06:27:21Z */
void date_add_day(struct buf *b, int64_t seconds);  /* 2026-11-23 */
void date_add_mail(struct buf *b, int64_t seconds); /* Mon, 23 Nov 2026 06:27:21 +0000 */
