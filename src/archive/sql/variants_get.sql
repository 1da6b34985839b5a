-- The forms of a picture, narrowest first. ?1 picture.
SELECT width, height, format, hash, bytes FROM variant WHERE media_id = ?1
ORDER BY width, position;
