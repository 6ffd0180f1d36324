-- Settlement: what a provider's books of a day, or a bank's statement, say of an account, compared line by line with ours.
CREATE TABLE settlements (
    id         UUID PRIMARY KEY,
    store_id   UUID NOT NULL REFERENCES stores (id),
    livemode   BOOLEAN NOT NULL,
    account_id UUID NOT NULL REFERENCES provider_accounts (id),
    provider   TEXT NOT NULL,
    -- The day in Africa/Tripoli, as ISO 8601 writes it.
    day        TEXT NOT NULL,
    source     TEXT NOT NULL CHECK (source IN ('books', 'statement')),
    -- Of the statement's bytes; empty for books.
    digest     TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('processing', 'matched', 'differences', 'resolved', 'unavailable')),
    currency   TEXT NOT NULL,
    lines      BIGINT NOT NULL DEFAULT 0,
    undecided  BIGINT NOT NULL DEFAULT 0,
    summary    JSONB NOT NULL,
    -- The statement as it came, sealed.
    original   BYTEA,
    -- How the statement is to be read.
    reading    JSONB NOT NULL,
    -- Why the books could not be had.
    error      TEXT,
    version    BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    UNIQUE (store_id, account_id, day, source, digest)
);
CREATE INDEX settlements_list ON settlements (store_id, livemode, id);
CREATE INDEX settlements_day ON settlements (day, account_id);

CREATE TABLE settlement_lines (
    id             UUID PRIMARY KEY,
    settlement_id  UUID NOT NULL REFERENCES settlements (id),
    -- Whose money the line is about: an account may serve other stores than its own.
    store_id       UUID NOT NULL,
    number         BIGINT NOT NULL,
    -- What the line is about, whenever the day is compared again.
    key            TEXT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN (
        'matched', 'missing_there', 'missing_here', 'orphan', 'amount', 'fee', 'refund', 'duplicate', 'unreadable', 'repeated'
    )),
    direction      TEXT NOT NULL CHECK (direction IN ('sale', 'refund', 'other')),
    payment_id     UUID,
    attempt_id     UUID,
    refund_id      UUID,
    transaction_id TEXT,
    wire_reference TEXT,
    ours           BIGINT,
    theirs         BIGINT,
    fee            BIGINT,
    expected_fee   BIGINT,
    happened_at    TIMESTAMPTZ,
    note           TEXT,
    -- What became of the payment when the provider's word was taken in.
    learnt         TEXT,
    -- Decided, and no longer so: kept for the record, counted nowhere.
    superseded     BOOLEAN NOT NULL DEFAULT FALSE,
    decision       TEXT CHECK (decision IN ('accept', 'ours', 'theirs', 'written_off')),
    evidence       BYTEA,
    decided_at     TIMESTAMPTZ,
    created_at     TIMESTAMPTZ NOT NULL,
    updated_at     TIMESTAMPTZ NOT NULL,
    UNIQUE (settlement_id, number),
    UNIQUE (settlement_id, key)
);
CREATE INDEX settlement_lines_store ON settlement_lines (store_id, settlement_id);
-- The same line of a bank in another statement.
CREATE INDEX settlement_lines_key ON settlement_lines (key);
CREATE INDEX settlement_lines_attempt ON settlement_lines (attempt_id) WHERE attempt_id IS NOT NULL;
CREATE INDEX settlement_lines_refund ON settlement_lines (refund_id) WHERE refund_id IS NOT NULL;

-- What we hold of a day.
CREATE INDEX attempts_settled ON attempts (account_id, paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX refunds_settled ON refunds (updated_at) WHERE status = 'succeeded';
