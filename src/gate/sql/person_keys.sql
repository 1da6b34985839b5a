-- All keys of people.
SELECT person, box FROM person_key ORDER BY person;
