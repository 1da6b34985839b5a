-- Holds the card of an item, in the place of an older one. ?1 key, ?2 title, ?3 line, ?4 hash.
INSERT INTO card (key, title, line, hash) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (key) DO UPDATE SET title = excluded.title, line = excluded.line, hash = excluded.hash;
