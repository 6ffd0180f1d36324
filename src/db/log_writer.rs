//! Brings log rows to the database: reads in batches behind a bounded buffer, acting calls at once and durably.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use kit::{Entry, RecordError, Recorder};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use super::backend::Backend;
use super::{Db, DbError, Result, Time, integration_logs, postgres};

/// Rows that may wait. Beyond it rows are dropped, counted and told: a log never holds up a call.
const BUFFER: usize = 16_384;
/// Rows in one statement.
const BATCH: usize = 256;
/// How long the first row of a batch waits for others.
const GATHER: Duration = Duration::from_millis(25);
/// How long a batch waits for a database that is down before it is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// The port that the transport records through.
pub struct LogWriter {
    db: Db,
    rows: std::sync::Mutex<Option<mpsc::Sender<Entry>>>,
    dropped: Arc<AtomicU64>,
    work: Mutex<Option<JoinHandle<()>>>,
}

impl LogWriter {
    /// Starts writing.
    pub fn start(db: Db) -> Arc<Self> {
        let (rows, receiver) = mpsc::channel(BUFFER);
        let work = tokio::spawn(run(db.clone(), receiver));
        let work = Mutex::new(Some(work));
        Arc::new(Self { db, rows: std::sync::Mutex::new(Some(rows)), dropped: Arc::default(), work })
    }

    /// Rows that were lost because the buffer was full.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Writes what waits and ends; later rows are dropped and counted.
    pub async fn drain(&self) {
        self.lock().take();
        if let Some(work) = self.work.lock().await.take() {
            drop(work.await);
        }
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

async fn run(db: Db, mut rows: mpsc::Receiver<Entry>) {
    let mut batch = Vec::with_capacity(BATCH);
    while gather(&mut rows, &mut batch).await {
        while let Err(error) = write(&db, &batch).await {
            if !matches!(error, DbError::Unavailable(_)) {
                one_by_one(&db, &batch).await;
                break;
            }
            if rows.is_closed() {
                tracing::error!(rows = batch.len(), "log rows are lost: the database is away and we are leaving");
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        batch.clear();
    }
}

/// One row that cannot be written must not take the others with it.
async fn one_by_one(db: &Db, batch: &[Entry]) {
    for entry in batch {
        if let Err(error) = write(db, std::slice::from_ref(entry)).await {
            tracing::error!(error = &error as &dyn std::error::Error, row = %entry.id, "a log row cannot be written");
            metrics::counter!("jisr_log_rows_dropped_total").increment(1);
        }
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

async fn write(db: &Db, batch: &[Entry]) -> Result<()> {
    let written = insert(db, batch).await;
    if let (Err(error), Backend::Postgres(_)) = (&written, &db.0)
        && error.is_missing_partition()
    {
        let moments: Vec<Time> = batch.iter().map(|entry| entry.started_at.into()).collect();
        integration_logs::make_room(db, &moments).await?;
        return insert(db, batch).await;
    }
    written
}

async fn insert(db: &Db, batch: &[Entry]) -> Result<()> {
    if let Backend::Postgres(pool) = &db.0 {
        return postgres::insert_logs(pool, batch).await;
    }
    let mut tx = db.begin().await?;
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
