//! The order of events on PostgreSQL, where transactions commit in another order than they began.

/// Leaves out what a transaction under way could still come before. Every transaction below the horizon has ended, and a
/// row's epoch is never below the transaction that wrote it.
pub(in crate::db) const SETTLED: &str = " AND epoch < pg_snapshot_xmin(pg_current_snapshot())::text::bigint";

/// One event under the next number of its resource. Its transaction may have begun before the one that wrote the number
/// before it, so the epoch is at least the last one's: the feed shows a resource's events in their order.
pub(in crate::db) const APPEND: &str =
    "INSERT INTO events (id, store_id, livemode, name, version, resource_id, sequence, data, created_at, epoch)
    SELECT $1, $2, $3, $4, $5, $6, COALESCE(last.sequence, 0) + 1, $7, $8,
        GREATEST(last.epoch, pg_current_xact_id()::text::bigint)
    FROM (VALUES (1)) AS one
    LEFT JOIN (SELECT sequence, epoch FROM events WHERE resource_id = $6 ORDER BY sequence DESC LIMIT 1) AS last ON TRUE";
