-- What operators have announced of days: it stands over what the calendar expects.
CREATE TABLE holidays (
    -- The day in Africa/Tripoli, as ISO 8601 writes it.
    day          TEXT PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN (
        'holiday', 'open', 'islamic_new_year', 'mawlid', 'ramadan', 'eid_al_fitr', 'eid_al_adha'
    )),
    -- What a holiday is called; everything else has its name.
    name         TEXT,
    name_ar      TEXT,
    -- Whose word it is.
    announced_by TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL
);
