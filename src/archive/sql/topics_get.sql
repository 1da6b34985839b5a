-- All topics, named in a language or else in the first that names them. ?1 language.
SELECT topic.id, slug, name
FROM topic JOIN topic_name ON topic_id = topic.id
WHERE language = (SELECT best.language FROM topic_name AS best WHERE best.topic_id = topic.id
                  ORDER BY best.language <> ?1, best.language LIMIT 1)
ORDER BY name, slug;
