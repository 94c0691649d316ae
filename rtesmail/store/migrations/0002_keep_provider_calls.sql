-- A call to a provider, kept before it leaves: the same key and payload can be repeated while the provider remembers
-- the key. Once what became of it is known, its payload, which is a whole letter, goes.

CREATE TABLE provider_calls (
  id INTEGER PRIMARY KEY,
  mailing_id INTEGER NOT NULL REFERENCES mailings (id),
  transport TEXT NOT NULL,
  idempotency_key TEXT NOT NULL UNIQUE,
  payload BLOB NOT NULL,
  deliveries TEXT NOT NULL CHECK (json_valid(deliveries)),
  made_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  answered_at TEXT
) STRICT;

CREATE INDEX provider_calls_open ON provider_calls (mailing_id) WHERE answered_at IS NULL;
