-- The id behind a key. ?1 group, ?2 language.
SELECT id FROM version WHERE group_id = ?1 AND language = ?2;
