//! Databases that are made for one measurement and thrown away, and the transactions that creation is compared with.
#![expect(clippy::disallowed_methods, reason = "a benchmark makes its databases and counts the rows in them itself")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jisr::db::api_keys::ApiKey;
use jisr::db::{Db, Tx, api_keys, stores};
use jisr::http::{generate_key, hash_key};
use kit::Ambient;
use schemas::StoreId;
use schemas::store::Mode;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::options::{Kind, Options};
use crate::{Failure, body};

/// Connections of the gateway and of what it is compared with.
pub const CONNECTIONS: u32 = 16;

/// A database of one measurement; it is removed when this is dropped.
pub struct Database {
    /// `postgres://…` or `sqlite:<file>`.
    pub url: String,
    file: Option<PathBuf>,
    server: Option<(String, String)>,
}

impl Database {
    /// Makes an empty one.
    pub async fn create(kind: Kind, options: &Options) -> Result<Self, Failure> {
        let name = format!("jisr_bench_{}", Ambient::system().uuid().simple());
        if kind == Kind::Sqlite {
            let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
            std::fs::create_dir_all(&folder)?;
            let file = folder.join(format!("{name}.db"));
            return Ok(Self { url: format!("sqlite:{}", file.display()), file: Some(file), server: None });
        }
        run(&options.postgres, &format!("CREATE DATABASE {name} TEMPLATE template0")).await?;
        let mut url = url::Url::parse(&options.postgres)?;
        url.set_path(&name);
        Ok(Self { url: url.into(), file: None, server: Some((options.postgres.clone(), name)) })
    }

    /// Opens it as the gateway does, with the real schema.
    pub async fn open(&self) -> Result<Db, Failure> {
        let db = Db::connect(&self.url, CONNECTIONS).await?;
        db.migrate().await?;
        let now = Ambient::system().now();
        jisr::db::integration_logs::make_room(&db, &[now.into()]).await?;
        Ok(db)
    }

    /// Throws it away.
    pub async fn remove(&mut self) -> Result<(), Failure> {
        if let Some((server, name)) = self.server.take() {
            run(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        }
        Ok(())
    }

    /// How many rows an SQL text counts.
    pub async fn count(&self, sql: &str) -> Result<u64, Failure> {
        let sql = AssertSqlSafe(sql.to_owned());
        let count: i64 = if self.file.is_some() {
            let mut connection = sqlx::SqliteConnection::connect(&self.url).await?;
            sqlx::query_scalar(sql).fetch_one(&mut connection).await?
        } else {
            let mut connection = PgConnection::connect(&self.url).await?;
            sqlx::query_scalar(sql).fetch_one(&mut connection).await?
        };
        Ok(count as u64)
    }

    /// What a commit survives, as the server says it.
    pub async fn durability(&self) -> Result<String, Failure> {
        if self.file.is_some() {
            return Ok("SQLite: journal_mode=WAL, synchronous=FULL, on the disk of the target folder".to_owned());
        }
        let mut connection = PgConnection::connect(&self.url).await?;
        let mut words = Vec::new();
        for name in ["server_version", "fsync", "synchronous_commit", "shared_buffers"] {
            let value: String =
                sqlx::query_scalar(AssertSqlSafe(format!("SHOW {name}"))).fetch_one(&mut connection).await?;
            words.push(format!("{name}={value}"));
        }
        Ok(format!("PostgreSQL: {}", words.join(", ")))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            for suffix in ["db", "db-wal", "db-shm"] {
                // What is not there cannot be removed.
                let _ = std::fs::remove_file(file.with_extension(suffix));
            }
        }
        if let Some((_, name)) = &self.server {
            eprintln!("the database {name} is left behind");
        }
    }
}

async fn run(server: &str, statement: &str) -> Result<(), Failure> {
    let connect = PgConnection::connect(server).await;
    let mut connection = connect.map_err(|error| format!("no PostgreSQL at {server} (see --postgres): {error}"))?;
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await?;
    Ok(())
}

