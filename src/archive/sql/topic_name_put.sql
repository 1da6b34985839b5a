-- Names a topic in a language. ?1 topic, ?2 language, ?3 name.
INSERT INTO topic_name (topic_id, language, name) VALUES (?1, ?2, ?3)
ON CONFLICT (topic_id, language) DO UPDATE SET name = excluded.name;
