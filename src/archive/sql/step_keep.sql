-- Ends a step and keeps it.
RELEASE step;
