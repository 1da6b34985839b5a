-- Replaces the texts of a picture. ?1 id, ?2 name, ?3 alt text, ?4 caption, ?5 credit.
UPDATE media SET name = ?2, alt = ?3, caption = ?4, credit = ?5 WHERE id = ?1;
