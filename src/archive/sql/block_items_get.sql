-- The items of a foot block, in order. ?1 language, ?2 kind.
SELECT label, link, coalesce(media_id, 0) FROM block_item WHERE language = ?1 AND kind = ?2
ORDER BY position;
