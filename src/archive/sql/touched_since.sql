-- Versions that changed, or whose clearances did, after a change. ?1 its number.
SELECT version_id FROM touched WHERE number > ?1 ORDER BY version_id;
