-- Whose file this is, before anything is written to it: application_id, user_version, and how many
-- tables, indexes and the like it holds.
SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
FROM pragma_application_id, pragma_user_version;
