-- Which answers of people were handed on to the contact address, by the digest of their bytes: each once, also when
-- they cannot be moved away, or were handed on before a crash kept them from it. Nothing in it tells whose they were.
CREATE TABLE forwards (
    identity TEXT PRIMARY KEY CHECK (length(identity) = 64),
    forwarded_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
