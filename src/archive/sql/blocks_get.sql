-- The foot blocks of a language, in order. ?1 language.
SELECT kind, position, title, text, label, link FROM block WHERE language = ?1
ORDER BY position, kind;
