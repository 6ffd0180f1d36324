-- Notifications to merchants: where they go, what was sent, and every try.
CREATE TABLE endpoints (
    id               BLOB PRIMARY KEY,
    store_id         BLOB NOT NULL REFERENCES stores (id),
    livemode         BOOLEAN NOT NULL,
    url              TEXT NOT NULL,
    description      TEXT,
    events           TEXT NOT NULL,
    secret           BLOB NOT NULL,
    old_secret       BLOB,
    old_secret_until INTEGER,
    schedule         TEXT NOT NULL CHECK (schedule IN ('short', 'standard')),
    weight           INTEGER CHECK (weight > 0),
    rate             INTEGER CHECK (rate > 0),
    -- Made for a bare URL: no event goes there by itself.
    implicit         BOOLEAN NOT NULL,
    disabled_at      INTEGER,
    disabled_reason  TEXT CHECK (disabled_reason IN ('owner', 'gone', 'failing')),
    deleted_at       INTEGER,
    version          INTEGER NOT NULL DEFAULT 1,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
);
CREATE INDEX endpoints_store ON endpoints (store_id, livemode, id);
-- Asked by every event: does anybody want to hear of it?
CREATE INDEX endpoints_open ON endpoints (store_id, livemode)
    WHERE NOT implicit AND deleted_at IS NULL AND disabled_at IS NULL;
CREATE UNIQUE INDEX endpoints_implicit ON endpoints (store_id, livemode, url) WHERE implicit AND deleted_at IS NULL;

-- Counts up with every change of a store's endpoints: whoever remembers them sees by one row whether they still hold.
CREATE TABLE endpoint_books (
    store_id BLOB NOT NULL REFERENCES stores (id),
    livemode BOOLEAN NOT NULL,
    version  INTEGER NOT NULL,
    PRIMARY KEY (store_id, livemode)
);

-- How an endpoint does, as all processes together see it. Apart from its settings, since every batch writes it.
CREATE TABLE endpoint_health (
    endpoint_id     BLOB PRIMARY KEY REFERENCES endpoints (id),
    failures        INTEGER NOT NULL DEFAULT 0,
    open_until      INTEGER,
    paused_until    INTEGER,
    failing_since   INTEGER,
    warned          INTEGER NOT NULL DEFAULT 0,
    slow_told_at    INTEGER,
    -- The durations of the last hundred tries in milliseconds, four bytes each, oldest first.
    recent          BLOB NOT NULL,
    succeeded       INTEGER NOT NULL DEFAULT 0,
    failed          INTEGER NOT NULL DEFAULT 0,
    last_success_at INTEGER,
    last_failure_at INTEGER
);

CREATE TABLE notifications (
    id         BLOB PRIMARY KEY,
    store_id   BLOB NOT NULL,
    livemode   BOOLEAN NOT NULL,
    event      TEXT NOT NULL,
    order_no   TEXT,
    payload    TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX notifications_store ON notifications (store_id, livemode, id);
CREATE INDEX notifications_order ON notifications (store_id, livemode, order_no) WHERE order_no IS NOT NULL;

-- One notification to one endpoint.
CREATE TABLE deliveries (
    id              BLOB PRIMARY KEY,
    notification_id BLOB NOT NULL,
    store_id        BLOB NOT NULL,
    livemode        BOOLEAN NOT NULL,
    -- No foreign key: endpoints are never deleted, and the check would lock the endpoint's one row for each delivery.
    endpoint_id     BLOB NOT NULL,
    -- Whether another endpoint of the store's weighted ones may take it over.
    shared          BOOLEAN NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('pending', 'success', 'failed')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    last_status     INTEGER,
    last_error      TEXT,
    next_attempt_at INTEGER,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
);
CREATE INDEX deliveries_notification ON deliveries (notification_id);
-- Not on the status: then no change of it could be written in place.
CREATE INDEX deliveries_endpoint ON deliveries (endpoint_id, id);

CREATE TABLE delivery_attempts (
    id              BLOB PRIMARY KEY,
    delivery_id     BLOB NOT NULL,
    notification_id BLOB NOT NULL,
    store_id        BLOB NOT NULL,
    livemode        BOOLEAN NOT NULL,
    endpoint_id     BLOB NOT NULL,
    number          INTEGER NOT NULL,
    event           TEXT NOT NULL,
    order_no        TEXT,
    succeeded       BOOLEAN NOT NULL,
    -- Why not, in a word that can be counted.
    reason          TEXT,
    response_status INTEGER,
    response_body   TEXT,
    error           TEXT,
    duration_us     INTEGER NOT NULL,
    started_at      INTEGER NOT NULL
);
CREATE INDEX delivery_attempts_notification ON delivery_attempts (notification_id);
CREATE INDEX delivery_attempts_endpoint ON delivery_attempts (endpoint_id, id);
CREATE INDEX delivery_attempts_store ON delivery_attempts (store_id, livemode, id);

-- What operators were last told of each thing, and when: it is not told again too soon, by whichever process.
CREATE TABLE alerts (
    key         TEXT PRIMARY KEY,
    kind        TEXT NOT NULL,
    data        TEXT NOT NULL,
    -- What became of the message: still on its way, sent, logged for want of a messenger, nobody knows, refused.
    outcome     TEXT NOT NULL CHECK (outcome IN ('waiting', 'sent', 'logged', 'unknown', 'refused')),
    told_at     INTEGER NOT NULL,
    -- Since when it is over.
    resolved_at INTEGER
);
CREATE INDEX alerts_told ON alerts (told_at, key);
