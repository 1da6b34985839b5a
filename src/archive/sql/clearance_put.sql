-- Holds the gate's answer, in the place of an older one. ?1 key, ?2 road, ?3 bytes.
INSERT INTO clearance (key, road, bytes) VALUES (?1, ?2, ?3)
ON CONFLICT (key, road) DO UPDATE SET bytes = excluded.bytes;
