-- Stores, their keys and their accounts with providers.
CREATE TABLE stores (
    id          BLOB PRIMARY KEY,
    key         TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    locale      TEXT NOT NULL CHECK (locale IN ('ar', 'en')),
    contacts    BLOB NOT NULL,
    return_urls TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);

CREATE TABLE api_keys (
    id         BLOB PRIMARY KEY,
    store_id   BLOB REFERENCES stores (id),
    name       TEXT NOT NULL,
    hash       BLOB NOT NULL UNIQUE,
    scopes     TEXT NOT NULL,
    livemode   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
);
CREATE INDEX api_keys_store ON api_keys (store_id, created_at);
