-- A key of events: 1 first, 2 box; a new one, or the old one sealed anew.
INSERT INTO ledger_key (first, box) VALUES (?1, ?2)
ON CONFLICT (first) DO UPDATE SET box = excluded.box;
