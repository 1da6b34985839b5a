-- Who made a version, in order. ?1 version.
SELECT name, role, organisation FROM contributor WHERE version_id = ?1 ORDER BY position;
