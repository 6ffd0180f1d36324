-- Stores, their keys and their accounts with providers.
CREATE TABLE stores (
    id          UUID PRIMARY KEY,
    key         TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    locale      TEXT NOT NULL CHECK (locale IN ('ar', 'en')),
    contacts    BYTEA NOT NULL,
    return_urls JSONB NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);

CREATE TABLE api_keys (
    id         UUID PRIMARY KEY,
    store_id   UUID REFERENCES stores (id),
    name       TEXT NOT NULL,
    hash       BYTEA NOT NULL UNIQUE,
    scopes     JSONB NOT NULL,
    livemode   BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ
);
CREATE INDEX api_keys_store ON api_keys (store_id, created_at);
