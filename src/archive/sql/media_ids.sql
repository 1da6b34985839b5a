-- Every picture.
SELECT id FROM media ORDER BY id;
