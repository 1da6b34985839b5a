-- Forgets the reports at the foot of a version. ?1 version.
DELETE FROM version_report WHERE version_id = ?1;
