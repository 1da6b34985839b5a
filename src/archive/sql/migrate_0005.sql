-- Schema 5: what waits for its hour is found without looking at everything else.
PRAGMA user_version = 5;

CREATE INDEX version_by_hour ON version (published, id) WHERE status = 'scheduled';
