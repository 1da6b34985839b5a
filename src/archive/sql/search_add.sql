-- Puts a version into the search. ?1 version, ?2 text as archive_search_text writes it. The version
-- must exist.
INSERT INTO search (rowid, text) SELECT id, ?2 FROM version WHERE id = ?1 RETURNING rowid;
