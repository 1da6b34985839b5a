-- Finds the job of this kind and detail that still waits and makes it due no later than asked.
-- ?1 kind, ?2 detail, ?3 due. Gives its id, or nothing.
UPDATE job SET due = CASE WHEN due < ?3 THEN due ELSE ?3 END WHERE kind = ?1 AND detail = ?2 AND taker = 0 RETURNING id;
