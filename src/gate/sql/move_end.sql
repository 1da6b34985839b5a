-- The old events are gone; secure_delete overwrites them.
DROP TABLE event_before;
PRAGMA user_version = 2;
