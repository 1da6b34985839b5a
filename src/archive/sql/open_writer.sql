-- Readers go on beside the one writer. Kept in the file, so only a writer sets it.
PRAGMA journal_mode = WAL;
