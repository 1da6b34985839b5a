-- The card of an item. ?1 key.
SELECT title, line, hash FROM card WHERE key = ?1;
