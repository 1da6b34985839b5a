-- How far the counting of changes has come.
SELECT number, pictures, addresses, mark FROM tick;
