-- One of the topics of a version. ?1 version, ?2 position, ?3 topic.
INSERT INTO version_topic (version_id, position, topic_id) VALUES (?1, ?2, ?3);
