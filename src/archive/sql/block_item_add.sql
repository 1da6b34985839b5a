-- One item of a foot block. ?1 language, ?2 kind, ?3 position, ?4 label, ?5 link, ?6 picture or
-- NULL.
INSERT INTO block_item (language, kind, position, label, link, media_id)
VALUES (?1, ?2, ?3, ?4, ?5, ?6);
