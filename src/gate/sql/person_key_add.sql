-- The key of a person: 1 person, 2 box.
INSERT INTO person_key (person, box) VALUES (?1, ?2);
