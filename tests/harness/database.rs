//! A database for one test alone. It is kept afterwards, so that the suite can be scanned for secrets.

use std::path::PathBuf;

use sqlx::Connection;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A database of one test.
pub struct TestDatabase {
    pub url: String,
}

impl TestDatabase {
    /// Makes an empty one.
    #[expect(clippy::disallowed_methods, reason = "a test makes its own database")]
    pub async fn create(backend: Backend) -> Self {
        let name = format!("jisr_test_{}", uuid::Uuid::new_v4().simple());
        let url = match backend {
            Backend::Sqlite => format!("sqlite:{}", output().join(format!("{name}.db")).display()),
            Backend::Postgres => {
                let server = server();
                let mut connection = sqlx::PgConnection::connect(&server).await.unwrap_or_else(|error| {
                    panic!("no PostgreSQL at {server}: run ./test, which starts one ({error})");
                });
                let statement = format!("CREATE DATABASE {name} TEMPLATE template0");
                sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.expect("a database is made");
                let mut url = url::Url::parse(&server).expect("JISR_TEST_POSTGRES is a URL");
                url.set_path(&name);
                url.into()
            }
        };
        Self { url }
    }
}

/// `./test` says where its server is.
#[expect(clippy::disallowed_methods, reason = "the tests' own setting")]
fn server() -> String {
    std::env::var("JISR_TEST_POSTGRES").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned())
}

/// Where databases and logs of the tests are kept.
pub fn output() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/test-output");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}
