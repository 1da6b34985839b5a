-- Ids of the versions that fit a filter, newest first, after the one given.
-- ?1 language or '', ?2 group or 0, ?3 topic or 0, ?4 to ?7 kinds wanted, ?8 to ?12 statuses wanted
-- (NULL in the place of one that is not: NULL equals nothing).
-- ?13 time and ?14 id before the first, ?15 how many at most.
SELECT version.id, published
FROM version JOIN story_group ON story_group.id = group_id
WHERE (?1 = '' OR language = ?1)
  AND (?2 = 0 OR group_id = ?2)
  AND (?3 = 0 OR EXISTS (SELECT 1 FROM version_topic
                         WHERE topic_id = ?3 AND version_id = version.id))
  AND kind IN (?4, ?5, ?6, ?7)
  AND status IN (?8, ?9, ?10, ?11, ?12)
  AND (published, version.id) < (?13, ?14)
ORDER BY published DESC, version.id DESC
LIMIT ?15;
