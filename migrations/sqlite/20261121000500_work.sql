-- What makes the facade dependable: claims of idempotency keys, raw callbacks, domain events, due work.
CREATE TABLE idempotency_keys (
    store_id    BLOB NOT NULL,
    livemode    INTEGER NOT NULL,
    route       TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    resource_id BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (store_id, livemode, route, key)
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

CREATE TABLE callbacks (
    id          BLOB PRIMARY KEY,
    store_id    BLOB NOT NULL,
    account_id  BLOB NOT NULL,
    attempt_id  BLOB NOT NULL,
    provider    TEXT NOT NULL,
    digest      BLOB NOT NULL,
    raw         BLOB NOT NULL,
    times       INTEGER NOT NULL DEFAULT 1,
    received_at INTEGER NOT NULL,
    UNIQUE (account_id, digest)
);
CREATE INDEX callbacks_received ON callbacks (received_at);

-- The feed is read in the order of the epoch: there is one writer, so rows are numbered as they are committed.
CREATE TABLE events (
    epoch       INTEGER PRIMARY KEY AUTOINCREMENT,
    id          BLOB NOT NULL UNIQUE,
    store_id    BLOB NOT NULL,
    livemode    INTEGER NOT NULL,
    name        TEXT NOT NULL,
    version     INTEGER NOT NULL,
    resource_id BLOB NOT NULL,
    sequence    INTEGER NOT NULL,
    data        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    UNIQUE (resource_id, sequence)
);
CREATE INDEX events_feed ON events (store_id, livemode, epoch, id);

CREATE TABLE tasks (
    id           BLOB PRIMARY KEY,
    kind         TEXT NOT NULL,
    lane         TEXT NOT NULL,
    key          TEXT NOT NULL,
    payload      TEXT NOT NULL,
    due_at       INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    leased_until INTEGER,
    fence        INTEGER NOT NULL DEFAULT 0,
    woken_at     INTEGER,
    buried_at    INTEGER,
    last_error   TEXT,
    -- The request or task that it comes from.
    enqueued_by  TEXT,
    created_at   INTEGER NOT NULL,
    UNIQUE (kind, key)
);
-- A lane's tasks in their order; lane by lane, whatever waits in the others.
CREATE INDEX tasks_lane ON tasks (kind, lane, due_at) WHERE buried_at IS NULL;
CREATE INDEX tasks_buried ON tasks (buried_at) WHERE buried_at IS NOT NULL;
