-- Versions that hold every term, best first. ?1 quoted terms, ?2 how many at most.
SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rank, rowid LIMIT ?2;
