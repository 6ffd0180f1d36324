-- Cash on delivery: what carriers say in their statements that they collected, compared line by line with ours.
CREATE TABLE remittances (
    id         BLOB PRIMARY KEY,
    store_id   BLOB NOT NULL REFERENCES stores (id),
    livemode   INTEGER NOT NULL,
    carrier    TEXT NOT NULL,
    -- Of the statement's bytes.
    digest     TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('matched', 'differences', 'disputed', 'resolved')),
    currency   TEXT NOT NULL,
    -- What stands before the decimals of the statement's amounts.
    decimal    TEXT NOT NULL,
    lines      INTEGER NOT NULL DEFAULT 0,
    undecided  INTEGER NOT NULL DEFAULT 0,
    summary    TEXT NOT NULL,
    -- The statement as it came, sealed.
    original   BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (store_id, livemode, carrier, digest)
);
CREATE INDEX remittances_list ON remittances (store_id, livemode, id);

CREATE TABLE remittance_lines (
    id              BLOB PRIMARY KEY,
    remittance_id   BLOB NOT NULL REFERENCES remittances (id),
    store_id        BLOB NOT NULL,
    number          INTEGER NOT NULL,
    -- What the line is about, whenever the statement is compared again.
    key             TEXT NOT NULL,
    outcome         TEXT NOT NULL CHECK (outcome IN (
        'matched', 'amount_differs', 'not_delivered', 'not_ours', 'unknown_parcel', 'remitted_twice', 'no_cash',
        'other_currency', 'malformed', 'missing'
    )),
    shipment_id     BLOB,
    tracking_number TEXT,
    reference       TEXT,
    -- In the statement's currency.
    expected        INTEGER,
    amount          INTEGER,
    fee             INTEGER,
    net             INTEGER,
    day             TEXT,
    note            TEXT,
    -- The row as it came, sealed, where it cannot be read.
    raw             BLOB,
    -- Decided, and no longer so: kept for the record, counted nowhere.
    superseded      INTEGER NOT NULL DEFAULT 0,
    decision        TEXT CHECK (decision IN ('accept', 'dispute', 'written_off')),
    decided_at      INTEGER,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    UNIQUE (remittance_id, number),
    UNIQUE (remittance_id, key)
);
CREATE INDEX remittance_lines_shipment ON remittance_lines (shipment_id) WHERE shipment_id IS NOT NULL;

-- Every decision on a line, and what it rests on.
CREATE TABLE remittance_decisions (
    id         BLOB PRIMARY KEY,
    line_id    BLOB NOT NULL REFERENCES remittance_lines (id),
    store_id   BLOB NOT NULL,
    decision   TEXT NOT NULL CHECK (decision IN ('accept', 'dispute', 'written_off')),
    -- Sealed.
    evidence   BLOB NOT NULL,
    decided_at INTEGER NOT NULL
);
CREATE INDEX remittance_decisions_line ON remittance_decisions (line_id);

-- The remittance that hands a parcel's cash over, or that tells of it as missing; how much was handed over; and since when
-- nothing is owed for it any more.
ALTER TABLE shipments ADD COLUMN remittance_id BLOB;
ALTER TABLE shipments ADD COLUMN remitted INTEGER CHECK (remitted >= 0);
ALTER TABLE shipments ADD COLUMN cash_settled_at INTEGER;
CREATE INDEX shipments_remittance ON shipments (remittance_id) WHERE remittance_id IS NOT NULL;
CREATE INDEX shipments_owed ON shipments (store_id, livemode, carrier, currency)
    WHERE status = 'delivered' AND cash IS NOT NULL AND cash_settled_at IS NULL;
CREATE INDEX shipments_store_number ON shipments (store_id, livemode, carrier_number) WHERE carrier_number IS NOT NULL;
