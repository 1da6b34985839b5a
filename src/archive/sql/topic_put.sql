-- The topic with a slug, added when there is none. ?1 slug. Gives its id.
INSERT INTO topic (slug) VALUES (?1)
ON CONFLICT (slug) DO UPDATE SET slug = excluded.slug RETURNING id;
