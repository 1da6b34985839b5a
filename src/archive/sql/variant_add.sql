-- One rebuilt form of a picture. ?1 picture, ?2 position, ?3 width, ?4 height, ?5 format, ?6 hash,
-- ?7 bytes.
INSERT INTO variant (media_id, position, width, height, format, hash, bytes)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);
