-- The revision after the one given, and whether it is its version's last. ?1 id.
SELECT id, version_id, hash, state,
       NOT EXISTS (SELECT 1 FROM revision AS later
                   WHERE later.version_id = revision.version_id AND later.id > revision.id)
FROM revision WHERE id > ?1 ORDER BY id LIMIT 1;
