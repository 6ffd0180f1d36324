//! The writer of the log: bounded, counted, and complete when it ends.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jisr::db::integration_logs::{self, Filter, Log};
use jisr::db::log_writer::LogWriter;
use jisr::db::{Db, Time};
use kit::{Account, Ambient, Delivery, Entry, EntryStatus, Origin, Recorder};
use mocks::Outcome;
use schemas::store::Mode;

use super::scene::execute;
use crate::harness::{Backend, Gateway, eventually, on_both};

const BUFFER: usize = 16_384;

/// A gateway whose worker rests, for its rows; its account is whom the entries are of.
async fn account(backend: Backend) -> (Gateway, Account) {
    let gateway =
        Gateway::start_with(backend, &[("JISR_WORK__CONCURRENCY", "0"), ("JISR_RETENTION__LOGS_DAYS", "4000")]).await;
    let served = gateway.facade.accounts.serving(gateway.store, "moamalat", Mode::Test).await;
    let account = *served.expect("an answer").expect("an account").provider.account();
    (gateway, account)
}

fn entry(account: Account, at: Timestamp) -> Entry {
    let random = Ambient::system().bytes::<10>();
    let millis = u64::try_from(at.as_millisecond()).expect("after 1970");
    Entry {
        id: uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid(),
        intent: None,
        account,
        provider: "moamalat",
        operation: "Test",
        reference: None,
        attempt: 1,
        origin: Arc::new(Origin::default()),
        endpoint: "https://provider.example/".to_owned(),
        method: "POST".to_owned(),
        request_headers: "{}".to_owned(),
        request_body: None,
        response_status: Some(200),
        response_headers: None,
        response_body: None,
        started_at: at,
        duration: Some(Duration::from_millis(3)),
        status: EntryStatus::Success,
        error_code: None,
        error_message: None,
        delivery: Delivery::Done,
    }
}

async fn rows(db: &Db) -> Vec<Log> {
    let filter = Filter { operation: Some("Test".to_owned()), limit: 100_000, ..Filter::default() };
    integration_logs::list(db, None, &filter).await.expect("the log can be read")
}

fn ago(days: i64) -> Timestamp {
    Ambient::system().now() - SignedDuration::from_hours(24 * days)
}

on_both! {
    async fn a_writer_that_ends_has_written_what_it_was_given(backend) {
        let (gateway, account) = account(backend).await;
        let db = &gateway.facade.db;
        let writer = LogWriter::start(db.clone());
        (0..1_000).for_each(|_| writer.note(entry(account, ago(0))));
        writer.drain().await;
        assert_eq!((rows(db).await.len(), writer.dropped()), (1_000, 0));
        // What comes afterwards is lost, and said to be.
        writer.note(entry(account, ago(0)));
        writer.drain().await;
        assert_eq!((rows(db).await.len(), writer.dropped()), (1_000, 1));
        gateway.stop().await;
    }
}

/// On one thread the writer cannot begin before the last row is noted: the buffer is full to the row.
async fn overflow(backend: Backend) {
    let (gateway, account) = account(backend).await;
    let writer = LogWriter::start(gateway.facade.db.clone());
    let started = std::time::Instant::now();
    let row = entry(account, ago(0));
    (0..BUFFER + 50).for_each(|_| writer.note(Entry { id: Ambient::system().uuid(), ..row.clone() }));
    assert!(started.elapsed() < Duration::from_secs(5), "a log never holds up a call");
    assert_eq!(writer.dropped(), 50);
    writer.drain().await;
    assert_eq!(rows(&gateway.facade.db).await.len(), BUFFER);
    gateway.stop().await;
}

#[tokio::test]
async fn rows_that_find_the_buffer_full_are_counted_on_sqlite() {
    overflow(Backend::Sqlite).await;
}

