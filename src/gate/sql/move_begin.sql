-- Makes room for the new tables.
DROP TRIGGER event_stays;
DROP TRIGGER event_remains;
ALTER TABLE event RENAME TO event_before;
