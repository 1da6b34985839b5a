-- Adds a job that waits. ?1 kind, ?2 detail, ?3 when it is due. Gives its id.
INSERT INTO job (kind, detail, due, tries, taker) VALUES (?1, ?2, ?3, 0, 0)
RETURNING id;
