-- Forgets the topics of a version. ?1 version.
DELETE FROM version_topic WHERE version_id = ?1;
