-- The key of the person 1.
SELECT box FROM person_key WHERE person = ?1;
