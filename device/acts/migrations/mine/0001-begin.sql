-- The child's own lines: check-in answers, the jar, dreams, drawings, own stories.
CREATE TABLE notes (id INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL) STRICT;
