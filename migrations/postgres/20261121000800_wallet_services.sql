-- Money out: bills, top-ups and transfers that are paid from a merchant's own wallet account.
CREATE TABLE wallet_services (
    id                 UUID PRIMARY KEY,
    store_id           UUID NOT NULL REFERENCES stores (id),
    livemode           BOOLEAN NOT NULL,
    account_id         UUID NOT NULL REFERENCES provider_accounts (id),
    provider           TEXT NOT NULL,
    kind               TEXT NOT NULL CHECK (kind IN ('bill', 'top_up', 'transfer')),
    reference          TEXT NOT NULL,
    wire_reference     TEXT NOT NULL UNIQUE,
    amount             BIGINT NOT NULL CHECK (amount > 0),
    currency           TEXT NOT NULL,
    -- Numbers, telephones and notes, sealed.
    subject            BYTEA NOT NULL,
    status             TEXT NOT NULL CHECK (status IN ('processing', 'succeeded', 'failed', 'needs_review')),
    -- The one call that may have moved the money.
    intent_id          UUID NOT NULL,
    provider_reference TEXT,
    provider_message   TEXT,
    review_reason      TEXT,
    evidence           BYTEA,
    asks               INTEGER NOT NULL DEFAULT 0,
    asked_at           TIMESTAMPTZ,
    unknown_since      TIMESTAMPTZ,
    version            BIGINT NOT NULL DEFAULT 1,
    created_at         TIMESTAMPTZ NOT NULL,
    updated_at         TIMESTAMPTZ NOT NULL
);
-- What has failed has moved nothing, and gives its reference back.
CREATE UNIQUE INDEX wallet_services_reference_held ON wallet_services (store_id, livemode, reference) WHERE status <> 'failed';
CREATE INDEX wallet_services_reference ON wallet_services (store_id, livemode, reference);
CREATE INDEX wallet_services_list ON wallet_services (store_id, livemode, id);
