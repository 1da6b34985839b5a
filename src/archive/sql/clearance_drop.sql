-- Forgets the gate's answers about an item, for every road. ?1 key.
DELETE FROM clearance WHERE key = ?1;
