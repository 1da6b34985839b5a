-- How every connection works: references are enforced, a commit is on the disk when it returns,
-- and functions named in a schema that somebody else wrote are not run.
PRAGMA foreign_keys = ON;
PRAGMA synchronous = FULL;
PRAGMA trusted_schema = OFF;
