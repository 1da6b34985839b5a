-- Forgets who made a version. ?1 version.
DELETE FROM contributor WHERE version_id = ?1;
