-- The jobs of a kind whose time has come, oldest first, with who took them. ?1 kind, ?2 now.
SELECT id, taker, due, tries, detail FROM job WHERE kind = ?1 AND due <= ?2
ORDER BY due, id;
