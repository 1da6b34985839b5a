-- Replaces what a version says; group and language stay, they are its key. ?1 group, ?2 language,
-- ?3 status, ?4 slug, ?5 path, ?6 title, ?7 deck, ?8 body, ?9 notes, ?10 published, ?11 updated,
-- ?12 origin, ?13 cover picture or NULL, ?14 its alt text, ?15 caption, ?16 credit, ?17 publisher
-- of a report, ?18 its language, ?19 pages, ?20 bytes, ?21 link. Gives the id.
UPDATE version
SET status = ?3, slug = ?4, path = ?5, title = ?6, deck = ?7, body = ?8, notes = ?9,
    published = ?10, updated = ?11, origin = ?12, cover_media_id = ?13, cover_alt = ?14,
    cover_caption = ?15, cover_credit = ?16, report_publisher = ?17, report_language = ?18,
    report_pages = ?19, report_bytes = ?20, report_link = ?21
WHERE group_id = ?1 AND language = ?2
RETURNING id;
