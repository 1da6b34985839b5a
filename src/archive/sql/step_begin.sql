-- Starts a step: a part of a change that can be undone alone, or a reading of several statements
-- that must see one state.
SAVEPOINT step;
