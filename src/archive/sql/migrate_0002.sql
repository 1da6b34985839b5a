-- Schema 2: a picture may have AVIF forms beside the others. A CHECK cannot be changed, so the table
-- is made anew; nothing refers to it.
PRAGMA user_version = 2;

CREATE TABLE variant_2 (
    media_id INTEGER NOT NULL REFERENCES media (id),
    position INTEGER NOT NULL,
    width    INTEGER NOT NULL CHECK (width > 0),
    height   INTEGER NOT NULL CHECK (height > 0),
    format   TEXT NOT NULL CHECK (format IN ('jpeg', 'png', 'avif')),
    hash     BLOB NOT NULL CHECK (length(hash) = 32),
    bytes    INTEGER NOT NULL CHECK (bytes > 0),
    PRIMARY KEY (media_id, position)
) STRICT;
INSERT INTO variant_2 (media_id, position, width, height, format, hash, bytes)
SELECT media_id, position, width, height, format, hash, bytes FROM variant;
DROP TABLE variant;
ALTER TABLE variant_2 RENAME TO variant;
