-- Schema 1: the whole archive. Every table is STRICT, every text UTF-8 without NUL, every time
-- seconds since 1970 (0: none), every hash BLAKE2b-256. Names of kinds and statuses are kept as
-- words, so that the file can be read without this program.
PRAGMA application_id = 1214344810; -- 'Hanj'
PRAGMA user_version = 1;

-- A picture. Its original is sealed elsewhere and known here by its hash alone.
CREATE TABLE media (
    id            INTEGER PRIMARY KEY,
    original_hash BLOB NOT NULL UNIQUE CHECK (length(original_hash) = 32),
    name          TEXT NOT NULL,
    alt           TEXT NOT NULL,
    caption       TEXT NOT NULL,
    credit        TEXT NOT NULL,
    colour        INTEGER NOT NULL CHECK (colour BETWEEN 0 AND 16777215)
) STRICT;

CREATE TABLE variant (
    media_id INTEGER NOT NULL REFERENCES media (id),
    position INTEGER NOT NULL,
    width    INTEGER NOT NULL CHECK (width > 0),
    height   INTEGER NOT NULL CHECK (height > 0),
    format   TEXT NOT NULL CHECK (format IN ('jpeg', 'png')),
    hash     BLOB NOT NULL CHECK (length(hash) = 32),
    bytes    INTEGER NOT NULL CHECK (bytes > 0),
    PRIMARY KEY (media_id, position)
) STRICT;

-- A story is a group of language versions.
CREATE TABLE story_group (
    id   INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('story', 'post', 'report', 'page'))
) STRICT;

CREATE TABLE version (
    id               INTEGER PRIMARY KEY,
    group_id         INTEGER NOT NULL REFERENCES story_group (id),
    language         TEXT NOT NULL,
    status           TEXT NOT NULL CHECK (status IN ('draft', 'review', 'scheduled', 'published',
                                                     'withdrawn')),
    slug             TEXT NOT NULL,
    path             TEXT NOT NULL, -- the public path that kind, language and slug make
    title            TEXT NOT NULL,
    deck             TEXT NOT NULL,
    body             TEXT NOT NULL,
    notes            TEXT NOT NULL,
    published        INTEGER NOT NULL,
    updated          INTEGER NOT NULL,
    origin           TEXT NOT NULL,
    cover_media_id   INTEGER REFERENCES media (id),
    cover_alt        TEXT NOT NULL,
    cover_caption    TEXT NOT NULL,
    cover_credit     TEXT NOT NULL,
    report_publisher TEXT NOT NULL,
    report_language  TEXT NOT NULL,
    report_pages     INTEGER NOT NULL,
    report_bytes     INTEGER NOT NULL,
    report_link      TEXT NOT NULL,
    UNIQUE (group_id, language),
    UNIQUE (language, slug)
) STRICT;
CREATE INDEX version_by_date ON version (published, id);
CREATE INDEX version_by_slug ON version (slug);
CREATE INDEX version_by_path ON version (path);
CREATE INDEX version_by_cover ON version (cover_media_id);

-- Lists of a version, each in the order an editor chose.
CREATE TABLE contributor (
    version_id   INTEGER NOT NULL REFERENCES version (id),
    position     INTEGER NOT NULL,
    name         TEXT NOT NULL,
    role         TEXT NOT NULL,
    organisation TEXT NOT NULL,
    PRIMARY KEY (version_id, position)
) STRICT;

CREATE TABLE topic (
    id   INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE topic_name (
    topic_id INTEGER NOT NULL REFERENCES topic (id),
    language TEXT NOT NULL,
    name     TEXT NOT NULL,
    PRIMARY KEY (topic_id, language)
) STRICT;

CREATE TABLE version_topic (
    version_id INTEGER NOT NULL REFERENCES version (id),
    position   INTEGER NOT NULL,
    topic_id   INTEGER NOT NULL REFERENCES topic (id),
    PRIMARY KEY (version_id, position),
    UNIQUE (topic_id, version_id)
) STRICT;

CREATE TABLE version_related (
    version_id INTEGER NOT NULL REFERENCES version (id),
    position   INTEGER NOT NULL,
    group_id   INTEGER NOT NULL REFERENCES story_group (id),
    PRIMARY KEY (version_id, position)
) STRICT;

CREATE TABLE version_report (
    version_id INTEGER NOT NULL REFERENCES version (id),
    position   INTEGER NOT NULL,
    group_id   INTEGER NOT NULL REFERENCES story_group (id),
    PRIMARY KEY (version_id, position)
) STRICT;

-- Every state a version was saved in: `state` is the encoding archive_version.c writes.
CREATE TABLE revision (
    id         INTEGER PRIMARY KEY,
    version_id INTEGER NOT NULL REFERENCES version (id),
    saved_at   INTEGER NOT NULL,
    saved_by   TEXT NOT NULL,
    hash       BLOB NOT NULL CHECK (length(hash) = 32),
    state      BLOB NOT NULL
) STRICT;
CREATE INDEX revision_by_version ON revision (version_id, id);

CREATE TABLE old_path (
    path       TEXT PRIMARY KEY,
    version_id INTEGER NOT NULL REFERENCES version (id)
) STRICT;

-- What an importer called a thing; exactly one of the two it became.
CREATE TABLE source (
    system     TEXT NOT NULL,
    name       TEXT NOT NULL,
    version_id INTEGER REFERENCES version (id),
    media_id   INTEGER REFERENCES media (id),
    PRIMARY KEY (system, name),
    CHECK ((version_id IS NULL) <> (media_id IS NULL))
) STRICT;

CREATE TABLE setting (
    key      TEXT NOT NULL,
    language TEXT NOT NULL, -- empty: for all languages
    value    TEXT NOT NULL,
    PRIMARY KEY (key, language)
) STRICT;

CREATE TABLE block (
    language TEXT NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('appeal', 'related', 'monthly', 'learn', 'seen_in')),
    position INTEGER NOT NULL,
    title    TEXT NOT NULL,
    text     TEXT NOT NULL,
    label    TEXT NOT NULL,
    link     TEXT NOT NULL,
    PRIMARY KEY (language, kind)
) STRICT;

CREATE TABLE block_item (
    language TEXT NOT NULL,
    kind     TEXT NOT NULL,
    position INTEGER NOT NULL,
    label    TEXT NOT NULL,
    link     TEXT NOT NULL,
    media_id INTEGER REFERENCES media (id),
    PRIMARY KEY (language, kind, position),
    FOREIGN KEY (language, kind) REFERENCES block (language, kind)
) STRICT;

CREATE TABLE clearance (
    key   TEXT NOT NULL,
    road  TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (key, road)
) STRICT;

CREATE TABLE job (
    id     INTEGER PRIMARY KEY,
    kind   TEXT NOT NULL,
    detail TEXT NOT NULL,
    due    INTEGER NOT NULL,
    tries  INTEGER NOT NULL, -- how often it was taken
    taker  INTEGER NOT NULL -- the process that works on it; 0: it waits
) STRICT;
CREATE INDEX job_by_due ON job (kind, due, id);

-- Append-only: `hash` covers the line and the hash of the line before it.
CREATE TABLE audit (
    id     INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    who    TEXT NOT NULL,
    what   TEXT NOT NULL,
    key    TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash   BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'a line of the audit log stays as it was written');
END;
CREATE TRIGGER audit_keeps BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'a line of the audit log stays');
END;

-- The staff's search: rowid is the version, text as archive_search_text writes it.
CREATE VIRTUAL TABLE search USING fts5 (text, tokenize = "unicode61 remove_diacritics 2");