#[tokio::test]
async fn rows_that_find_the_buffer_full_are_counted_on_postgres() {
    overflow(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_without_a_partition_gets_one_with_its_first_row() {
    let gateway = Gateway::start(Backend::Postgres).await;
    let month = Ambient::system().now().strftime("integration_logs_y%Ym%m").to_string();
    execute(&gateway.database.url, format!("DROP TABLE {month}")).await;
    let payment = gateway.card("ORD-1").await;
    gateway.pay(&payment, Outcome::Approved).await;
    gateway.until(&payment.id, "paid").await;
    eventually("the question is logged", || async { !gateway.log_rows("FilterTransactions").await.is_empty() }).await;
    // What acts waits for its row, and goes out once there is room for it.
    let refund = gateway.refunding(&payment.id, None).await;
    gateway.refund_until(&refund, "succeeded").await;
    assert_eq!(gateway.log_rows("RefundTransaction").await.len(), 1);
    gateway.stop().await;
}

on_both! {
    async fn what_is_too_old_is_dropped_and_what_is_not_is_kept(backend) {
        let (gateway, account) = account(backend).await;
        let db = &gateway.facade.db;
        let writer = LogWriter::start(db.clone());
        for days in [500, 430, 420, 100, 0] {
            writer.note(entry(account, ago(days)));
        }
        writer.drain().await;
        assert_eq!(rows(db).await.len(), 5, "months of long ago are made too");
        let kept_from = Time::from(ago(400));
        let dropped = integration_logs::drop_before(db, kept_from).await.expect("dropped");
        // 420 days ago is in the month before the last that is kept, or two before it: whole months go.
        let kept = rows(db).await;
        assert_eq!(kept.len(), if backend == Backend::Sqlite { 2 } else { kept_of(kept_from, &[500, 430, 420, 100, 0]) });
        assert!(dropped > 0);
        assert_eq!(integration_logs::drop_before(db, kept_from).await.expect("nothing left"), 0);
        writer_still_works(db, account).await;
        gateway.stop().await;
    }
}

/// How many of these days are in a month that is kept.
fn kept_of(from: Time, days: &[i64]) -> usize {
    let month = |time: Timestamp| time.strftime("%Y%m").to_string();
    days.iter().filter(|days| month(ago(**days)) >= month(from.timestamp())).count()
}

async fn writer_still_works(db: &Db, account: Account) {
    let before = rows(db).await.len();
    let writer = LogWriter::start(db.clone());
    writer.note(entry(account, ago(0)));
    writer.drain().await;
    assert_eq!(rows(db).await.len(), before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_whose_end_nobody_knows_is_not_pruned() {
    let (gateway, account) = account(Backend::Sqlite).await;
    let db = &gateway.facade.db;
    let writer = LogWriter::start(db.clone());
    let sending =
        Entry { status: EntryStatus::Sending, duration: None, delivery: Delivery::Maybe, ..entry(account, ago(500)) };
    writer.begin(&sending).await.expect("its row is durable");
    writer.note(entry(account, ago(500)));
    writer.drain().await;
    assert_eq!(integration_logs::drop_before(db, Time::from(ago(400))).await.expect("pruned"), 1);
    assert_eq!(rows(db).await.iter().map(|row| row.status.as_str()).collect::<Vec<_>>(), ["sending"]);
    gateway.stop().await;
}

on_both! {
    async fn a_row_that_cannot_be_written_does_not_take_others_with_it(backend) {
        let (gateway, account) = account(backend).await;
        let db = &gateway.facade.db;
        let writer = LogWriter::start(db.clone());
        for method in ["POST", "TELEX", "GET", "POST"] {
            writer.note(Entry { method: method.to_owned(), ..entry(account, ago(0)) });
        }
        writer.drain().await;
        let mut methods: Vec<String> = rows(db).await.into_iter().map(|row| row.method).collect();
        methods.sort();
        assert_eq!(methods, ["GET", "POST", "POST"]);
        gateway.stop().await;
    }
}
