-- Ends a change and keeps it.
COMMIT;
