-- Takes a version out of the search. ?1 version.
DELETE FROM search WHERE rowid = ?1;
