-- One of those who made a version. ?1 version, ?2 position, ?3 name, ?4 role, ?5 organisation.
INSERT INTO contributor (version_id, position, name, role, organisation)
VALUES (?1, ?2, ?3, ?4, ?5);
