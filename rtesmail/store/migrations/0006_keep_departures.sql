-- Who left one list and may stay on others. The address itself stays out of suppressions: only this list is closed to it.

CREATE TABLE departures (
  subscriber_id INTEGER NOT NULL REFERENCES subscribers (id),
  list_name TEXT NOT NULL,
  left_at TEXT NOT NULL,
  PRIMARY KEY (subscriber_id, list_name)
) STRICT, WITHOUT ROWID;

-- Whatever puts people on lists, nobody is put back on one that they left; only their own yes takes the departure away.
CREATE TRIGGER memberships_respect_departures BEFORE INSERT ON memberships
WHEN EXISTS (SELECT 1 FROM departures JOIN lists ON lists.name = departures.list_name
  WHERE departures.subscriber_id = NEW.subscriber_id AND lists.id = NEW.list_id)
BEGIN SELECT RAISE(IGNORE); END;
