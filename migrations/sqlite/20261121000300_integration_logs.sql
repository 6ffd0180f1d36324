-- Every call of every provider, masked. One table; retention prunes it in batches.
CREATE TABLE integration_logs (
    id               BLOB NOT NULL,
    integration_id   BLOB NOT NULL,
    store_id         BLOB NOT NULL,
    account_id       BLOB NOT NULL,
    livemode         INTEGER NOT NULL,
    intent_id        BLOB,
    attempt          INTEGER NOT NULL,
    operation        TEXT NOT NULL,
    reference        TEXT,
    request_id       TEXT,
    endpoint         TEXT NOT NULL,
    method           TEXT NOT NULL CHECK (method IN ('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'SMTP', 'FTP', 'WS')),
    request_headers  TEXT,
    request_body     TEXT,
    response_status  INTEGER,
    response_headers TEXT,
    response_body    TEXT,
    request_duration REAL,
    started_at       INTEGER NOT NULL,
    completed_at     INTEGER,
    status           TEXT NOT NULL CHECK (status IN ('sending', 'success', 'error', 'timeout', 'refused', 'unknown')),
    delivery         TEXT NOT NULL CHECK (delivery IN ('never', 'maybe', 'done')),
    error_message    TEXT,
    error_code       TEXT,
    ip_address       TEXT,
    user_agent       TEXT,
    user_id          BLOB,
    PRIMARY KEY (id, started_at)
);
CREATE INDEX idx_integration_logs_integration ON integration_logs (integration_id, started_at DESC);
CREATE INDEX idx_integration_logs_status ON integration_logs (status, started_at DESC);
CREATE INDEX idx_integration_logs_request_id ON integration_logs (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX idx_integration_logs_store ON integration_logs (store_id, started_at DESC);
CREATE INDEX idx_integration_logs_reference ON integration_logs (reference) WHERE reference IS NOT NULL;
