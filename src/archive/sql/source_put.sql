-- Remembers what a thing of another system became. ?1 system, ?2 name there, ?3 version or NULL,
-- ?4 picture or NULL.
INSERT INTO source (system, name, version_id, media_id) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (system, name)
DO UPDATE SET version_id = excluded.version_id, media_id = excluded.media_id;
