-- Languages that have versions, those with the most first.
SELECT language FROM version GROUP BY language ORDER BY count(*) DESC, language;
