-- The consent journal made whole, and the one door through which a person's data may go.

-- What people agreed to, each wording once, by the SHA-256 of its text.
CREATE TABLE wordings (
  sha256 TEXT PRIMARY KEY,
  text TEXT NOT NULL CHECK (text <> ''),
  first_used_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO wordings (sha256, text, first_used_at)
SELECT sha256_hex(wording), wording, MIN(happened_at) FROM consent_events WHERE wording <> '' GROUP BY wording;

CREATE TRIGGER wordings_never_change BEFORE UPDATE ON wordings
BEGIN SELECT RAISE(ABORT, 'a wording that somebody agreed to stays as it was'); END;

CREATE TRIGGER wordings_never_go BEFORE DELETE ON wordings
BEGIN SELECT RAISE(ABORT, 'a wording that somebody agreed to stays as it was'); END;

DROP TRIGGER consent_events_never_change;
DROP TRIGGER consent_events_never_go;
ALTER TABLE consent_events RENAME TO consent_events_before;
DROP INDEX consent_events_by_address;

CREATE TABLE consent_events (
  id INTEGER PRIMARY KEY,
  email_key TEXT NOT NULL,
  event TEXT NOT NULL CHECK (event IN (
    'imported', 'requested', 'confirmed', 'subscribed', 'unsubscribed', 'resubscribed', 'preferences', 'replied',
    'erased')),
  list_name TEXT NOT NULL DEFAULT '',
  source TEXT NOT NULL,
  -- What was changed or said, in words.
  detail TEXT NOT NULL DEFAULT '',
  wording TEXT REFERENCES wordings (sha256),
  -- Only of acts that must be proved: a request and its confirmation.
  ip TEXT NOT NULL DEFAULT '' CHECK (ip = '' OR event IN ('requested', 'confirmed', 'subscribed')),
  happened_at TEXT NOT NULL
) STRICT;

INSERT INTO consent_events (id, email_key, event, list_name, source, wording, happened_at)
SELECT id, email_key, event, list_name, source, CASE WHEN wording <> '' THEN sha256_hex(wording) END, happened_at
FROM consent_events_before;

DROP TABLE consent_events_before;
CREATE INDEX consent_events_by_address ON consent_events (email_key);

-- Each time that a person's data went: nothing in it says whose.
CREATE TABLE erasures (
  id INTEGER PRIMARY KEY CHECK (id > 0),
  reason TEXT NOT NULL CHECK (reason IN ('request', 'retention')),
  erased_by TEXT NOT NULL CHECK (erased_by <> ''),
  erased_at TEXT NOT NULL,
  -- Which secret the hash on the suppression list was made with: a mark of it, not the secret.
  secret_mark TEXT NOT NULL,
  -- When the file was rewritten, so that no freed page holds the data any more.
  swept_at TEXT,
  -- 0 while the data are taken out. It points to a row that cannot be, so that no transaction ends with it.
  door INTEGER CHECK (door = 0) REFERENCES erasures (id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE UNIQUE INDEX erasures_one_door ON erasures (door) WHERE door IS NOT NULL;

-- Whose data may go while the door is open; empty at all other times.
CREATE TABLE erasure_subjects (email_key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TRIGGER erasures_begin_open BEFORE INSERT ON erasures
WHEN NEW.door IS NOT 0
BEGIN SELECT RAISE(ABORT, 'an erasure begins with its door open'); END;

CREATE TRIGGER erasures_close_once BEFORE UPDATE ON erasures
WHEN NEW.id <> OLD.id OR NEW.reason <> OLD.reason OR NEW.erased_by <> OLD.erased_by OR NEW.erased_at <> OLD.erased_at
  OR NEW.secret_mark <> OLD.secret_mark OR (OLD.door IS NULL AND NEW.door IS NOT NULL)
  OR (OLD.swept_at IS NOT NULL AND NEW.swept_at IS NOT OLD.swept_at)
  OR (NEW.door IS NULL AND EXISTS (SELECT 1 FROM erasure_subjects))
BEGIN SELECT RAISE(ABORT, 'an erasure stays as it was made'); END;

CREATE TRIGGER erasures_never_go BEFORE DELETE ON erasures
BEGIN SELECT RAISE(ABORT, 'an erasure stays as it was made'); END;

CREATE TRIGGER erasure_subjects_need_a_door BEFORE INSERT ON erasure_subjects
WHEN NOT EXISTS (SELECT 1 FROM erasures WHERE door = 0)
BEGIN SELECT RAISE(ABORT, 'nobody is erased without an erasure'); END;

-- The journal and the ledger let go of who it was, never of what happened.
CREATE TRIGGER consent_events_never_change BEFORE UPDATE ON consent_events
WHEN NOT (OLD.email_key IN (SELECT email_key FROM erasure_subjects)
  AND NEW.email_key IS (SELECT 'erased:' || id FROM erasures WHERE door = 0)
  AND NEW.source = '' AND NEW.detail = '' AND NEW.ip = ''
  AND NEW.id = OLD.id AND NEW.event = OLD.event AND NEW.list_name = OLD.list_name AND NEW.wording IS OLD.wording
  AND NEW.happened_at = OLD.happened_at)
BEGIN SELECT RAISE(ABORT, 'the consent journal is append-only'); END;

CREATE TRIGGER consent_events_never_go BEFORE DELETE ON consent_events
BEGIN SELECT RAISE(ABORT, 'the consent journal is append-only'); END;

DROP TRIGGER delivery_history_never_changes;

CREATE TRIGGER delivery_history_never_changes BEFORE UPDATE ON delivery_history
WHEN NOT (
  EXISTS (SELECT 1 FROM deliveries JOIN erasure_subjects USING (email_key) WHERE deliveries.id = OLD.delivery_id)
  AND NEW.id = OLD.id AND NEW.delivery_id = OLD.delivery_id AND NEW.state = OLD.state AND NEW.attempts = OLD.attempts
  AND NEW.message_id = OLD.message_id AND NEW.transport = OLD.transport AND NEW.code IS OLD.code
  AND NEW.enhanced = OLD.enhanced AND NEW.sending_at IS OLD.sending_at AND NEW.settled_at = OLD.settled_at
  AND NEW.settled_by = OLD.settled_by)
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;

CREATE TRIGGER deliveries_keep_their_address BEFORE UPDATE OF email, email_key, name, organisation ON deliveries
WHEN NOT (OLD.email_key IN (SELECT email_key FROM erasure_subjects)
  AND NEW.email_key IS (SELECT 'erased:' || erasures.id || ':' || OLD.id FROM erasures WHERE door = 0)
  AND NEW.email = '' AND NEW.name = '' AND NEW.organisation = '' AND NEW.state NOT IN ('pending', 'sending', 'deferred'))
BEGIN SELECT RAISE(ABORT, 'a delivery keeps whom it was for'); END;

CREATE TRIGGER subscribers_stay_erased BEFORE UPDATE ON subscribers
WHEN OLD.email_key GLOB 'erased:*' AND (NEW.email_key <> OLD.email_key OR NEW.status <> 'erased' OR NEW.email <> ''
  OR NEW.name <> '' OR NEW.organisation <> '' OR NEW.role <> '')
BEGIN SELECT RAISE(ABORT, 'who was erased stays so'); END;

-- An erased address stands on the suppression list as a hash that only the workspace's secret can make.
CREATE TRIGGER erased_addresses_are_hashed BEFORE INSERT ON suppressions
WHEN (NEW.reason = 'erased') <> (NEW.email_key GLOB 'hmac:*')
BEGIN SELECT RAISE(ABORT, 'an erased address is kept as a hash only'); END;

CREATE TRIGGER erased_addresses_stay_hashed BEFORE UPDATE ON suppressions
WHEN OLD.reason = 'erased' OR NEW.reason = 'erased' OR NEW.email_key <> OLD.email_key
BEGIN SELECT RAISE(ABORT, 'an erased address is kept as a hash only'); END;
