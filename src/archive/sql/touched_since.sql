-- Versions that changed, or whose clearances did, after a change. ?1 its number.
-- Few did: they are looked up by their number (the + keeps the order from choosing the table).
SELECT version_id FROM touched WHERE number > ?1 ORDER BY +version_id;
