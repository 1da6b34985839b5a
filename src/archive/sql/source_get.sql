-- What a thing of another system became. ?1 system, ?2 name there.
SELECT coalesce(version_id, 0), coalesce(media_id, 0) FROM source WHERE system = ?1 AND name = ?2;
