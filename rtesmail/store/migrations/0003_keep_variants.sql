-- Blocks for some readers only: an edition is kept with whom each is for and with what each kind of reader gets.

CREATE TABLE edition_conditions (
  digest TEXT NOT NULL REFERENCES editions (digest),
  position INTEGER NOT NULL,
  levels TEXT NOT NULL CHECK (json_valid(levels)),
  regions TEXT NOT NULL CHECK (json_valid(regions)),
  roles TEXT NOT NULL CHECK (json_valid(roles)),
  PRIMARY KEY (digest, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE edition_variants (
  digest TEXT NOT NULL REFERENCES editions (digest),
  position INTEGER NOT NULL,
  key TEXT NOT NULL,
  html TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (digest, position)
) STRICT, WITHOUT ROWID;

-- Which variant of the mailing's edition the person gets, by what was known of them when the audience was frozen:
-- a digit for each condition, 1 where it holds; '' when everybody gets the same.
ALTER TABLE deliveries ADD COLUMN variant TEXT NOT NULL DEFAULT '' CHECK (variant NOT GLOB '*[^01]*');

CREATE TRIGGER deliveries_keep_their_variant BEFORE UPDATE OF variant ON deliveries
WHEN NEW.variant <> OLD.variant
BEGIN SELECT RAISE(ABORT, 'a delivery keeps the variant of its freeze'); END;
