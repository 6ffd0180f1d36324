-- Shipments: parcels that one carrier brings to one place, every try to have them booked, and what carriers tell of them.
CREATE TABLE shipments (
    id               BLOB PRIMARY KEY,
    store_id         BLOB NOT NULL REFERENCES stores (id),
    livemode         INTEGER NOT NULL,
    reference        TEXT NOT NULL,
    carrier          TEXT NOT NULL,
    service          TEXT NOT NULL,
    account_id       BLOB NOT NULL REFERENCES provider_accounts (id),
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
    status_at        INTEGER,
    cost             INTEGER CHECK (cost >= 0),
    -- Of cost and cash.
    currency         TEXT NOT NULL,
    cash             INTEGER CHECK (cash > 0),
    -- What the carrier says that its driver has collected, and when.
    collected        INTEGER CHECK (collected >= 0),
    collected_at     INTEGER,
    eta_from         INTEGER,
    eta_to           INTEGER,
    -- Ids of the gazetteer.
    origin_city      TEXT NOT NULL,
    destination_city TEXT NOT NULL,
    pieces           INTEGER NOT NULL CHECK (pieces > 0),
    grams            INTEGER NOT NULL CHECK (grams > 0),
    -- Addresses, parcels and notes, sealed.
    subject          BLOB NOT NULL,
    review_reason    TEXT,
    alternatives     TEXT NOT NULL,
    evidence         BLOB,
    tracks           INTEGER NOT NULL DEFAULT 0,
    tracked_at       INTEGER,
    version          INTEGER NOT NULL DEFAULT 1,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
);
-- What was never carried gives its reference back.
CREATE UNIQUE INDEX shipments_reference_held ON shipments (store_id, livemode, reference)
    WHERE status NOT IN ('failed', 'cancelled');
CREATE INDEX shipments_reference ON shipments (store_id, livemode, reference);
CREATE INDEX shipments_list ON shipments (store_id, livemode, id);
CREATE INDEX shipments_number ON shipments (account_id, carrier_number) WHERE carrier_number IS NOT NULL;

CREATE TABLE bookings (
    id             BLOB PRIMARY KEY,
    shipment_id    BLOB NOT NULL REFERENCES shipments (id),
    store_id       BLOB NOT NULL,
    livemode       INTEGER NOT NULL,
    carrier        TEXT NOT NULL,
    service        TEXT NOT NULL,
    account_id     BLOB NOT NULL REFERENCES provider_accounts (id),
    -- Ours on the wire.
    reference      TEXT NOT NULL UNIQUE,
    status         TEXT NOT NULL CHECK (status IN ('unknown', 'booked', 'refused')),
    -- The one call that may have booked it; none before it leaves.
    intent_id      BLOB,
    left_at        INTEGER,
    carrier_number TEXT,
    carrier_id     TEXT,
    cost           INTEGER,
    message        TEXT,
    asks           INTEGER NOT NULL DEFAULT 0,
    asked_at       INTEGER,
    version        INTEGER NOT NULL DEFAULT 1,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
);
-- Never two parcels for one shipment: another try begins only where the one before has certainly booked nothing.
CREATE UNIQUE INDEX bookings_one_standing ON bookings (shipment_id) WHERE status <> 'refused';
CREATE INDEX bookings_shipment ON bookings (shipment_id, id);

CREATE TABLE shipment_entries (
    id          BLOB PRIMARY KEY,
    shipment_id BLOB NOT NULL REFERENCES shipments (id),
    store_id    BLOB NOT NULL,
    carrier     TEXT NOT NULL,
    raw         TEXT NOT NULL,
    -- What the word means; none where it is not known. Words can be read anew over history.
    status      TEXT,
    occurred_at INTEGER NOT NULL,
    note        TEXT,
    collected   INTEGER,
    heard_by    TEXT NOT NULL CHECK (heard_by IN ('callback', 'poll', 'push', 'file', 'answer')),
    heard_at    INTEGER NOT NULL,
    -- The same thing told twice is one.
    UNIQUE (shipment_id, raw, occurred_at)
);
CREATE INDEX shipment_entries_carrier ON shipment_entries (carrier, raw);

