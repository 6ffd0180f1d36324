-- How requests are routed: of each store, and of the platform, one list of rules for a port and a mode, replaced whole.
CREATE TABLE routing_rules (
    id         UUID PRIMARY KEY,
    -- None: the platform's.
    store_id   UUID REFERENCES stores (id),
    livemode   BOOLEAN NOT NULL,
    port       TEXT NOT NULL CHECK (port IN ('payments', 'shipping')),
    version    BIGINT NOT NULL,
    -- In their order, as they were sent.
    rules      JSONB NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX routing_rules_of_store ON routing_rules (store_id, livemode, port) WHERE store_id IS NOT NULL;
CREATE UNIQUE INDEX routing_rules_of_platform ON routing_rules (livemode, port) WHERE store_id IS NULL;

-- What a provider or a carrier has been given lately: what would be hit if it were switched off. The columns do not change
-- with a status, so that a change of status costs no more than before.
CREATE INDEX payments_provider ON payments (provider, livemode, id);
CREATE INDEX shipments_carrier ON shipments (carrier, livemode, id);
