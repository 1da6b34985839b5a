-- Ends a change and forgets it.
ROLLBACK;
