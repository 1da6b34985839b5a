-- All topics, named in a language or else in the first that names them, with the number of versions
-- published in that language. ?1 language.
SELECT topic.id, slug, name,
       (SELECT count(*) FROM version_topic JOIN version ON version.id = version_id
        WHERE topic_id = topic.id AND version.language = ?1 AND status = 'published')
FROM topic JOIN topic_name ON topic_id = topic.id
WHERE language = (SELECT best.language FROM topic_name AS best WHERE best.topic_id = topic.id
                  ORDER BY best.language <> ?1, best.language LIMIT 1)
ORDER BY name, slug;
