-- The ledger's tables. What happened is in `event`, sealed under a key of `ledger_key` and chained:
-- each hash covers the one before it. Nothing is ever changed or removed there. The keys are sealed
-- under the one in the officers' slots; that of a person can be destroyed.
CREATE TABLE event (
    id INTEGER PRIMARY KEY CHECK (id > 0),
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    box BLOB NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER event_stays BEFORE UPDATE ON event
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER event_remains BEFORE DELETE ON event
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
-- The keys that events were sealed with, each from the event `first` on.
CREATE TABLE ledger_key (
    first INTEGER PRIMARY KEY CHECK (first > 0),
    box BLOB NOT NULL
) STRICT;
CREATE TABLE person_key (
    person TEXT PRIMARY KEY,
    box BLOB NOT NULL
) STRICT, WITHOUT ROWID;
