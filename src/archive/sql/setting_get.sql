-- One setting exactly as asked. ?1 key, ?2 language or ''.
SELECT value FROM setting WHERE key = ?1 AND language = ?2;
