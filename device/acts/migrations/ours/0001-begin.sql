-- What happened and what was done, 14 days; `at` is UTC in ISO 8601, so that it sorts.
CREATE TABLE happenings (id INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE doings (id INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL) STRICT;

-- The family's own lines: bedtimes, agreements, shared things.
CREATE TABLE notes (id INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL) STRICT;

-- Where the night is: one row, replaced at each change.
CREATE TABLE night (id INTEGER PRIMARY KEY CHECK (id = 1), at TEXT NOT NULL, body TEXT NOT NULL) STRICT;
