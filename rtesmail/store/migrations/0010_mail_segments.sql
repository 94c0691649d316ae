-- A mailing may be for those of a list whom a segment asks for: the segment's name, and its expression as it was when
-- the mailing was planned or begun. Both are empty when it is for the whole list.
ALTER TABLE mailings ADD COLUMN segment TEXT NOT NULL DEFAULT '';
ALTER TABLE mailings ADD COLUMN condition TEXT NOT NULL DEFAULT '' CHECK ((condition = '') = (segment = ''));

-- One live mailing per issue, list and segment: asking twice resumes the first.
DROP INDEX mailings_once;
CREATE UNIQUE INDEX mailings_once ON mailings (issue, list_name, segment) WHERE state <> 'cancelled';

CREATE TRIGGER segment_stays_bound BEFORE UPDATE OF segment, condition ON mailings
WHEN OLD.audience IS NOT NULL AND (NEW.segment <> OLD.segment OR NEW.condition <> OLD.condition)
BEGIN SELECT RAISE(ABORT, 'a begun mailing keeps its segment'); END;
