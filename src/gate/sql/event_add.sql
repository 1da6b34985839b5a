-- Appends one event: 1 id, 2 at, 3 kind, 4 box, 5 hash.
INSERT INTO event (id, at, kind, box, hash) VALUES (?1, ?2, ?3, ?4, ?5);
