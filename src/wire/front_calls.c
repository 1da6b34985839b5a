/* front_calls.c: see front_calls.h. */
#include "wire/front_calls.h"

enum { PEM_MAX = 1 << 20 };

static const struct wire_member listener_members[] = {WIRE_M_NUMBER(struct front_listener, kind)};
static const struct wire_shape listener_shape = WIRE_SHAPE(struct front_listener, listener_members);

static const struct wire_member logs_members[] = {
    WIRE_M_NUMBER(struct front_logs, has_access),
    WIRE_M_NUMBER(struct front_logs, has_counts),
    WIRE_M_NUMBER(struct front_logs, tells_addresses),
};
static const struct wire_shape logs_shape = WIRE_SHAPE(struct front_logs, logs_members);

static const struct wire_member certificate_members[] = {
    WIRE_M_BYTES(struct front_certificate, chain, PEM_MAX),
    WIRE_M_BYTES(struct front_certificate, key, PEM_MAX),
};
static const struct wire_shape certificate_shape =
    WIRE_SHAPE(struct front_certificate, certificate_members);

static const struct wire_member setup_members[] = {
    WIRE_M_FIXED(struct front_setup, clearing_key),
    WIRE_M_TEXT(struct front_setup, language, LIMIT_LANGUAGE_BYTES),
    WIRE_M_TEXT(struct front_setup, trusted, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct front_setup, onion, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct front_setup, secure_base, LIMIT_NAME_BYTES),
    WIRE_M_LIST(struct front_setup, listeners, listener_count, FRONT_LISTENERS_MAX,
                &listener_shape),
    WIRE_M_NESTED(struct front_setup, certificate, &certificate_shape),
    WIRE_M_NESTED(struct front_setup, logs, &logs_shape),
};
const struct wire_shape front_setup_shape = WIRE_SHAPE(struct front_setup, setup_members);

static const struct wire_member renewal_members[] = {
    WIRE_M_NESTED(struct front_renewal, certificate, &certificate_shape),
    WIRE_M_NESTED(struct front_renewal, logs, &logs_shape),
};
const struct wire_shape front_renewal_shape = WIRE_SHAPE(struct front_renewal, renewal_members);
