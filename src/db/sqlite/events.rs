//! The order of events on SQLite, where one writer commits one transaction after the other.

/// Nothing can come before what is there.
pub(in crate::db) const SETTLED: &str = "";

/// One event under the next number of its resource.
pub(in crate::db) const APPEND: &str =
    "INSERT INTO events (id, store_id, livemode, name, version, resource_id, sequence, data, created_at)
    SELECT $1, $2, $3, $4, $5, $6, COALESCE(MAX(sequence), 0) + 1, $7, $8 FROM events WHERE resource_id = $6";
