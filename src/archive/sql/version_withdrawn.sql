-- A withdrawn version that was public at an address before it came here. ?1 the address without its
-- scheme: whether it was http or https makes no other story of it.
SELECT id FROM version
WHERE status = 'withdrawn' AND origin <> '' AND substr(origin, instr(origin, '://') + 3) = ?1
LIMIT 1;
