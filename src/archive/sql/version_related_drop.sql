-- Forgets the related stories of a version. ?1 version.
DELETE FROM version_related WHERE version_id = ?1;
