-- Sets a setting. ?1 key, ?2 language or '', ?3 value.
INSERT INTO setting (key, language, value) VALUES (?1, ?2, ?3)
ON CONFLICT (key, language) DO UPDATE SET value = excluded.value;
