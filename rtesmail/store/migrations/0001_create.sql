-- Times are UTC, ISO 8601 with offset, as text. Addresses are compared by email_key.

CREATE TABLE subscribers (
  id INTEGER PRIMARY KEY,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL DEFAULT '',
  organisation TEXT NOT NULL DEFAULT '',
  role TEXT NOT NULL DEFAULT '',
  level TEXT NOT NULL DEFAULT '',
  region TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'active'
    CHECK (status IN ('active', 'unsubscribed', 'bounced', 'complained', 'erased')),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE lists (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE memberships (
  list_id INTEGER NOT NULL REFERENCES lists (id),
  subscriber_id INTEGER NOT NULL REFERENCES subscribers (id),
  added_at TEXT NOT NULL,
  PRIMARY KEY (list_id, subscriber_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX memberships_by_subscriber ON memberships (subscriber_id);

-- Addresses that must not be written to, whether or not a subscriber has them.
CREATE TABLE suppressions (
  email_key TEXT PRIMARY KEY,
  reason TEXT NOT NULL CHECK (reason IN ('unsubscribed', 'bounced', 'complained', 'erased')),
  source TEXT NOT NULL,
  suppressed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE consent_events (
  id INTEGER PRIMARY KEY,
  email_key TEXT NOT NULL,
  event TEXT NOT NULL CHECK (event IN ('imported', 'subscribed', 'unsubscribed', 'resubscribed')),
  list_name TEXT NOT NULL DEFAULT '',
  source TEXT NOT NULL,
  wording TEXT NOT NULL DEFAULT '',
  happened_at TEXT NOT NULL
) STRICT;

CREATE INDEX consent_events_by_address ON consent_events (email_key);

CREATE TRIGGER consent_events_never_change BEFORE UPDATE ON consent_events
BEGIN SELECT RAISE(ABORT, 'the consent journal is append-only'); END;

CREATE TRIGGER consent_events_never_go BEFORE DELETE ON consent_events
BEGIN SELECT RAISE(ABORT, 'the consent journal is append-only'); END;

-- What was approved, byte for byte: a mailing sends from here, never from files.
CREATE TABLE editions (
  digest TEXT PRIMARY KEY,
  issue TEXT NOT NULL,
  publication TEXT NOT NULL,
  language TEXT NOT NULL,
  sender_name TEXT NOT NULL,
  sender_address TEXT NOT NULL,
  reply_to TEXT NOT NULL,
  subject TEXT NOT NULL,
  preheader TEXT NOT NULL,
  html TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE edition_images (
  digest TEXT NOT NULL REFERENCES editions (digest),
  position INTEGER NOT NULL,
  content_id TEXT NOT NULL,
  media_type TEXT NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (digest, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE approvals (
  id INTEGER PRIMARY KEY,
  issue TEXT NOT NULL,
  digest TEXT NOT NULL REFERENCES editions (digest),
  approved_by TEXT NOT NULL,
  approved_at TEXT NOT NULL
) STRICT;

CREATE INDEX approvals_by_issue ON approvals (issue);

CREATE TABLE mailings (
  id INTEGER PRIMARY KEY,
  issue TEXT NOT NULL,
  list_name TEXT NOT NULL,
  edition_digest TEXT REFERENCES editions (digest),
  state TEXT NOT NULL CHECK (state IN ('scheduled', 'sending', 'finished', 'expired', 'cancelled')),
  audience INTEGER,
  created_at TEXT NOT NULL,
  scheduled_at TEXT,
  not_after TEXT,
  started_at TEXT,
  finished_at TEXT,
  -- When a run that its pace or quiet hours ended is to go on.
  resume_at TEXT,
  CHECK (state IN ('scheduled', 'expired', 'cancelled') OR (edition_digest IS NOT NULL AND audience IS NOT NULL))
) STRICT;

-- One live mailing per issue and list: asking twice resumes the first.
CREATE UNIQUE INDEX mailings_once ON mailings (issue, list_name) WHERE state <> 'cancelled';

-- A mailing that is over stays so, unless a person puts some of its people back; only one that expired can be planned
-- again or cancelled.
CREATE TRIGGER mailings_keep_to_the_path BEFORE UPDATE OF state ON mailings
WHEN OLD.state <> NEW.state AND (OLD.state || '>' || NEW.state) NOT IN (
  'scheduled>sending', 'scheduled>expired', 'scheduled>cancelled',
  'sending>finished', 'finished>sending', 'sending>expired', 'sending>cancelled', 'expired>scheduled', 'expired>cancelled')
BEGIN SELECT RAISE(ABORT, 'a mailing cannot take this step'); END;

CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY,
  mailing_id INTEGER NOT NULL REFERENCES mailings (id),
  subscriber_id INTEGER NOT NULL REFERENCES subscribers (id),
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  name TEXT NOT NULL,
  organisation TEXT NOT NULL,
  -- The group of domains whose pace it keeps ('' for the rest of the world).
  pace_group TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'pending'
    CHECK (state IN ('pending', 'sending', 'accepted', 'deferred', 'refused', 'unknown', 'skipped')),
  attempts INTEGER NOT NULL DEFAULT 0,
  message_id TEXT NOT NULL DEFAULT '',
  transport TEXT NOT NULL DEFAULT '',
  code INTEGER,
  enhanced TEXT NOT NULL DEFAULT '',
  reply TEXT NOT NULL DEFAULT '',
  next_attempt_at TEXT,
  first_attempt_at TEXT,
  sending_at TEXT,
  settled_at TEXT,
  -- The person who decided the last step, '' when a server or a run did.
  settled_by TEXT NOT NULL DEFAULT '',
  UNIQUE (mailing_id, subscriber_id),
  UNIQUE (mailing_id, email_key)
) STRICT;

-- In the order of claiming: who was tried least comes first.
CREATE INDEX deliveries_by_state ON deliveries (mailing_id, state, pace_group, attempts, id);

-- Who already got an issue through another mailing.
CREATE INDEX deliveries_by_subscriber ON deliveries (subscriber_id);
CREATE INDEX deliveries_by_address ON deliveries (email_key);

-- The only ways from one state to another; accepted and skipped are final. Only a person leads out of refused and
-- unknown. By the old state, since a list of all pairs would be built anew for every row.
CREATE TRIGGER deliveries_keep_to_the_path BEFORE UPDATE OF state ON deliveries
WHEN OLD.state <> NEW.state AND NOT CASE OLD.state
  WHEN 'pending' THEN NEW.state IN ('sending', 'skipped')
  WHEN 'sending' THEN NEW.state <> 'skipped'
  WHEN 'deferred' THEN NEW.state IN ('sending', 'skipped', 'refused')
  WHEN 'refused' THEN NEW.state = 'pending'
  WHEN 'unknown' THEN NEW.state IN ('pending', 'accepted')
  ELSE 0 END
BEGIN SELECT RAISE(ABORT, 'a delivery cannot take this step'); END;

CREATE TRIGGER deliveries_are_resolved_by_a_person BEFORE UPDATE OF state ON deliveries
WHEN NEW.settled_by = '' AND CASE OLD.state
  WHEN 'refused' THEN NEW.state = 'pending'
  WHEN 'unknown' THEN NEW.state IN ('pending', 'accepted')
  ELSE 0 END
BEGIN SELECT RAISE(ABORT, 'only a person can take this step'); END;

-- What a delivery said before its last step: the row itself tells of the last attempt, this of the earlier ones.
CREATE TABLE delivery_history (
  id INTEGER PRIMARY KEY,
  delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  transport TEXT NOT NULL,
  code INTEGER,
  enhanced TEXT NOT NULL,
  reply TEXT NOT NULL,
  sending_at TEXT,
  settled_at TEXT NOT NULL,
  settled_by TEXT NOT NULL
) STRICT;

CREATE INDEX delivery_history_by_delivery ON delivery_history (delivery_id);

CREATE TRIGGER deliveries_remember BEFORE UPDATE OF state ON deliveries
WHEN OLD.settled_at IS NOT NULL AND OLD.state <> NEW.state
BEGIN
  INSERT INTO delivery_history (delivery_id, state, attempts, message_id, transport, code, enhanced, reply,
    sending_at, settled_at, settled_by)
  VALUES (OLD.id, OLD.state, OLD.attempts, OLD.message_id, OLD.transport, OLD.code, OLD.enhanced, OLD.reply,
    OLD.sending_at, OLD.settled_at, OLD.settled_by);
END;

CREATE TRIGGER delivery_history_never_changes BEFORE UPDATE ON delivery_history
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;

CREATE TRIGGER delivery_history_never_goes BEFORE DELETE ON delivery_history
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;

CREATE TRIGGER deliveries_never_go BEFORE DELETE ON deliveries
BEGIN SELECT RAISE(ABORT, 'the ledger forgets nobody'); END;

CREATE TRIGGER deliveries_stay_with_their_person BEFORE UPDATE OF mailing_id, subscriber_id ON deliveries
WHEN NEW.mailing_id <> OLD.mailing_id OR NEW.subscriber_id <> OLD.subscriber_id
BEGIN SELECT RAISE(ABORT, 'a delivery stays with its mailing and its person'); END;

CREATE TRIGGER edition_stays_bound BEFORE UPDATE OF edition_digest ON mailings
WHEN OLD.edition_digest IS NOT NULL AND NEW.edition_digest IS NOT OLD.edition_digest
BEGIN SELECT RAISE(ABORT, 'a begun mailing keeps its edition'); END;

CREATE TRIGGER audience_stays_frozen BEFORE UPDATE OF audience ON mailings
WHEN OLD.audience IS NOT NULL AND NEW.audience IS NOT OLD.audience
BEGIN SELECT RAISE(ABORT, 'the audience is frozen'); END;
