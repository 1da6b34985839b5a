-- Sets a foot block. ?1 language, ?2 kind, ?3 position, ?4 title, ?5 text, ?6 label, ?7 link.
INSERT INTO block (language, kind, position, title, text, label, link)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (language, kind)
DO UPDATE SET position = excluded.position, title = excluded.title, text = excluded.text,
              label = excluded.label, link = excluded.link;
