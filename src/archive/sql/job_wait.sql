-- Puts a job back. ?1 id, ?2 when it is due.
UPDATE job SET taker = 0, due = ?2 WHERE id = ?1;
