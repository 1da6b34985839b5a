-- Empties a foot block. ?1 language, ?2 kind.
DELETE FROM block_item WHERE language = ?1 AND kind = ?2;
