-- The old path after the one given that no version stands at today. ?1 path.
SELECT path, version_id FROM old_path
WHERE path > ?1
  AND NOT EXISTS (SELECT 1 FROM version
                  WHERE version.path = old_path.path AND status IN ('published', 'withdrawn'))
ORDER BY path LIMIT 1;
