//! The database: the only module that speaks SQL, one file per table, one text of SQL for PostgreSQL and SQLite.
#![expect(clippy::disallowed_methods, reason = "this is the module that speaks SQL; the tidy test keeps it there")]

pub mod access_tokens;
pub mod account_health;
pub mod allowances;
pub mod api_keys;
pub mod attempts;
mod backend;

pub mod alerts;
pub mod bookings;
pub mod callbacks;
pub mod carrier_files;
pub mod carrier_oddities;
pub mod carrier_places;
pub mod carrier_streams;
pub mod deliveries;
pub mod delivery_attempts;
pub mod endpoint_health;
pub mod endpoints;
pub mod events;
pub mod group_commit;
pub mod health_figures;
pub mod holidays;
pub mod idempotency;
pub mod impact;
pub mod incident_notices;
pub mod incidents;
pub mod intake;
pub mod integration_logs;
pub mod integration_report;
pub mod integrations;
pub mod log_writer;
pub mod maintenance;
pub mod monthly;
pub mod notifications;
pub mod payments;
pub mod payouts;
pub mod pickups;
mod postgres;
pub mod provider_accounts;
pub mod refunds;
pub mod remittance_lines;
pub mod remittances;
pub mod routed;
pub mod routing_rules;
pub mod schema;
pub mod sealed;
pub mod settled;
pub mod settlement_lines;
pub mod settlements;
pub mod shipment_cash;
pub mod shipment_changes;
pub mod shipment_entries;
pub mod shipments;
pub mod signals;
mod sqlite;
pub mod stores;
pub mod tasks;
pub mod terminal_sequences;
mod time;
pub mod wallet_services;

pub use backend::{Db, Durability, Tx};
pub use time::Time;

/// A statement that did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database cannot be reached, or is busy for too long: the same again may go well later.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// A constraint stands in the way; its name is told where the database tells it.
    #[error("a constraint stands in the way: {0}")]
    Constraint(String),
    /// Everything else: a fault of ours.
    #[error("a statement failed")]
    Failed(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("a migration failed")]
    Migration(#[source] sqlx::migrate::MigrateError),
}

impl DbError {
    /// Whether a constraint of this name (or, on SQLite, of these columns) stands in the way.
    pub fn violates(&self, name: &str) -> bool {
        matches!(self, Self::Constraint(found) if found.contains(name))
    }

    /// Whether PostgreSQL found no partition for a row.
    fn is_missing_partition(&self) -> bool {
        matches!(self, Self::Constraint(found) if found.contains("no partition"))
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default();
                if database.is_unique_violation() || database.is_check_violation() {
                    let name = database.constraint().unwrap_or_else(|| database.message());
                    return Self::Constraint(name.to_owned());
                }
                // PostgreSQL: connection, shutdown or cancelled, resources, deadlock, locks, timeouts. SQLite: busy, locked, full.
                let unavailable = ["08", "57", "53", "40", "55P", "25P"]
                    .iter()
                    .any(|class| code.starts_with(class) && code.len() == 5)
                    || ["5", "6", "13", "261", "517", "773"].contains(&code.as_ref());
                if unavailable { Self::Unavailable(error) } else { Self::Failed(error) }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            _ => Self::Failed(error),
        }
    }
}

/// What every function of this module answers.
pub type Result<T> = std::result::Result<T, DbError>;
