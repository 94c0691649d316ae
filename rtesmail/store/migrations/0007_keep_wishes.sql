-- What people chose on their preference page. Who has no row gets everything, and no letter on paper.

CREATE TABLE frequency_wishes (
  subscriber_id INTEGER PRIMARY KEY REFERENCES subscribers (id),
  frequency TEXT NOT NULL CHECK (frequency IN ('monthly', 'quarterly')),
  chosen_at TEXT NOT NULL
) STRICT;

CREATE TABLE paper_letters (
  subscriber_id INTEGER PRIMARY KEY REFERENCES subscribers (id),
  postal_address TEXT NOT NULL,
  asked_at TEXT NOT NULL
) STRICT;

-- The rhythm of a mailing's publication, written when its audience is frozen: empty is occasional.
ALTER TABLE mailings ADD COLUMN frequency TEXT NOT NULL DEFAULT '' CHECK (frequency IN ('', 'monthly', 'quarterly'));
