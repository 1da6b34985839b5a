-- Undoes what was done since step_begin. The step goes on: step_keep ends it.
ROLLBACK TO step;
