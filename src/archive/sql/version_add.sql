-- Adds a version. ?1 group, ?2 language; the others as in version_set. Gives its id.
INSERT INTO version (group_id, language, status, slug, path, title, deck, body, notes, published,
                     updated, origin, cover_media_id, cover_alt, cover_caption, cover_credit,
                     report_publisher, report_language, report_pages, report_bytes, report_link)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
        ?21)
RETURNING id;
