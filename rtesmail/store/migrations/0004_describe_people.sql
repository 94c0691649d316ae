-- Organisations, and what is known of people besides their address. Nothing of what is there changes: a person's
-- organisation, role, level and region stay as typed until they are found to belong to an organisation.

CREATE TABLE organisations (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL CHECK (name <> ''),
  -- The name as it is compared: without accents, capitals, spaces and signs.
  name_key TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT '' CHECK (kind IN ('', 'commune', 'intercommunalité', 'département', 'région', 'EPT',
    'métropole', 'partenaire', 'presse', 'institution')),
  siren TEXT NOT NULL DEFAULT ''
    CHECK (siren = '' OR siren GLOB '[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]'),
  insee TEXT NOT NULL DEFAULT '' CHECK (insee = '' OR insee GLOB '[0-9][0-9AB][0-9][0-9][0-9]'),
  -- Codes are text: "01", "2A", "971".
  region TEXT NOT NULL DEFAULT '' CHECK (region = '' OR region GLOB '[0-9][0-9]'),
  departement TEXT NOT NULL DEFAULT ''
    CHECK (departement = '' OR departement GLOB '[0-9][0-9AB]' OR departement GLOB '97[0-9]'),
  is_member INTEGER NOT NULL DEFAULT 0 CHECK (is_member IN (0, 1)),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX organisations_by_siren ON organisations (siren) WHERE siren <> '';
CREATE UNIQUE INDEX organisations_by_insee ON organisations (insee) WHERE insee <> '';
CREATE INDEX organisations_by_name ON organisations (name_key);

-- Of people who belong to an organisation, level, region and departement are copies of what it is.
ALTER TABLE subscribers ADD COLUMN organisation_id INTEGER REFERENCES organisations (id);
ALTER TABLE subscribers ADD COLUMN departement TEXT NOT NULL DEFAULT '';
-- Besides `role`, which is the main one; joined by semicolons.
ALTER TABLE subscribers ADD COLUMN other_roles TEXT NOT NULL DEFAULT '';
ALTER TABLE subscribers ADD COLUMN language TEXT NOT NULL DEFAULT '';
-- A day, YYYY-MM-DD; '' when there is no mandate or its end is not known.
ALTER TABLE subscribers ADD COLUMN mandate_ends_on TEXT NOT NULL DEFAULT ''
  CHECK (mandate_ends_on = '' OR mandate_ends_on IS date(mandate_ends_on, '+0 days'));

CREATE TABLE subscriber_attributes (
  subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
  name TEXT NOT NULL CHECK (name <> ''),
  value TEXT NOT NULL CHECK (value <> ''),
  PRIMARY KEY (subscriber_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX subscriber_attributes_by_value ON subscriber_attributes (name, value, subscriber_id);

-- All that a segment asks of most people, so that counting one reads this and nothing else.
CREATE INDEX subscribers_for_segments ON subscribers
  (level, region, departement, role, other_roles, language, mandate_ends_on, organisation_id)
  WHERE status = 'active';

-- Which spellings there are of a région, a role, several, an organisation: found by leaping from one to the next. Only a
-- statement that leaves the empty ones out can use them, so that no counting looks up row after row through one of them.
CREATE INDEX subscribers_by_region ON subscribers (region) WHERE region <> '';
CREATE INDEX subscribers_by_role ON subscribers (role) WHERE role <> '';
CREATE INDEX subscribers_by_other_roles ON subscribers (other_roles) WHERE other_roles <> '';
CREATE INDEX subscribers_by_organisation_text ON subscribers (organisation) WHERE organisation <> '';
CREATE INDEX subscribers_by_organisation ON subscribers (organisation_id, status);

-- Who is said to work elsewhere belongs to their organisation no more.
CREATE TRIGGER subscribers_follow_their_organisation AFTER UPDATE OF organisation ON subscribers
WHEN NEW.organisation <> OLD.organisation AND NEW.organisation_id IS NOT NULL
  AND NEW.organisation_id IS OLD.organisation_id
BEGIN UPDATE subscribers SET organisation_id = NULL WHERE id = NEW.id; END;

CREATE TRIGGER erased_people_keep_no_description AFTER UPDATE OF status ON subscribers
WHEN NEW.status = 'erased' AND OLD.status <> 'erased'
BEGIN
  UPDATE subscribers SET organisation_id = NULL, departement = '', other_roles = '', language = '', mandate_ends_on = ''
  WHERE id = NEW.id;
  DELETE FROM subscriber_attributes WHERE subscriber_id = NEW.id;
END;
