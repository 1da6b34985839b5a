-- Starts a change: takes the writer's place at once, so that it cannot fail half way for it.
BEGIN IMMEDIATE;
