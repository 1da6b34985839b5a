-- Remembers where a version once was; the newest owner of a path wins. ?1 path, ?2 version.
INSERT INTO old_path (path, version_id) VALUES (?1, ?2)
ON CONFLICT (path) DO UPDATE SET version_id = excluded.version_id;
