-- How requests are routed: of each store, and of the platform, one list of rules for a port and a mode, replaced whole.
CREATE TABLE routing_rules (
    id         BLOB PRIMARY KEY,
    -- None: the platform's.
    store_id   BLOB REFERENCES stores (id),
    livemode   INTEGER NOT NULL,
    port       TEXT NOT NULL CHECK (port IN ('payments', 'shipping')),
    version    INTEGER NOT NULL,
    -- In their order, as they were sent.
    rules      TEXT NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX routing_rules_of_store ON routing_rules (store_id, livemode, port) WHERE store_id IS NOT NULL;
CREATE UNIQUE INDEX routing_rules_of_platform ON routing_rules (livemode, port) WHERE store_id IS NULL;

-- What a provider or a carrier has been given lately: what would be hit if it were switched off. The columns do not change
-- with a status, so that a change of status costs no more than before.
CREATE INDEX payments_provider ON payments (provider, livemode, id);
CREATE INDEX shipments_carrier ON shipments (carrier, livemode, id);
