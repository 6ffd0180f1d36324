-- Money in: the payment is the intent, attempts hang below it, refunds beside them.
CREATE TABLE payments (
    id               UUID PRIMARY KEY,
    store_id         UUID NOT NULL REFERENCES stores (id),
    livemode         BOOLEAN NOT NULL,
    reference        TEXT NOT NULL,
    holds_reference  BOOLEAN NOT NULL,
    amount           BIGINT NOT NULL CHECK (amount > 0),
    currency         TEXT NOT NULL,
    paid_amount      BIGINT NOT NULL DEFAULT 0 CHECK (paid_amount >= 0),
    refund_reserved  BIGINT NOT NULL DEFAULT 0 CHECK (refund_reserved >= 0),
    refunded_amount  BIGINT NOT NULL DEFAULT 0 CHECK (refunded_amount >= 0),
    status           TEXT NOT NULL CHECK (status IN (
        'requires_action', 'processing', 'paid', 'declined', 'cancelled', 'expired', 'partially_refunded', 'refunded', 'needs_review'
    )),
    method           TEXT NOT NULL,
    brand            TEXT,
    card_type        TEXT,
    provider         TEXT NOT NULL,
    attempt          INTEGER NOT NULL,
    fallback_from    TEXT,
    late             BOOLEAN NOT NULL DEFAULT FALSE,
    review_reason    TEXT,
    customer         BYTEA,
    return_url       TEXT,
    metadata         JSONB NOT NULL,
    version          BIGINT NOT NULL DEFAULT 1,
    created_at       TIMESTAMPTZ NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL,
    CONSTRAINT refunds_within_paid CHECK (refund_reserved + refunded_amount <= paid_amount)
);
CREATE UNIQUE INDEX payments_reference_held ON payments (store_id, livemode, reference) WHERE holds_reference;
CREATE INDEX payments_reference ON payments (store_id, livemode, reference);
CREATE INDEX payments_list ON payments (store_id, livemode, id);

CREATE TABLE attempts (
    id                   UUID PRIMARY KEY,
    payment_id           UUID NOT NULL REFERENCES payments (id),
    store_id             UUID NOT NULL,
    account_id           UUID NOT NULL REFERENCES provider_accounts (id),
    number               INTEGER NOT NULL,
    provider             TEXT NOT NULL,
    gateway              TEXT NOT NULL,
    method               TEXT NOT NULL,
    brand                TEXT,
    bank                 TEXT,
    wire_reference       TEXT NOT NULL UNIQUE,
    status               TEXT NOT NULL CHECK (status IN ('open', 'unknown', 'paid', 'declined', 'cancelled', 'expired', 'needs_review')),
    raw_status           TEXT,
    amount               BIGINT NOT NULL,
    currency             TEXT NOT NULL,
    next_action          JSONB NOT NULL,
    provider_transaction TEXT,
    evidence             BYTEA,
    -- What the provider names it by, once it knows of it.
    session              TEXT,
    codes_sent           INTEGER NOT NULL DEFAULT 0,
    code_sent_at         TIMESTAMPTZ,
    wrong_codes          INTEGER NOT NULL DEFAULT 0,
    -- When a code has left us that may have been paid by.
    confirmed_at         TIMESTAMPTZ,
    failure              TEXT CHECK (failure IN ('provider_unavailable', 'provider_timeout', 'provider_rejected', 'interrupted')),
    refunded_amount      BIGINT NOT NULL DEFAULT 0,
    expires_at           TIMESTAMPTZ,
    hinted_at            TIMESTAMPTZ,
    asked_at             TIMESTAMPTZ,
    asks                 INTEGER NOT NULL DEFAULT 0,
    unknown_since        TIMESTAMPTZ,
    paid_at              TIMESTAMPTZ,
    version              BIGINT NOT NULL DEFAULT 1,
    created_at           TIMESTAMPTZ NOT NULL,
    updated_at           TIMESTAMPTZ NOT NULL,
    UNIQUE (payment_id, number)
);

CREATE TABLE refunds (
    id               UUID PRIMARY KEY,
    payment_id       UUID NOT NULL REFERENCES payments (id),
    attempt_id       UUID NOT NULL REFERENCES attempts (id),
    store_id         UUID NOT NULL,
    livemode         BOOLEAN NOT NULL,
    amount           BIGINT NOT NULL CHECK (amount > 0),
    currency         TEXT NOT NULL,
    reason           TEXT,
    status           TEXT NOT NULL CHECK (status IN ('pending', 'processing', 'succeeded', 'failed', 'needs_review')),
    way              TEXT NOT NULL CHECK (way IN ('provider', 'manual')),
    wire_reference   TEXT NOT NULL UNIQUE,
    intent_id        UUID,
    provider_transaction TEXT,
    remaining_before BIGINT,
    refused          BOOLEAN NOT NULL DEFAULT FALSE,
    provider_message TEXT,
    review_reason    TEXT,
    evidence         BYTEA,
    -- What the first of two persons said, and the key that said it.
    first_evidence   BYTEA,
    first_key        UUID,
    asks             INTEGER NOT NULL DEFAULT 0,
    unknown_since    TIMESTAMPTZ,
    version          BIGINT NOT NULL DEFAULT 1,
    created_at       TIMESTAMPTZ NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL
);
CREATE INDEX refunds_payment ON refunds (payment_id, id);
-- One in flight per payment. One that waits for a person is still in flight: nobody knows what it moved.
CREATE UNIQUE INDEX refunds_in_flight ON refunds (payment_id) WHERE status IN ('pending', 'processing', 'needs_review');
