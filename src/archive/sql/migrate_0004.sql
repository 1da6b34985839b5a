-- Schema 4: cards, the pictures that stand for pages where these are shared. One is drawn from the
-- words it is held with; where an item's words are others by now, it is no card of that item.
PRAGMA user_version = 4;

CREATE TABLE card (
    key   TEXT PRIMARY KEY, -- of the item: "12/en", "site/en"
    title TEXT NOT NULL,
    line  TEXT NOT NULL,
    hash  BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- What a version shows of itself has changed, as with its clearance.
CREATE TRIGGER card_comes AFTER INSERT ON card BEGIN
    UPDATE tick SET number = number + 1;
    INSERT INTO touched SELECT id, number FROM version, tick
    WHERE group_id = CAST(substr(NEW.key, 1, instr(NEW.key, '/') - 1) AS INTEGER)
      AND language = substr(NEW.key, instr(NEW.key, '/') + 1)
    ON CONFLICT DO UPDATE SET number = excluded.number;
END;
CREATE TRIGGER card_changes AFTER UPDATE ON card BEGIN
    UPDATE tick SET number = number + 1;
    INSERT INTO touched SELECT id, number FROM version, tick
    WHERE group_id = CAST(substr(NEW.key, 1, instr(NEW.key, '/') - 1) AS INTEGER)
      AND language = substr(NEW.key, instr(NEW.key, '/') + 1)
    ON CONFLICT DO UPDATE SET number = excluded.number;
END;
CREATE TRIGGER card_goes AFTER DELETE ON card BEGIN
    UPDATE tick SET number = number + 1;
    INSERT INTO touched SELECT id, number FROM version, tick
    WHERE group_id = CAST(substr(OLD.key, 1, instr(OLD.key, '/') - 1) AS INTEGER)
      AND language = substr(OLD.key, instr(OLD.key, '/') + 1)
    ON CONFLICT DO UPDATE SET number = excluded.number;
END;
