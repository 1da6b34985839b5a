-- A version without any revision: there must be none.
SELECT id FROM version
WHERE NOT EXISTS (SELECT 1 FROM revision WHERE version_id = version.id) LIMIT 1;
