-- The id behind a slug. ?1 language, ?2 slug.
SELECT id FROM version WHERE language = ?1 AND slug = ?2;
