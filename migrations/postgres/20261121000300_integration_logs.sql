-- Every call of every provider, masked. Partitioned by month; no default partition, because one would block
-- concurrent detaching and the making of new months.
CREATE TABLE integration_logs (
    id               UUID NOT NULL,
    -- No foreign key: integrations are never deleted, and the check would lock their one row for every call.
    integration_id   UUID NOT NULL,
    store_id         UUID NOT NULL,
    account_id       UUID NOT NULL,
    livemode         BOOLEAN NOT NULL,
    intent_id        UUID,
    attempt          INTEGER NOT NULL,
    operation        TEXT NOT NULL,
    reference        TEXT,
    request_id       TEXT,
    endpoint         TEXT NOT NULL,
    method           TEXT NOT NULL CHECK (method IN ('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'SMTP', 'FTP', 'WS')),
    request_headers  JSONB,
    request_body     TEXT,
    response_status  INTEGER,
    response_headers JSONB,
    response_body    TEXT,
    request_duration DOUBLE PRECISION,
    started_at       TIMESTAMPTZ NOT NULL,
    completed_at     TIMESTAMPTZ,
    status           TEXT NOT NULL CHECK (status IN ('sending', 'success', 'error', 'timeout', 'refused', 'unknown')),
    delivery         TEXT NOT NULL CHECK (delivery IN ('never', 'maybe', 'done')),
    error_message    TEXT,
    error_code       TEXT,
    ip_address       TEXT,
    user_agent       TEXT,
    user_id          UUID,
    PRIMARY KEY (id, started_at)
) PARTITION BY RANGE (started_at);
CREATE INDEX idx_integration_logs_integration ON integration_logs (integration_id, started_at DESC);
CREATE INDEX idx_integration_logs_status ON integration_logs (status, started_at DESC);
CREATE INDEX idx_integration_logs_request_id ON integration_logs (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX idx_integration_logs_store ON integration_logs (store_id, started_at DESC);
CREATE INDEX idx_integration_logs_reference ON integration_logs (reference) WHERE reference IS NOT NULL;

-- Makes the partition of the month that a moment falls into (months are UTC months).
CREATE FUNCTION make_integration_logs_partition(moment TIMESTAMPTZ) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    month DATE := date_trunc('month', moment AT TIME ZONE 'UTC')::date;
    name  TEXT := 'integration_logs_y' || to_char(month, 'YYYY"m"MM');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(name, 0));
    IF to_regclass(name) IS NULL THEN
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF integration_logs FOR VALUES FROM (%L) TO (%L)',
            name, to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00',
            to_char(month + INTERVAL '1 month', 'YYYY-MM-DD') || ' 00:00:00+00'
        );
    END IF;
END $$;
