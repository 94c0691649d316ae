-- Where the short addresses of a letter lead, and how often each was opened. Nothing in it tells who opened one, or when.
CREATE TABLE counted_links (
  issue TEXT NOT NULL,
  -- The first characters of the SHA-256 of the address.
  mark TEXT NOT NULL CHECK (length(mark) = 16),
  address TEXT NOT NULL CHECK (address GLOB 'http://*' OR address GLOB 'https://*'),
  clicks INTEGER NOT NULL DEFAULT 0 CHECK (clicks >= 0),
  PRIMARY KEY (issue, mark)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER counted_links_lead_where_they_led BEFORE UPDATE OF issue, mark, address ON counted_links
BEGIN SELECT RAISE(ABORT, 'a link of a letter leads where it led'); END;

CREATE TRIGGER counted_links_never_go BEFORE DELETE ON counted_links
BEGIN SELECT RAISE(ABORT, 'a link of a letter leads where it led'); END;
