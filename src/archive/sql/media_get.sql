-- One picture without its variants. ?1 id.
SELECT id, original_hash, name, alt, caption, credit, colour FROM media WHERE id = ?1;
