/* fields.c: two fields that decide what is sent. See http.h. */
#include "http/http.h"

/* ---- Accept-Encoding ------------------------------------------------------------------------- */

/* "0.375" to 375; a weight that is none counts as not given. RFC 9110, 12.4.2. */
static unsigned read_weight(str text) {
    if (text.len == 0 || text.len > 5 || (text.ptr[0] != '0' && text.ptr[0] != '1')) return 1000;
    unsigned weight = text.ptr[0] == '1' ? 1000 : 0;
    if (text.len == 1) return weight;
    if (text.ptr[1] != '.') return 1000;
    unsigned place = 100;
    for (size_t i = 2; i < text.len; i++, place /= 10) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return 1000;
        weight += (unsigned)(text.ptr[i] - '0') * place;
    }
    return weight > 1000 ? 1000 : weight;
}

/* One item of the list: its coding, and the weight among its parameters. */
static unsigned read_item(str item, str *ret_coding) {
    str rest;
    unsigned weight = 1000;
    str_cut(item, ';', &item, &rest);
    *ret_coding = str_trim(item);
    while (rest.len > 0) {
        str parameter;
        str value;
        str_cut(rest, ';', &parameter, &rest);
        if (!str_cut(parameter, '=', &parameter, &value)) continue;
        if (str_eq_nocase(str_trim(parameter), STR("q"))) weight = read_weight(str_trim(value));
    }
    return weight;
}

unsigned http_coding_quality(str accept_encoding, str coding) {
    bool is_identity = str_eq(coding, STR("identity"));
    unsigned named = 0, others = 0;
    bool is_named = false, has_others = false;
    while (accept_encoding.len > 0) {
        str item, name;
        str_cut(accept_encoding, ',', &item, &accept_encoding);
        unsigned weight = read_item(item, &name);
        if (str_eq_nocase(name, coding)) {
            named = is_named && named < weight ? named : weight;
            is_named = true;
        } else if (str_eq(name, STR("*"))) {
            others = weight;
            has_others = true;
        }
    }
    if (is_named) return named;
    if (has_others) return others;
    return is_identity ? 1000 : 0;
}

/* ---- If-None-Match --------------------------------------------------------------------------- */

/* Weak comparison looks at what stands between the quotes (RFC 9110, 8.8.3.2). */
static str without_weakness(str etag) {
    return str_starts(etag, STR("W/")) ? str_skip(etag, 2) : etag;
}

bool http_etag_listed(str list, str etag) {
    list = str_trim(list);
    if (str_eq(list, STR("*"))) return true;
    etag = without_weakness(etag);
    while (list.len > 0) {
        list = str_trim(list);
        if (list.len > 0 && list.ptr[0] == ',') {
            list = str_skip(list, 1);
            continue;
        }
        list = without_weakness(list);
        if (list.len == 0 || list.ptr[0] != '"') return false; /* not a list of tags: no match */
        size_t end = str_find_byte(str_skip(list, 1), '"');
        if (end == STR_NONE) return false;
        if (str_eq(str_slice(list, 0, end + 2), etag)) return true;
        list = str_skip(list, end + 2); /* a comma inside the quotes belongs to the tag */
    }
    return false;
}
