-- One version without its lists. ?1 id.
SELECT version.id, group_id, language, kind, status, slug, title, deck, body, notes, published,
       updated, origin, coalesce(cover_media_id, 0), cover_alt, cover_caption, cover_credit,
       report_publisher, report_language, report_pages, report_bytes, report_link
FROM version JOIN story_group ON story_group.id = group_id
WHERE version.id = ?1;
