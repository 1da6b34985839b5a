-- Gives a job to a process. ?1 id, ?2 process.
UPDATE job SET taker = ?2, tries = tries + 1 WHERE id = ?1;
