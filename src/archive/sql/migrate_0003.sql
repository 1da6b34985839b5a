-- Schema 3: changes are counted, so that whoever keeps something made out of the archive (the press
-- keeps finished pages) can ask what of it is old. Triggers do the counting: no change is forgotten.
PRAGMA user_version = 3;

CREATE TABLE tick (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    number    INTEGER NOT NULL, -- of the newest change of a version or of its clearances
    pictures  INTEGER NOT NULL, -- of the newest change of a picture that was there at the mark
    addresses INTEGER NOT NULL, -- of the newest change of an old path
    mark      BLOB NOT NULL CHECK (length(mark) = 16), -- of chance: who remembers has the same
    known     INTEGER NOT NULL  -- the newest picture when the mark was set
) STRICT;
INSERT INTO tick VALUES (1, 0, 0, 0, zeroblob(16), 0);

CREATE TABLE touched (
    version_id INTEGER PRIMARY KEY,
    number     INTEGER NOT NULL
) STRICT;
CREATE INDEX touched_by_number ON touched (number);

-- The lists of a version (contributors, topics, related stories, reports) are saved with its row.
CREATE TRIGGER version_comes AFTER INSERT ON version BEGIN
    UPDATE tick SET number = number + 1;
    INSERT INTO touched SELECT NEW.id, number FROM tick WHERE one = 1
    ON CONFLICT DO UPDATE SET number = excluded.number;
END;
CREATE TRIGGER version_changes AFTER UPDATE ON version BEGIN
    UPDATE tick SET number = number + 1;
    INSERT INTO touched SELECT NEW.id, number FROM tick WHERE one = 1
    ON CONFLICT DO UPDATE SET number = excluded.number;
END;
CREATE TRIGGER version_goes AFTER DELETE ON version BEGIN
    UPDATE tick SET number = number + 1;
    INSERT INTO touched SELECT OLD.id, number FROM tick WHERE one = 1
    ON CONFLICT DO UPDATE SET number = excluded.number;
END;
CREATE TRIGGER kind_changes AFTER UPDATE ON story_group BEGIN
    UPDATE tick SET number = number + 1;
    INSERT INTO touched SELECT id, number FROM version, tick WHERE group_id = NEW.id
    ON CONFLICT DO UPDATE SET number = excluded.number;
END;

-- A clearance is held under the key of its version, "12/en". That of "site/en" touches none.
CREATE TRIGGER clearance_comes AFTER INSERT ON clearance BEGIN
    UPDATE tick SET number = number + 1;
    INSERT INTO touched SELECT id, number FROM version, tick
    WHERE group_id = CAST(substr(NEW.key, 1, instr(NEW.key, '/') - 1) AS INTEGER)
      AND language = substr(NEW.key, instr(NEW.key, '/') + 1)
    ON CONFLICT DO UPDATE SET number = excluded.number;
END;
CREATE TRIGGER clearance_changes AFTER UPDATE ON clearance BEGIN
    UPDATE tick SET number = number + 1;
    INSERT INTO touched SELECT id, number FROM version, tick
    WHERE group_id = CAST(substr(NEW.key, 1, instr(NEW.key, '/') - 1) AS INTEGER)
      AND language = substr(NEW.key, instr(NEW.key, '/') + 1)
    ON CONFLICT DO UPDATE SET number = excluded.number;
END;
CREATE TRIGGER clearance_goes AFTER DELETE ON clearance BEGIN
    UPDATE tick SET number = number + 1;
    INSERT INTO touched SELECT id, number FROM version, tick
    WHERE group_id = CAST(substr(OLD.key, 1, instr(OLD.key, '/') - 1) AS INTEGER)
      AND language = substr(OLD.key, instr(OLD.key, '/') + 1)
    ON CONFLICT DO UPDATE SET number = excluded.number;
END;

-- Which versions show a picture is not known here, so a change of one that could be shown concerns
-- them all. A new picture is shown by none that was saved before it.
CREATE TRIGGER picture_changes AFTER UPDATE ON media
WHEN OLD.id <= (SELECT known FROM tick) BEGIN
    UPDATE tick SET number = number + 1, pictures = number + 1;
END;
CREATE TRIGGER form_comes AFTER INSERT ON variant
WHEN NEW.media_id <= (SELECT known FROM tick) BEGIN
    UPDATE tick SET number = number + 1, pictures = number + 1;
END;
CREATE TRIGGER form_changes AFTER UPDATE ON variant
WHEN OLD.media_id <= (SELECT known FROM tick) BEGIN
    UPDATE tick SET number = number + 1, pictures = number + 1;
END;
CREATE TRIGGER form_goes AFTER DELETE ON variant
WHEN OLD.media_id <= (SELECT known FROM tick) BEGIN
    UPDATE tick SET number = number + 1, pictures = number + 1;
END;

CREATE TRIGGER address_comes AFTER INSERT ON old_path BEGIN
    UPDATE tick SET number = number + 1, addresses = number + 1;
END;
CREATE TRIGGER address_changes AFTER UPDATE ON old_path BEGIN
    UPDATE tick SET number = number + 1, addresses = number + 1;
END;
CREATE TRIGGER address_goes AFTER DELETE ON old_path BEGIN
    UPDATE tick SET number = number + 1, addresses = number + 1;
END;
