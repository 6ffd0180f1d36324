//! A fresh database for one run, which is kept only where the run failed.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use sqlx::Connection;

use crate::Failure;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    Sqlite,
    Postgres,
}

impl std::fmt::Display for Backend {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// A database of one run.
pub struct RelayDatabase {
    /// Unlike that of any other run that is under way.
    pub name: String,
    place: Place,
}

enum Place {
    File(PathBuf),
    Server { server: String, url: String },
}

impl RelayDatabase {
    pub async fn create(backend: Backend, server: &str, output: &Path) -> Result<Self, Failure> {
        let name = format!("jisr_relay_{}", std::process::id());
        let place = match backend {
            Backend::Sqlite => Place::File(output.canonicalize()?.join(format!("{name}.db"))),
            Backend::Postgres => {
                tell(server, format!("CREATE DATABASE {name} TEMPLATE template0")).await?;
                let mut url = url::Url::parse(server)?;
                url.set_path(&name);
                Place::Server { server: server.to_owned(), url: url.into() }
            }
        };
        Ok(Self { name, place })
    }

    /// As the gateway takes it.
    pub fn url(&self) -> String {
        match &self.place {
            Place::File(path) => format!("sqlite:{}", path.display()),
            Place::Server { url, .. } => url.clone(),
        }
    }

    /// For people: without the server's password.
    pub fn shown(&self) -> String {
        match &self.place {
            Place::File(path) => path.display().to_string(),
            Place::Server { .. } => format!("the database {}", self.name),
        }
    }

    pub async fn remove(self) -> Result<(), Failure> {
        match self.place {
            Place::File(path) => {
                for end in ["db", "db-wal", "db-shm"] {
                    let removed = std::fs::remove_file(path.with_extension(end));
                    removed.or_else(|error| match error.kind() {
                        std::io::ErrorKind::NotFound => Ok(()),
                        _ => Err(error),
                    })?;
                }
                Ok(())
            }
            Place::Server { server, .. } => tell(&server, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the relay test makes its own database; nothing of ours speaks here")]
async fn tell(server: &str, statement: String) -> Result<(), Failure> {
    let mut connection = sqlx::PgConnection::connect(server).await?;
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await?;
    Ok(connection.close().await?)
}
