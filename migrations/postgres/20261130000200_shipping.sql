-- Shipments: parcels that one carrier brings to one place, every try to have them booked, and what carriers tell of them.
CREATE TABLE shipments (
    id               UUID PRIMARY KEY,
    store_id         UUID NOT NULL REFERENCES stores (id),
    livemode         BOOLEAN NOT NULL,
    reference        TEXT NOT NULL,
    carrier          TEXT NOT NULL,
    service          TEXT NOT NULL,
    account_id       UUID NOT NULL REFERENCES provider_accounts (id),
    fallback         TEXT NOT NULL CHECK (fallback IN ('auto', 'offer', 'none')),
    fallback_from    TEXT,
    -- The carrier's number, and what its calls name it by.
    carrier_number   TEXT,
    carrier_id       TEXT,
    status           TEXT NOT NULL CHECK (status IN (
        'pending', 'booked', 'picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'delayed', 'failed_attempt',
        'returning', 'returned', 'cancelled', 'lost', 'unknown', 'failed'
    )),
    raw_status       TEXT,
    status_at        TIMESTAMPTZ,
    cost             BIGINT CHECK (cost >= 0),
    -- Of cost and cash.
    currency         TEXT NOT NULL,
    cash             BIGINT CHECK (cash > 0),
    -- What the carrier says that its driver has collected, and when.
    collected        BIGINT CHECK (collected >= 0),
    collected_at     TIMESTAMPTZ,
    eta_from         TIMESTAMPTZ,
    eta_to           TIMESTAMPTZ,
    -- Ids of the gazetteer.
    origin_city      TEXT NOT NULL,
    destination_city TEXT NOT NULL,
    pieces           INTEGER NOT NULL CHECK (pieces > 0),
    grams            BIGINT NOT NULL CHECK (grams > 0),
    -- Addresses, parcels and notes, sealed.
    subject          BYTEA NOT NULL,
    review_reason    TEXT,
    alternatives     JSONB NOT NULL,
    evidence         BYTEA,
    tracks           INTEGER NOT NULL DEFAULT 0,
    tracked_at       TIMESTAMPTZ,
    version          BIGINT NOT NULL DEFAULT 1,
    created_at       TIMESTAMPTZ NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL
);
-- What was never carried gives its reference back.
CREATE UNIQUE INDEX shipments_reference_held ON shipments (store_id, livemode, reference)
    WHERE status NOT IN ('failed', 'cancelled');
CREATE INDEX shipments_reference ON shipments (store_id, livemode, reference);
CREATE INDEX shipments_list ON shipments (store_id, livemode, id);
CREATE INDEX shipments_number ON shipments (account_id, carrier_number) WHERE carrier_number IS NOT NULL;

CREATE TABLE bookings (
    id             UUID PRIMARY KEY,
    shipment_id    UUID NOT NULL REFERENCES shipments (id),
    store_id       UUID NOT NULL,
    livemode       BOOLEAN NOT NULL,
    carrier        TEXT NOT NULL,
    service        TEXT NOT NULL,
    account_id     UUID NOT NULL REFERENCES provider_accounts (id),
    -- Ours on the wire.
    reference      TEXT NOT NULL UNIQUE,
    status         TEXT NOT NULL CHECK (status IN ('unknown', 'booked', 'refused')),
    -- The one call that may have booked it; none before it leaves.
    intent_id      UUID,
    left_at        TIMESTAMPTZ,
    carrier_number TEXT,
    carrier_id     TEXT,
    cost           BIGINT,
    message        TEXT,
    asks           INTEGER NOT NULL DEFAULT 0,
    asked_at       TIMESTAMPTZ,
    version        BIGINT NOT NULL DEFAULT 1,
    created_at     TIMESTAMPTZ NOT NULL,
    updated_at     TIMESTAMPTZ NOT NULL
);
-- Never two parcels for one shipment: another try begins only where the one before has certainly booked nothing.
CREATE UNIQUE INDEX bookings_one_standing ON bookings (shipment_id) WHERE status <> 'refused';
CREATE INDEX bookings_shipment ON bookings (shipment_id, id);

