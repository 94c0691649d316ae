-- By whose clocks the calendar entries of an edition go; empty for one that leads to none.
ALTER TABLE editions ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';
