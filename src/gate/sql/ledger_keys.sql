-- The keys of events, in order.
SELECT first, box FROM ledger_key ORDER BY first;
