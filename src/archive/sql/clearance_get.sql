-- The gate's answer. ?1 key, ?2 road.
SELECT bytes FROM clearance WHERE key = ?1 AND road = ?2;
