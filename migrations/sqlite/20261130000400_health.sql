-- How services do, account by account, and what becomes of it when they do not.
CREATE TABLE account_health (
    account_id        BLOB PRIMARY KEY REFERENCES provider_accounts (id),
    verdict           TEXT NOT NULL CHECK (verdict IN ('unknown', 'healthy', 'degraded', 'unhealthy')),
    cause             TEXT CHECK (cause IN ('unreachable', 'failing', 'declining', 'useless', 'slow')),
    since             INTEGER NOT NULL,
    -- What was said when it was found, masked.
    error             TEXT,
    -- The last probe.
    checked_at        INTEGER,
    response_ms       REAL,
    certificate_until INTEGER,
    -- What the account holds with the provider, in minor units.
    balance           INTEGER,
    balance_currency  TEXT,
    -- Of the last minutes, as the one who probes sees them.
    success_rate      REAL,
    p50_ms            REAL,
    p95_ms            REAL,
    uptime_24h        REAL,
    updated_at        INTEGER NOT NULL
);
CREATE INDEX account_health_verdict ON account_health (verdict);

-- Every verdict that was another one than the one before.
CREATE TABLE health_changes (
    id         BLOB PRIMARY KEY,
    account_id BLOB NOT NULL,
    at         INTEGER NOT NULL,
    was        TEXT NOT NULL,
    verdict    TEXT NOT NULL,
    cause      TEXT,
    error      TEXT
);
CREATE INDEX health_changes_account ON health_changes (account_id, at);
CREATE INDEX health_changes_at ON health_changes (at);

-- What calls and probes came to, by minute, hour and day (UTC). Minutes have a row for each process that made calls.
CREATE TABLE health_figures (
    account_id    BLOB NOT NULL,
    span          TEXT NOT NULL CHECK (span IN ('minute', 'hour', 'day')),
    at            INTEGER NOT NULL,
    writer        BLOB NOT NULL,
    tally         TEXT NOT NULL,
    -- How much of the span it was unhealthy; of hours and days.
    down_ms       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, span, at, writer)
);
CREATE INDEX health_figures_at ON health_figures (span, at);

CREATE TABLE maintenance_windows (
    id             BLOB PRIMARY KEY,
    integration_id BLOB NOT NULL REFERENCES external_integrations (id),
    starts_at      INTEGER NOT NULL,
    ends_at        INTEGER NOT NULL CHECK (ends_at > starts_at),
    reason         TEXT NOT NULL,
    reason_ar      TEXT,
    cancelled_at   INTEGER,
    created_at     INTEGER NOT NULL
);
CREATE INDEX maintenance_windows_ends ON maintenance_windows (ends_at);

CREATE TABLE incidents (
    id             BLOB PRIMARY KEY,
    integration_id BLOB NOT NULL REFERENCES external_integrations (id),
    livemode       INTEGER NOT NULL,
    -- The store whose account it began with: its events tell of it.
    store_id       BLOB NOT NULL REFERENCES stores (id),
    -- Whose accounts: all zeros where it is the platform's or everybody's, else the store whose own they are.
    scope          BLOB NOT NULL,
    status         TEXT NOT NULL CHECK (status IN ('open', 'escalated', 'closed')),
    severity       TEXT NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    cause          TEXT NOT NULL,
    -- A person has opened it: a person closes it.
    by_hand        INTEGER NOT NULL,
    title          TEXT,
    error          TEXT,
    opened_at      INTEGER NOT NULL,
    -- When it is likely to be over, from those before it.
    estimated_at   INTEGER NOT NULL,
    escalated_at   INTEGER,
    reminded_at    INTEGER,
    -- Since when all is well again; none while it is not.
    well_since     INTEGER,
    closed_at      INTEGER,
    -- How often it came back within this incident.
    flaps          INTEGER NOT NULL DEFAULT 0,
    version        INTEGER NOT NULL DEFAULT 1,
    updated_at     INTEGER NOT NULL
);
-- However often a service goes and comes, it is one incident.
CREATE UNIQUE INDEX incidents_one_open ON incidents (integration_id, livemode, scope) WHERE status <> 'closed' AND NOT by_hand;
CREATE INDEX incidents_opened ON incidents (opened_at);
CREATE INDEX incidents_going ON incidents (status) WHERE status <> 'closed';

CREATE TABLE incident_entries (
    id          BLOB PRIMARY KEY,
    incident_id BLOB NOT NULL REFERENCES incidents (id),
    at          INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    text        TEXT NOT NULL,
    text_ar     TEXT NOT NULL
);
CREATE INDEX incident_entries_incident ON incident_entries (incident_id, id);

-- Whom a store's consent lets us tell, once for an incident; the resource says how they are reached.
CREATE TABLE incident_notices (
    incident_id BLOB NOT NULL REFERENCES incidents (id),
    store_id    BLOB NOT NULL REFERENCES stores (id),
    payment_id  BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (incident_id, payment_id)
);

-- What a store wants its customers told of when a service fails: nothing, until it says so.
CREATE TABLE incident_consents (
    store_id   BLOB PRIMARY KEY REFERENCES stores (id),
    customers  INTEGER NOT NULL,
    -- Of one incident, at the most.
    most       INTEGER NOT NULL CHECK (most BETWEEN 0 AND 100000),
    updated_at INTEGER NOT NULL
);
