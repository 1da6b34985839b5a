-- Changes the kind of a group. ?1 id, ?2 kind.
UPDATE story_group SET kind = ?2 WHERE id = ?1;
