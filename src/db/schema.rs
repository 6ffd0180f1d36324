//! The schema: which migrations a database has not seen.

use super::backend::{Backend, read};
use super::{Db, DbError, Result};

/// How many migrations are missing. Nothing is changed: a database without a schema misses all of them.
pub async fn missing(db: &Db) -> Result<usize> {
    const SQL: &str = "SELECT version FROM _sqlx_migrations WHERE success";
    let migrator = match &db.0 {
        Backend::Postgres(_) => sqlx::migrate!("migrations/postgres"),
        Backend::Sqlite { .. } => sqlx::migrate!("migrations/sqlite"),
    };
    let seen: std::result::Result<Vec<i64>, sqlx::Error> =
        read!(db, |pool| sqlx::query_scalar(SQL).fetch_all(pool).await);
    let seen = match seen {
        Err(sqlx::Error::Database(_)) => Vec::new(),
        seen => seen.map_err(DbError::from)?,
    };
    Ok(migrator.iter().filter(|migration| !seen.contains(&migration.version)).count())
}
