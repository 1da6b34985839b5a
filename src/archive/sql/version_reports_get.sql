-- The reports at the foot of a version, in order. ?1 version.
SELECT group_id FROM version_report WHERE version_id = ?1 ORDER BY position;
