/* wire_fuzz.c: any bytes as any message. The first byte chooses the shape. What is understood must
 * pack to the same bytes again: a message has one form alone, for it is hashed and signed. */
#include <stdlib.h>

#include "wire/gate_calls.h"

enum { ARENA_CAP = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct wire_shape *shape_of(uint8_t number) {
    if (number < 2 * GATE_CALL_COUNT) {
        const struct gate_call_row *row = gate_call_of((enum gate_call)(number / 2));
        return number % 2 == 0 ? row->request : row->reply;
    }
    if (number % 2 == 0) return number % 4 == 0 ? &source_shape : &clearance_shape;
    return number % 4 == 1 ? &gate_error_shape : &gate_person_record_shape;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, ARENA_CAP);
    if (size == 0) return 0;
    const struct wire_shape *shape = shape_of(data[0]);
    str bytes = {(const char *)data + 1, size - 1};
    void *message = arena_alloc(&a, shape->size);
    if (wire_unpack(&a, shape, bytes, message).kind != ERR_NONE) return 0;
    struct buf again;
    str packed;
    buf_init(&again, &a, LIMIT_MESSAGE_BYTES);
    wire_pack(&again, shape, message);
    if (buf_finish(&again, &packed).kind != ERR_NONE || !str_eq(packed, bytes)) abort();
    return 0;
}
