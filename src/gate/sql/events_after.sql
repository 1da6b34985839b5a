-- The events after number 1, in order.
SELECT id, at, kind, box, hash FROM event WHERE id > ?1 ORDER BY id;
