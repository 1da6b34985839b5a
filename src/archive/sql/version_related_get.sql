-- The related stories of a version, in order. ?1 version.
SELECT group_id FROM version_related WHERE version_id = ?1 ORDER BY position;
