-- The ledger's tables. What happened is in `event`, sealed under the ledger key and chained: each
-- hash covers the one before it. Nothing is ever changed or removed here.
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
