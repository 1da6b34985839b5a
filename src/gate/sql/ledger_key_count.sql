-- How many keys of events there are.
SELECT count(*) FROM ledger_key;
