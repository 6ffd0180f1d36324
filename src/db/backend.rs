//! The two databases behind one enum, and the macros that run one text of SQL on either.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};

use super::{DbError, Result};

/// How long a statement waits for a connection before the database counts as unavailable.
pub(super) const ACQUIRE: Duration = Duration::from_secs(5);

/// A pool of connections to either database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db(pub(super) Backend);

#[derive(Debug, Clone)]
pub(super) enum Backend {
    Postgres(PgPool),
    /// One writer: a second one would only wait for the first, and fail where it had read before.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
}

/// A transaction that writes. Dropped without commit, it never was.
#[derive(Debug)]
pub enum Tx {
    /// On PostgreSQL.
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
    /// On SQLite, begun as `IMMEDIATE`.
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
}

/// What a commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A power cut.
    Durable,
    /// Less: the settings of the server give up the last commits.
    Weakened,
}

/// Runs one text of SQL in a transaction of either database.
macro_rules! on {
    ($tx:expr, |$connection:ident| $body:expr) => {
        match $tx {
            $crate::db::Tx::Postgres(transaction) => {
                let $connection = &mut **transaction;
                $body
            }
            $crate::db::Tx::Sqlite(transaction) => {
                let $connection = &mut **transaction;
                $body
            }
        }
    };
}

/// Runs one reading statement on either database, outside a transaction.
macro_rules! read {
    ($db:expr, |$pool:ident| $body:expr) => {
        match &$db.0 {
            $crate::db::backend::Backend::Postgres(pool) => {
                let $pool = pool;
                $body
            }
            $crate::db::backend::Backend::Sqlite { readers, .. } => {
                let $pool = readers;
                $body
            }
        }
    };
}

/// Runs one writing statement on either database, as a transaction of its own.
macro_rules! write {
    ($db:expr, |$pool:ident| $body:expr) => {
        match &$db.0 {
            $crate::db::backend::Backend::Postgres(pool) => {
                let $pool = pool;
                $body
            }
            $crate::db::backend::Backend::Sqlite { writer, .. } => {
                let $pool = writer;
                $body
            }
        }
    };
}

pub(super) use {on, read, write};

impl Db {
    /// Connects to `postgres://…` or `sqlite:<file>`; the file is made when it is missing.
    pub async fn connect(url: &str, connections: u32) -> Result<Self> {
        if url.starts_with("sqlite:") {
            return sqlite(url, connections).await;
        }
        let options =
            PgConnectOptions::from_str(url)?.application_name("jisr").statement_cache_capacity(512).options([
                // A process that is frozen in the middle of a transaction must not hold up the others for ever.
                ("lock_timeout", "10s"),
                ("statement_timeout", "60s"),
                ("idle_in_transaction_session_timeout", "30s"),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE)
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        Ok(Self(Backend::Postgres(pool)))
    }

    /// Brings the schema up to date.
    pub async fn migrate(&self) -> Result<()> {
        let done = match &self.0 {
            Backend::Postgres(pool) => sqlx::migrate!("migrations/postgres").run(pool).await,
            Backend::Sqlite { writer, .. } => sqlx::migrate!("migrations/sqlite").run(writer).await,
        };
        done.map_err(DbError::Migration)
    }

    /// Begins a transaction that writes.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(match &self.0 {
            Backend::Postgres(pool) => Tx::Postgres(pool.begin().await?),
            Backend::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
        })
    }

    /// Whether it answers.
    pub async fn ping(&self) -> Result<()> {
        read!(self, |pool| sqlx::query("SELECT 1").execute(pool).await.map(drop))?;
        Ok(())
    }

    /// What a commit survives on this server.
    pub async fn durability(&self) -> Result<Durability> {
        match &self.0 {
            Backend::Postgres(pool) => super::postgres::durability(pool).await,
            Backend::Sqlite { .. } => Ok(Durability::Durable),
        }
    }

    /// `postgresql` or `sqlite`.
    pub fn name(&self) -> &'static str {
        match &self.0 {
            Backend::Postgres(_) => "postgresql",
            Backend::Sqlite { .. } => "sqlite",
        }
    }

    /// Closes every connection, after what is under way.
    pub async fn close(&self) {
        match &self.0 {
            Backend::Postgres(pool) => pool.close().await,
            Backend::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }
}

impl Tx {
    /// Makes it durable.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Postgres(transaction) => transaction.commit().await?,
            Self::Sqlite(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

async fn sqlite(url: &str, connections: u32) -> Result<Db> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(ACQUIRE)
        .foreign_keys(true)
        .statement_cache_capacity(512);
    let pool =
        |most: u32| SqlitePoolOptions::new().max_connections(most).acquire_timeout(ACQUIRE).test_before_acquire(false);
    let writer = pool(1).connect_with(options.clone()).await?;
    let readers = pool(connections).connect_with(options.read_only(true)).await?;
    Ok(Db(Backend::Sqlite { writer, readers }))
}
