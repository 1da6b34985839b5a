-- Versions whose hour has come. ?1 the time.
SELECT id FROM version WHERE status = 'scheduled' AND published <= ?1 ORDER BY published, id;
