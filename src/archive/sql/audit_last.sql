-- The end of the audit log's chain.
SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1;
