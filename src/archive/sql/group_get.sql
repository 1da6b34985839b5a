-- Kind of a group and the number of its versions. ?1 id.
SELECT kind, (SELECT count(*) FROM version WHERE group_id = story_group.id)
FROM story_group WHERE id = ?1;
