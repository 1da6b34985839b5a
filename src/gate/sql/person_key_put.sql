-- The key of the person 1, sealed anew: 2 box.
UPDATE person_key SET box = ?2 WHERE person = ?1;
