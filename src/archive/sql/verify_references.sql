-- References that lead nowhere: the table and the row they stand in.
SELECT "table", coalesce(rowid, 0) FROM pragma_foreign_key_check LIMIT 1;
