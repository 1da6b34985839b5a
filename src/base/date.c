/* date.c: see date.h. The day arithmetic counts years from March, so that the leap day comes last
 * and a month's first day is a linear function of its number. */
#include "base/date.h"

#include <assert.h>

enum { DAY_SECONDS = 86400, DAYS_IN_400_YEARS = 146097, DAYS_BEFORE_1970 = 719468 };

static const int64_t SECONDS_MIN = -62135596800; /* 0001-01-01T00:00:00Z */
static const int64_t SECONDS_MAX = 253402300799; /* 9999-12-31T23:59:59Z */

static int64_t days_of(int year, int month, int day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t m = month <= 2 ? month + 9 : month - 3;
    int64_t day_of_year = (153 * m + 2) / 5 + day - 1;
    return 365 * y + y / 4 - y / 100 + y / 400 + day_of_year - DAYS_BEFORE_1970;
}

struct date date_of(int64_t seconds) {
    if (seconds < SECONDS_MIN) seconds = SECONDS_MIN;
    if (seconds > SECONDS_MAX) seconds = SECONDS_MAX;
    int64_t days = seconds / DAY_SECONDS;
    int64_t rest = seconds % DAY_SECONDS;
    if (rest < 0) {
        rest += DAY_SECONDS;
        days--;
    }
    int64_t shifted = days + DAYS_BEFORE_1970; /* days since 1 March of the year 0: never below 0 */
    int64_t era = shifted / DAYS_IN_400_YEARS;
    int64_t in_era = shifted % DAYS_IN_400_YEARS;
    int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t day_of_year = in_era - (365 * year + year / 4 - year / 100);
    int64_t m = (5 * day_of_year + 2) / 153;
    int month = (int)(m < 10 ? m + 3 : m - 9);
    int64_t weekday = (days + 4) % 7; /* 1970 began on a Thursday */
    return (struct date){
        .year = (int)(year + era * 400 + (month <= 2)),
        .month = month,
        .day = (int)(day_of_year - (153 * m + 2) / 5 + 1),
        .hour = (int)(rest / 3600),
        .minute = (int)(rest / 60 % 60),
        .second = (int)(rest % 60),
        .weekday = (int)(weekday < 0 ? weekday + 7 : weekday),
    };
}

int64_t date_seconds(struct date d) {
    assert(d.month >= 1 && d.month <= 12 && d.day >= 1 && d.day <= 31);
    return days_of(d.year, d.month, d.day) * DAY_SECONDS + d.hour * 3600 + d.minute * 60 + d.second;
}

static int days_in_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && is_leap ? 29 : days[month - 1];
}

static bool is_sound(const struct date *d) {
    return d->year >= 1 && d->year <= 9999 && d->month >= 1 && d->month <= 12 && d->day >= 1 &&
           d->day <= days_in_month(d->year, d->month) && d->hour <= 23 && d->minute <= 59 &&
           d->second <= 60;
}

/* Takes `least` to `most` digits off the front. */
static bool take_number(str *text, size_t least, size_t most, int *ret_number) {
    int number = 0;
    size_t len = 0;
    while (len < most && len < text->len && text->ptr[len] >= '0' && text->ptr[len] <= '9') {
        number = number * 10 + (text->ptr[len++] - '0');
    }
    if (len < least) return false;
    *text = str_skip(*text, len);
    *ret_number = number;
    return true;
}

static bool take_byte(str *text, char byte) {
    if (text->len == 0 || text->ptr[0] != byte) return false;
    *text = str_skip(*text, 1);
    return true;
}

/* "+09:00", "+0900", "Z", "GMT", "UT" or nothing. */
static bool take_offset(str text, int *ret_minutes) {
    *ret_minutes = 0;
    text = str_trim(text);
    if (text.len == 0 || str_eq(text, STR("Z")) || str_eq(text, STR("z")) ||
        str_eq(text, STR("GMT")) || str_eq(text, STR("UT"))) {
        return true;
    }
    bool is_west = text.ptr[0] == '-';
    int hours = 0;
    int minutes = 0;
    if (!take_byte(&text, '+') && !take_byte(&text, '-')) return false;
    if (!take_number(&text, 2, 2, &hours)) return false;
    take_byte(&text, ':');
    if (!take_number(&text, 2, 2, &minutes) || text.len > 0) return false;
    if (hours > 23 || minutes > 59) return false;
    *ret_minutes = (is_west ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

static bool finish(struct date d, str offset, int64_t *ret_seconds) {
    int minutes = 0;
    if (!is_sound(&d) || !take_offset(offset, &minutes)) return false;
    if (d.second == 60) d.second = 59;
    *ret_seconds = date_seconds(d) - (int64_t)minutes * 60;
    return true;
}

bool date_parse(str text, int64_t *ret_seconds) {
    struct date d = {0};
    text = str_trim(text);
    if (!take_number(&text, 4, 4, &d.year) || !take_byte(&text, '-') ||
        !take_number(&text, 2, 2, &d.month) || !take_byte(&text, '-') ||
        !take_number(&text, 2, 2, &d.day)) {
        return false;
    }
    if (text.len == 0) return finish(d, text, ret_seconds);
    if (!take_byte(&text, 'T') && !take_byte(&text, 't') && !take_byte(&text, ' ')) return false;
    if (!take_number(&text, 2, 2, &d.hour) || !take_byte(&text, ':') ||
        !take_number(&text, 2, 2, &d.minute)) {
        return false;
    }
    if (take_byte(&text, ':') && !take_number(&text, 2, 2, &d.second)) return false;
    int fraction = 0; /* dropped */
    if (take_byte(&text, '.')) {
        if (!take_number(&text, 1, 1, &fraction)) return false;
        while (take_number(&text, 1, 1, &fraction)) {
        }
    }
    return finish(d, text, ret_seconds);
}

static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const WEEKDAYS[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

bool date_parse_mail(str text, int64_t *ret_seconds) {
    struct date d = {0};
    size_t comma = str_find_byte(text, ',');
    if (comma != STR_NONE) text = str_skip(text, comma + 1);
    text = str_trim(text);
    if (!take_number(&text, 1, 2, &d.day) || !take_byte(&text, ' ')) return false;
    for (int i = 0; i < 12 && d.month == 0; i++) {
        if (str_eq_nocase(str_slice(text, 0, 3), str_of(MONTHS[i]))) d.month = i + 1;
    }
    text = str_skip(text, 3);
    if (d.month == 0 || !take_byte(&text, ' ') || !take_number(&text, 4, 4, &d.year) ||
        !take_byte(&text, ' ') || !take_number(&text, 2, 2, &d.hour) || !take_byte(&text, ':') ||
        !take_number(&text, 2, 2, &d.minute)) {
        return false;
    }
    if (take_byte(&text, ':') && !take_number(&text, 2, 2, &d.second)) return false;
    return finish(d, text, ret_seconds);
}

void date_add(struct buf *b, int64_t seconds) {
    struct date d = date_of(seconds);
    buf_printf(b, "%04d-%02d-%02dT%02d:%02d:%02dZ", d.year, d.month, d.day, d.hour, d.minute,
               d.second);
}

void date_add_day(struct buf *b, int64_t seconds) {
    struct date d = date_of(seconds);
    buf_printf(b, "%04d-%02d-%02d", d.year, d.month, d.day);
}

void date_add_mail(struct buf *b, int64_t seconds) {
    struct date d = date_of(seconds);
    buf_printf(b, "%s, %02d %s %04d %02d:%02d:%02d +0000", WEEKDAYS[d.weekday], d.day,
               MONTHS[d.month - 1], d.year, d.hour, d.minute, d.second);
}
