-- What makes the facade dependable: claims of idempotency keys, raw callbacks, domain events, due work.
CREATE TABLE idempotency_keys (
    store_id    UUID NOT NULL,
    livemode    BOOLEAN NOT NULL,
    route       TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    resource_id UUID NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (store_id, livemode, route, key)
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

CREATE TABLE callbacks (
    id          UUID PRIMARY KEY,
    store_id    UUID NOT NULL,
    account_id  UUID NOT NULL,
    attempt_id  UUID NOT NULL,
    provider    TEXT NOT NULL,
    digest      BYTEA NOT NULL,
    raw         BYTEA NOT NULL,
    times       INTEGER NOT NULL DEFAULT 1,
    received_at TIMESTAMPTZ NOT NULL,
    UNIQUE (account_id, digest)
);
CREATE INDEX callbacks_received ON callbacks (received_at);

-- The feed is read in the order of (epoch, id): the epoch is the transaction that wrote the row, and rows are shown once no
-- transaction that could still write an earlier one is under way.
CREATE TABLE events (
    id          UUID PRIMARY KEY,
    epoch       BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    store_id    UUID NOT NULL,
    livemode    BOOLEAN NOT NULL,
    name        TEXT NOT NULL,
    version     INTEGER NOT NULL,
    resource_id UUID NOT NULL,
    sequence    BIGINT NOT NULL,
    data        JSONB NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    UNIQUE (resource_id, sequence)
);
CREATE INDEX events_feed ON events (store_id, livemode, epoch, id);

CREATE TABLE tasks (
    id           UUID PRIMARY KEY,
    kind         TEXT NOT NULL,
    lane         TEXT NOT NULL,
    key          TEXT NOT NULL,
    payload      JSONB NOT NULL,
    due_at       TIMESTAMPTZ NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    leased_until TIMESTAMPTZ,
    fence        BIGINT NOT NULL DEFAULT 0,
    woken_at     TIMESTAMPTZ,
    buried_at    TIMESTAMPTZ,
    last_error   TEXT,
    -- The request or task that it comes from.
    enqueued_by  TEXT,
    created_at   TIMESTAMPTZ NOT NULL,
    UNIQUE (kind, key)
) WITH (
    -- A claim rewrites its row in place, and what is done is gone: room for the one, and early sweeping for the other.
    fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000
);
-- A lane's tasks in their order; lane by lane, whatever waits in the others.
CREATE INDEX tasks_lane ON tasks (kind, lane, due_at) WHERE buried_at IS NULL;
CREATE INDEX tasks_buried ON tasks (buried_at) WHERE buried_at IS NOT NULL;
