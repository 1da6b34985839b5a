-- The topics of a version, in order. ?1 version.
SELECT topic_id FROM version_topic WHERE version_id = ?1 ORDER BY position;
