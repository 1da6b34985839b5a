-- Adds a picture. ?1 hash of the original, ?2 name, ?3 alt text, ?4 caption, ?5 credit, ?6 colour.
-- Gives its id.
INSERT INTO media (original_hash, name, alt, caption, credit, colour)
VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id;
