-- The last proof of each issue: what colleagues saw, beside which the next proof says what has changed.
CREATE TABLE proofs (
  issue TEXT PRIMARY KEY,
  digest TEXT NOT NULL REFERENCES editions (digest),
  sent_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What was said yes to although a check found an error: the finding as it was then, and why.
CREATE TABLE waivers (
  approval_id INTEGER NOT NULL REFERENCES approvals (id),
  check_name TEXT NOT NULL,
  -- Where it was found, `path:line` as far as known.
  place TEXT NOT NULL,
  message TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason <> ''),
  PRIMARY KEY (approval_id, check_name, place, message)
) STRICT, WITHOUT ROWID;

-- For whom the yes is; without any, for every list. A segment's condition is kept as it was then.
CREATE TABLE approval_audiences (
  approval_id INTEGER NOT NULL REFERENCES approvals (id),
  list_name TEXT NOT NULL,
  segment TEXT NOT NULL DEFAULT '',
  condition TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (approval_id, list_name, segment)
) STRICT, WITHOUT ROWID;
