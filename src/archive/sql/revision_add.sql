-- Keeps a state of a version. ?1 version, ?2 when, ?3 by whom, ?4 hash, ?5 state.
INSERT INTO revision (version_id, saved_at, saved_by, hash, state) VALUES (?1, ?2, ?3, ?4, ?5);