-- Acting calls on a booked shipment: giving it up, having it brought back.
CREATE TABLE shipment_changes (
    id          BLOB PRIMARY KEY,
    shipment_id BLOB NOT NULL REFERENCES shipments (id),
    store_id    BLOB NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('cancel', 'return')),
    status      TEXT NOT NULL CHECK (status IN ('unknown', 'done', 'refused')),
    intent_id   BLOB NOT NULL,
    message     TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);
CREATE UNIQUE INDEX shipment_changes_one_open ON shipment_changes (shipment_id) WHERE status = 'unknown';
CREATE INDEX shipment_changes_shipment ON shipment_changes (shipment_id, id);

CREATE TABLE pickups (
    id                BLOB PRIMARY KEY,
    store_id          BLOB NOT NULL REFERENCES stores (id),
    livemode          INTEGER NOT NULL,
    carrier           TEXT NOT NULL,
    account_id        BLOB NOT NULL REFERENCES provider_accounts (id),
    reference         TEXT NOT NULL UNIQUE,
    day               TEXT NOT NULL,
    shipments         TEXT NOT NULL,
    status            TEXT NOT NULL CHECK (status IN ('processing', 'scheduled', 'failed', 'needs_review')),
    intent_id         BLOB NOT NULL,
    carrier_reference TEXT,
    carrier_message   TEXT,
    -- Where it is not where the first shipment starts, sealed.
    address           BLOB,
    -- A person's proof, sealed.
    evidence          BLOB,
    version           INTEGER NOT NULL DEFAULT 1,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
);
CREATE INDEX pickups_list ON pickups (store_id, livemode, id);

-- The places that an account's carrier goes to, in its own words.
CREATE TABLE carrier_places (
    account_id   BLOB PRIMARY KEY REFERENCES provider_accounts (id),
    places       TEXT NOT NULL,
    refreshed_at INTEGER NOT NULL
);

-- How far a carrier's stream has been taken in.
CREATE TABLE carrier_streams (
    account_id BLOB PRIMARY KEY REFERENCES provider_accounts (id),
    position   TEXT NOT NULL,
    updated_at INTEGER NOT NULL
);

-- Files that a carrier left and that were taken in; a name is taken in once.
CREATE TABLE carrier_files (
    id         BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES provider_accounts (id),
    store_id   BLOB NOT NULL,
    name       TEXT NOT NULL,
    -- As it came, sealed.
    original   BLOB NOT NULL,
    entries    INTEGER NOT NULL,
    malformed  INTEGER NOT NULL,
    taken_at   INTEGER NOT NULL,
    UNIQUE (account_id, name)
);

-- What a carrier told and nobody could read or place, as it came, sealed.
CREATE TABLE carrier_oddities (
    id         BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES provider_accounts (id),
    store_id   BLOB NOT NULL,
    heard_by   TEXT NOT NULL,
    why        TEXT NOT NULL CHECK (why IN ('malformed', 'unknown_parcel')),
    digest     BLOB NOT NULL,
    raw        BLOB NOT NULL,
    heard_at   INTEGER NOT NULL,
    UNIQUE (account_id, digest)
);

-- A carrier's callback names parcels, one or many, and no attempt to pay.
CREATE TABLE callbacks_of_all (
    id          BLOB PRIMARY KEY,
    store_id    BLOB NOT NULL,
    account_id  BLOB NOT NULL,
    attempt_id  BLOB,
    provider    TEXT NOT NULL,
    digest      BLOB NOT NULL,
    raw         BLOB NOT NULL,
    times       INTEGER NOT NULL DEFAULT 1,
    received_at INTEGER NOT NULL,
    UNIQUE (account_id, digest)
);
INSERT INTO callbacks_of_all (id, store_id, account_id, attempt_id, provider, digest, raw, times, received_at)
    SELECT id, store_id, account_id, attempt_id, provider, digest, raw, times, received_at FROM callbacks;
DROP TABLE callbacks;
ALTER TABLE callbacks_of_all RENAME TO callbacks;
CREATE INDEX callbacks_received ON callbacks (received_at);
