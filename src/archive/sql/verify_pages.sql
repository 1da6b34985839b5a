-- What is wrong with tables and indexes; the one row "ok" when nothing is.
SELECT integrity_check FROM pragma_integrity_check(1);
