-- The events of a ledger of format 1, in order.
SELECT id, at, kind, box, hash FROM event_before ORDER BY id;
