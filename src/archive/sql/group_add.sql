-- Adds a group. ?1 kind. Gives its id.
INSERT INTO story_group (kind) VALUES (?1) RETURNING id;
