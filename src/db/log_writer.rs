//! Brings log rows to the database: reads in batches behind a bounded buffer, acting calls at once and durably.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use kit::{Entry, RecordError, Recorder};
use sqlx::PgPool;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use super::backend::Backend;
use super::{Db, DbError, Result, Time, integration_logs, postgres};

/// Rows that may wait. Beyond it rows are dropped, counted and told: a log never holds up a call.
const BUFFER: usize = 16_384;
/// Rows in one statement.
const BATCH: usize = 512;
/// Batches on their way to PostgreSQL at once: one is gathered while another is written. SQLite has one writer.
const WRITERS: u32 = 2;
/// How long the first row of a batch waits for others.
const GATHER: Duration = Duration::from_millis(25);
/// How long a batch waits for a database that is down before it is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// The port that the transport records through.
pub struct LogWriter {
    db: Db,
    rows: std::sync::Mutex<Option<mpsc::Sender<Entry>>>,
    dropped: Arc<AtomicU64>,
    work: Mutex<JoinSet<()>>,
}

/// Where batches go. On PostgreSQL they have connections of their own, so that no request waits behind the log, and
/// whose commits do not wait for the disk: these rows are of calls that changed nothing.
#[derive(Clone)]
struct Target {
    db: Db,
    postgres: Option<PgPool>,
}

impl LogWriter {
    /// Starts writing.
    pub fn start(db: Db) -> Arc<Self> {
        let (rows, receiver) = mpsc::channel(BUFFER);
        let receiver = Arc::new(Mutex::new(receiver));
        let postgres = if let Backend::Postgres(pool) = &db.0 { Some(postgres::log_pool(pool, WRITERS)) } else { None };
        let writers = if postgres.is_some() { WRITERS } else { 1 };
        let target = Target { db: db.clone(), postgres };
        let mut work = JoinSet::new();
        for _ in 0..writers {
            work.spawn(run(target.clone(), Arc::clone(&receiver)));
        }
        Arc::new(Self { db, rows: std::sync::Mutex::new(Some(rows)), dropped: Arc::default(), work: Mutex::new(work) })
    }

    /// Rows that were lost because the buffer was full.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Writes what waits and ends; later rows are dropped and counted.
    pub async fn drain(&self) {
        self.lock().take();
        let mut work = self.work.lock().await;
        while work.join_next().await.is_some() {}
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<mpsc::Sender<Entry>>> {
        self.rows.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[async_trait]
impl Recorder for LogWriter {
    fn note(&self, entry: Entry) {
        let sent = self.lock().as_ref().is_some_and(|rows| rows.try_send(entry).is_ok());
        if !sent {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("jisr_log_rows_dropped_total").increment(1);
        }
    }

    async fn begin(&self, entry: &Entry) -> std::result::Result<(), RecordError> {
        let begun = async {
            let mut tx = self.db.begin().await?;
            integration_logs::insert(&mut tx, std::slice::from_ref(entry)).await?;
            tx.commit().await
        };
        begun.await.map_err(|error: DbError| RecordError(Box::new(error)))
    }

    async fn complete(&self, entry: &Entry) -> std::result::Result<(), RecordError> {
        integration_logs::complete(&self.db, entry).await.map_err(|error| RecordError(Box::new(error)))
    }
}

async fn run(target: Target, rows: Arc<Mutex<mpsc::Receiver<Entry>>>) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        // Whoever gathers keeps the others away; whoever writes does not.
        let mut receiver = rows.lock().await;
        if !gather(&mut receiver, &mut batch).await {
            return;
        }
        drop(receiver);
        while let Err(error) = target.write(&batch).await {
            if !matches!(error, DbError::Unavailable(_)) {
                target.one_by_one(&batch).await;
                break;
            }
            if rows.try_lock().is_ok_and(|rows| rows.is_closed()) {
                tracing::error!(rows = batch.len(), "log rows are lost: the database is away and we are leaving");
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        batch.clear();
    }
}

/// Fills a batch: at once with what is there, and where that is not enough with what came after a moment. `false` at
/// the end. Nobody listens during the moment, so that rows which come one by one do not each wake the writer.
async fn gather(rows: &mut mpsc::Receiver<Entry>, batch: &mut Vec<Entry>) -> bool {
    if rows.recv_many(batch, BATCH).await == 0 {
        return false;
    }
    if batch.len() < BATCH && !rows.is_closed() {
        tokio::time::sleep(GATHER).await;
        while batch.len() < BATCH
            && let Ok(entry) = rows.try_recv()
        {
            batch.push(entry);
        }
    }
    true
}

impl Target {
    /// One row that cannot be written must not take the others with it.
    async fn one_by_one(&self, batch: &[Entry]) {
        for entry in batch {
            if let Err(error) = self.write(std::slice::from_ref(entry)).await {
                tracing::error!(error = &error as &dyn std::error::Error, row = %entry.id, "a log row cannot be written");
                metrics::counter!("jisr_log_rows_dropped_total").increment(1);
            }
        }
    }

    async fn write(&self, batch: &[Entry]) -> Result<()> {
        let written = self.insert(batch).await;
        if let (Err(error), Some(_)) = (&written, &self.postgres)
            && error.is_missing_partition()
        {
            let moments: Vec<Time> = batch.iter().map(|entry| entry.started_at.into()).collect();
            integration_logs::make_room(&self.db, &moments).await?;
            return self.insert(batch).await;
        }
        written
    }

    async fn insert(&self, batch: &[Entry]) -> Result<()> {
        if let Some(pool) = &self.postgres {
            return postgres::insert_logs(pool, batch).await;
        }
        let mut tx = self.db.begin().await?;
        // Few sizes, so that each statement is prepared once.
        let mut rest = batch;
        for size in [64, 8, 1] {
            while rest.len() >= size {
                let (now, later) = rest.split_at(size);
                integration_logs::insert(&mut tx, now).await?;
                rest = later;
            }
        }
        tx.commit().await
    }
}
