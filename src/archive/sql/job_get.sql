-- What a job is. ?1 id.
SELECT kind, detail FROM job WHERE id = ?1;