/// Settings of a gateway in a benchmark: its own defaults but for the paces, which are no figure of the gateway's.
pub fn settings(database: &str) -> Vec<(String, String)> {
    let mut settings = mocks::environment("http://127.0.0.1:9");
    // Carriers would be listened to, and nobody answers here.
    settings.retain(|(name, _)| name.starts_with("MOAMALAT_"));
    let own = [
        ("DATABASE_URL", database),
        ("JISR_PORT", "0"),
        ("JISR_ALLOW_PRIVATE", "127.0.0.0/8"),
        // No provider answers here: a sweep would only shut its breaker.
        ("JISR_PAYMENTS__SWEEP_MS", "86400000"),
        ("JISR_LIMITS__REQUESTS_PER_SECOND", "1000000"),
        ("JISR_ENCRYPTION_KEY", "7f8e9dacbb0a192837465564738291a0bfcedddcebfa09182736455463728190"),
    ];
    settings.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    settings
}

/// Makes a test key for the store `default`.
pub async fn key(db: &Db, ambient: &Ambient) -> Result<(StoreId, String), Failure> {
    let store = stores::by_key(db, "default").await?.ok_or("there is no store")?.id;
    let key = generate_key(ambient, Mode::Test);
    let row = ApiKey {
        id: ambient.uuid().into(),
        store_id: Some(store.into()),
        name: "bench".to_owned(),
        hash: hash_key(&key).to_vec(),
        scopes: sqlx::types::Json(vec!["all".to_owned()]),
        livemode: false,
        created_at: ambient.now().into(),
        revoked_at: None,
    };
    api_keys::insert(db, &row).await?;
    Ok((store, key))
}

/// Transactions of two inserts by this many tasks for a while; answers how many there were a second.
pub async fn two_inserts(db: &Db, tasks: usize, window: Duration) -> Result<f64, Failure> {
    for table in ["bench_first", "bench_second"] {
        let bytes = if matches!(db.name(), "sqlite") { "BLOB" } else { "UUID" };
        let text = format!("CREATE TABLE IF NOT EXISTS {table} (id {bytes} PRIMARY KEY, body TEXT NOT NULL)");
        let mut tx = db.begin().await?;
        match &mut tx {
            Tx::Postgres(tx) => sqlx::query(AssertSqlSafe(text)).execute(&mut **tx).await.map(|_| ())?,
            Tx::Sqlite(tx) => sqlx::query(AssertSqlSafe(text)).execute(&mut **tx).await.map(|_| ())?,
        }
        tx.commit().await?;
    }
    let started = Instant::now();
    let tasks: Vec<_> = (0..tasks).map(|_| tokio::spawn(insert_until(db.clone(), started + window))).collect();
    let mut done = 0;
    for task in tasks {
        done += task.await??;
    }
    Ok(done as f64 / started.elapsed().as_secs_f64())
}

async fn insert_until(db: Db, end: Instant) -> Result<u64, Failure> {
    const FIRST: &str = "INSERT INTO bench_first (id, body) VALUES ($1, $2)";
    const SECOND: &str = "INSERT INTO bench_second (id, body) VALUES ($1, $2)";
    let (ambient, body) = (Ambient::system(), body("row"));
    let mut done = 0;
    while Instant::now() < end {
        let id = ambient.uuid();
        let mut tx = db.begin().await?;
        for sql in [FIRST, SECOND] {
            match &mut tx {
                Tx::Postgres(tx) => sqlx::query(sql).bind(id).bind(&body).execute(&mut **tx).await.map(|_| ())?,
                Tx::Sqlite(tx) => sqlx::query(sql).bind(id).bind(&body).execute(&mut **tx).await.map(|_| ())?,
            }
        }
        tx.commit().await?;
        done += 1;
    }
    Ok(done)
}
