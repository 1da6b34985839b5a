-- One of the related stories of a version. ?1 version, ?2 position, ?3 group.
INSERT INTO version_related (version_id, position, group_id) VALUES (?1, ?2, ?3);
