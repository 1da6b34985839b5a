-- Leaves a mark. ?1 sixteen bytes.
UPDATE tick SET mark = ?1, known = (SELECT coalesce(max(id), 0) FROM media);
