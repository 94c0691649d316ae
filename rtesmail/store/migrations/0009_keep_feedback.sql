-- What came back, what was done about it and why: never a message, one line of a server's words at most.

CREATE TABLE feedback_events (
  id INTEGER PRIMARY KEY,
  -- What tells the same thing coming twice: the digest of a message, or of an event of a provider with our secret.
  identity TEXT NOT NULL CHECK (identity <> ''),
  -- '' when it is about nobody of ours.
  email_key TEXT NOT NULL,
  kind TEXT NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('suppressed', 'already', 'counted', 'alerted', 'noted', 'forward', 'kept')),
  reason TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT '',
  diagnostic TEXT NOT NULL DEFAULT '' CHECK (length(diagnostic) <= 500),
  source TEXT NOT NULL,
  -- The delivery that it is proven to be about.
  delivery_id INTEGER REFERENCES deliveries (id),
  -- When it happened as far as that is known, else when it was written down.
  happened_at TEXT NOT NULL,
  treated_at TEXT NOT NULL,
  UNIQUE (identity, email_key)
) STRICT;

CREATE INDEX feedback_events_by_address ON feedback_events (email_key);
CREATE INDEX feedback_events_by_moment ON feedback_events (treated_at);

CREATE TRIGGER feedback_events_never_change BEFORE UPDATE ON feedback_events
WHEN NOT (OLD.email_key IN (SELECT email_key FROM erasure_subjects)
  AND NEW.email_key IS (SELECT 'erased:' || erasures.id || ':' || OLD.id FROM erasures WHERE door = 0)
  AND NEW.diagnostic = '' AND NEW.id = OLD.id AND NEW.identity = OLD.identity AND NEW.kind = OLD.kind
  AND NEW.decision = OLD.decision AND NEW.reason = OLD.reason AND NEW.status = OLD.status AND NEW.source = OLD.source
  AND NEW.delivery_id IS OLD.delivery_id AND NEW.happened_at = OLD.happened_at AND NEW.treated_at = OLD.treated_at)
BEGIN SELECT RAISE(ABORT, 'what came back is append-only'); END;

CREATE TRIGGER feedback_events_never_go BEFORE DELETE ON feedback_events
BEGIN SELECT RAISE(ABORT, 'what came back is append-only'); END;

-- A person's word that an address which bounced works again.
CREATE TABLE restorations (
  id INTEGER PRIMARY KEY,
  email_key TEXT NOT NULL,
  reason TEXT NOT NULL,
  restored_by TEXT NOT NULL CHECK (restored_by <> ''),
  restored_at TEXT NOT NULL
) STRICT;

CREATE INDEX restorations_by_address ON restorations (email_key);

CREATE TRIGGER restorations_never_change BEFORE UPDATE ON restorations
WHEN NOT (OLD.email_key IN (SELECT email_key FROM erasure_subjects)
  AND NEW.email_key IS (SELECT 'erased:' || id FROM erasures WHERE door = 0)
  AND NEW.reason = '' AND NEW.id = OLD.id AND NEW.restored_by = OLD.restored_by AND NEW.restored_at = OLD.restored_at)
BEGIN SELECT RAISE(ABORT, 'what people answered for stays'); END;

CREATE TRIGGER restorations_never_go BEFORE DELETE ON restorations
BEGIN SELECT RAISE(ABORT, 'what people answered for stays'); END;
