-- Destroys the key of the person 1.
DELETE FROM person_key WHERE person = ?1;
