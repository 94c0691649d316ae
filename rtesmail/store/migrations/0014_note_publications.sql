-- Into which archive each issue was last published, also by --to: what leads to its page says from here whether it stands.
CREATE TABLE published (
  issue TEXT PRIMARY KEY,
  -- The bytes of a path: below the workspace's folder relative to it, so that both can move together.
  folder BLOB NOT NULL
) STRICT, WITHOUT ROWID;
