-- Whoever cannot be written to, by address: a few, whom counting leaves out.
CREATE INDEX subscribers_closed ON subscribers (email_key) WHERE status <> 'active';

-- What few people have is found without looking at everybody.
CREATE INDEX subscribers_by_language ON subscribers (language) WHERE language <> '';
CREATE INDEX subscribers_by_mandate_end ON subscribers (mandate_ends_on) WHERE mandate_ends_on <> '';

-- Who lacks what nearly everybody has.
CREATE INDEX subscribers_without_role ON subscribers (role) WHERE role = '';
CREATE INDEX subscribers_without_region ON subscribers (region) WHERE region = '';
CREATE INDEX subscribers_without_organisation ON subscribers (organisation) WHERE organisation = '';
