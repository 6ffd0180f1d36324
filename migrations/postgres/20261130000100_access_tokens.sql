-- Access tokens of accounts whose log-ins are counted: one a scope, for every process.
CREATE TABLE access_tokens (
    scope       TEXT PRIMARY KEY,
    -- Counts up with every turn to log in.
    number      BIGINT NOT NULL,
    -- Sealed.
    token       BYTEA,
    valid_until TIMESTAMPTZ,
    turn_until  TIMESTAMPTZ
);
