-- The services that are integrated. They are retired, never deleted: nothing cascades from here.
CREATE TABLE external_integrations (
    id                UUID PRIMARY KEY,
    service_name      TEXT NOT NULL,
    service_type      TEXT NOT NULL CHECK (service_type IN (
        'payment', 'shipping', 'telecom', 'messaging', 'banking', 'maps', 'address', 'verification', 'email', 'analytics',
        'storage', 'supply'
    )),
    provider          TEXT NOT NULL,
    configuration     JSONB NOT NULL DEFAULT '{}',
    status            TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'error', 'maintenance')),
    last_health_check TIMESTAMPTZ,
    health_status     TEXT CHECK (health_status IN ('healthy', 'degraded', 'unhealthy')),
    created_at        TIMESTAMPTZ NOT NULL,
    updated_at        TIMESTAMPTZ NOT NULL,
    created_by        UUID,
    CONSTRAINT unique_service_provider UNIQUE (service_name, provider)
);
CREATE INDEX idx_integrations_type ON external_integrations (service_type, status);
CREATE INDEX idx_integrations_status ON external_integrations (status, last_health_check);
CREATE INDEX idx_integrations_health ON external_integrations (health_status, updated_at DESC);

CREATE TABLE provider_accounts (
    id               UUID PRIMARY KEY,
    store_id         UUID NOT NULL REFERENCES stores (id),
    integration_id   UUID NOT NULL REFERENCES external_integrations (id),
    provider         TEXT NOT NULL,
    livemode         BOOLEAN NOT NULL,
    platform_default BOOLEAN NOT NULL,
    origin           TEXT NOT NULL CHECK (origin IN ('api', 'environment')),
    configuration    JSONB NOT NULL,
    credentials      BYTEA,
    currency         TEXT NOT NULL,
    identity         TEXT,
    breaker_forced   BOOLEAN NOT NULL DEFAULT FALSE,
    version          BIGINT NOT NULL DEFAULT 1,
    created_at       TIMESTAMPTZ NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL,
    UNIQUE (store_id, provider, livemode)
);
CREATE INDEX provider_accounts_identity ON provider_accounts (provider, identity);
CREATE UNIQUE INDEX provider_accounts_default ON provider_accounts (provider, livemode) WHERE platform_default;

-- One row per (host, merchant, terminal): the last second that was handed out.
CREATE TABLE terminal_sequences (
    scope        TEXT PRIMARY KEY,
    last_second  BIGINT NOT NULL,
    urgent_until BIGINT NOT NULL DEFAULT 0
);

-- What may be had only so often: a provider's calls, codes to one telephone. Microseconds up to which it is spent.
CREATE TABLE allowances (
    scope       TEXT PRIMARY KEY,
    spent_until BIGINT NOT NULL
);
