-- Adds a line to the audit log. ?1 id, ?2 when, ?3 who, ?4 what, ?5 key, ?6 detail, ?7 hash.
INSERT INTO audit (id, at, who, what, key, detail, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);
