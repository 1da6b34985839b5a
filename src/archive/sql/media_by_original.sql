-- The picture made from an original. ?1 hash of the original.
SELECT id FROM media WHERE original_hash = ?1;
