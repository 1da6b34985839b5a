-- Every language's version with a slug, with the parts of its key. ?1 slug.
SELECT id, group_id, language FROM version WHERE slug = ?1 ORDER BY group_id, language;