CREATE TABLE shipment_entries (
    id          UUID PRIMARY KEY,
    shipment_id UUID NOT NULL REFERENCES shipments (id),
    store_id    UUID NOT NULL,
    carrier     TEXT NOT NULL,
    raw         TEXT NOT NULL,
    -- What the word means; none where it is not known. Words can be read anew over history.
    status      TEXT,
    occurred_at TIMESTAMPTZ NOT NULL,
    note        TEXT,
    collected   BIGINT,
    heard_by    TEXT NOT NULL CHECK (heard_by IN ('callback', 'poll', 'push', 'file', 'answer')),
    heard_at    TIMESTAMPTZ NOT NULL,
    -- The same thing told twice is one.
    UNIQUE (shipment_id, raw, occurred_at)
);
CREATE INDEX shipment_entries_carrier ON shipment_entries (carrier, raw);

-- Acting calls on a booked shipment: giving it up, having it brought back.
CREATE TABLE shipment_changes (
    id          UUID PRIMARY KEY,
    shipment_id UUID NOT NULL REFERENCES shipments (id),
    store_id    UUID NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('cancel', 'return')),
    status      TEXT NOT NULL CHECK (status IN ('unknown', 'done', 'refused')),
    intent_id   UUID NOT NULL,
    message     TEXT,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX shipment_changes_one_open ON shipment_changes (shipment_id) WHERE status = 'unknown';
CREATE INDEX shipment_changes_shipment ON shipment_changes (shipment_id, id);

CREATE TABLE pickups (
    id                UUID PRIMARY KEY,
    store_id          UUID NOT NULL REFERENCES stores (id),
    livemode          BOOLEAN NOT NULL,
    carrier           TEXT NOT NULL,
    account_id        UUID NOT NULL REFERENCES provider_accounts (id),
    reference         TEXT NOT NULL UNIQUE,
    day               TEXT NOT NULL,
    shipments         JSONB NOT NULL,
    status            TEXT NOT NULL CHECK (status IN ('processing', 'scheduled', 'failed', 'needs_review')),
    intent_id         UUID NOT NULL,
    carrier_reference TEXT,
    carrier_message   TEXT,
    -- Where it is not where the first shipment starts, sealed.
    address           BYTEA,
    -- A person's proof, sealed.
    evidence          BYTEA,
    version           BIGINT NOT NULL DEFAULT 1,
    created_at        TIMESTAMPTZ NOT NULL,
    updated_at        TIMESTAMPTZ NOT NULL
);
CREATE INDEX pickups_list ON pickups (store_id, livemode, id);

-- The places that an account's carrier goes to, in its own words.
CREATE TABLE carrier_places (
    account_id   UUID PRIMARY KEY REFERENCES provider_accounts (id),
    places       JSONB NOT NULL,
    refreshed_at TIMESTAMPTZ NOT NULL
);

-- How far a carrier's stream has been taken in.
CREATE TABLE carrier_streams (
    account_id UUID PRIMARY KEY REFERENCES provider_accounts (id),
    position   TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

-- Files that a carrier left and that were taken in; a name is taken in once.
CREATE TABLE carrier_files (
    id         UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES provider_accounts (id),
    store_id   UUID NOT NULL,
    name       TEXT NOT NULL,
    -- As it came, sealed.
    original   BYTEA NOT NULL,
    entries    INTEGER NOT NULL,
    malformed  INTEGER NOT NULL,
    taken_at   TIMESTAMPTZ NOT NULL,
    UNIQUE (account_id, name)
);

-- What a carrier told and nobody could read or place, as it came, sealed.
CREATE TABLE carrier_oddities (
    id         UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES provider_accounts (id),
    store_id   UUID NOT NULL,
    heard_by   TEXT NOT NULL,
    why        TEXT NOT NULL CHECK (why IN ('malformed', 'unknown_parcel')),
    digest     BYTEA NOT NULL,
    raw        BYTEA NOT NULL,
    heard_at   TIMESTAMPTZ NOT NULL,
    UNIQUE (account_id, digest)
);

-- A carrier's callback names parcels, one or many, and no attempt to pay.
ALTER TABLE callbacks ALTER COLUMN attempt_id DROP NOT NULL;
