-- The line of the audit log after the one given. ?1 id.
SELECT id, at, who, what, key, detail, hash FROM audit WHERE id > ?1 ORDER BY id LIMIT 1;
