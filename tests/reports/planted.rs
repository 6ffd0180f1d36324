//! Calls and figures that are planted: what is in the time that is asked, and beside it what must not be counted.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jisr::db::Time;
use jisr::db::health_figures::{self, Figures, Span};
use jisr::db::log_writer::LogWriter;
use kit::{Account, Ambient, Delivery, Entry, EntryStatus, Origin, Recorder};
use schemas::store::Mode;
use serde_json::json;
use sqlx::types::Json;

use crate::harness::Gateway;

/// How many calls of the store `default` there are in the time.
pub const CALLS: u64 = 10_000;
const HOUR: Duration = Duration::from_secs(3_600);

/// What was planted.
pub struct Planted {
    /// When the time begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
    /// Whose calls they are.
    pub account: Account,
}

/// Plants five days that began ten days ago, at full hours.
pub async fn plant(gateway: &Gateway, other: &str) -> Planted {
    let served = gateway.facade.accounts.serving(gateway.store, "moamalat", Mode::Test).await;
    let account = *served.expect("an answer").expect("an account").provider.account();
    let now = Time::from(gateway.facade.ambient.now());
    let from: Timestamp = now.before(HOUR * 240).before(HOUR).next_multiple(HOUR).into();
    let to = from + SignedDuration::from_hours(120);
    let mut rows: Vec<Entry> = (0..CALLS).map(|number| call(account, from, to, number)).collect();
    let store = gateway.facade.auth.store(other).await.expect("a read").map(|store| store.id);
    let elsewhere = Account { store: store.expect("the other store"), ..account };
    rows.extend((0..40).map(|number| call(elsewhere, from, to, number)));
    rows.push(call(Account { livemode: true, ..account }, from, to, 0));
    // At the very ends: the first moment counts, the one after the last does not.
    rows[0].started_at = from;
    for at in [from - SignedDuration::from_micros(1), to] {
        rows.extend((0..50).map(|number| Entry { started_at: at, ..call(account, from, to, number) }));
    }
    // Probes that failed: nobody stands behind them.
    rows.extend((9_000..9_070).map(|number| Entry { origin: Arc::default(), ..call(account, from, to, number) }));
    for some in rows.chunks(1_000) {
        let writer = LogWriter::start(gateway.facade.db.clone());
        some.iter().for_each(|row| writer.note(row.clone()));
        writer.drain().await;
        assert_eq!(writer.dropped(), 0);
    }
    hours(gateway, account, from, to).await;
    Planted { from, to, account }
}

/// 9 000 that go well in 1 to 100 ms, 600 that are rejected in 200, 300 that are silent for 3 001, 100 that never leave.
fn call(account: Account, from: Timestamp, to: Timestamp, number: u64) -> Entry {
    let (status, error_code, millis) = match number {
        0..9_000 => (EntryStatus::Success, None, Some(number % 100 + 1)),
        9_000..9_600 => (EntryStatus::Error, Some("rejected"), Some(200)),
        9_600..9_900 => (EntryStatus::Timeout, Some("timeout"), Some(3_001)),
        _ => (EntryStatus::Refused, Some("rate_limited"), None),
    };
    let step = to.duration_since(from).as_millis() / i128::from(CALLS + 1);
    let millisecond = i64::try_from(step).expect("a short time") * i64::try_from(number).expect("a small number");
    Entry {
        id: Ambient::system().uuid(),
        intent: None,
        account,
        provider: "moamalat",
        operation: if number < 9_600 { "Planted" } else { "PlantedSlow" },
        reference: None,
        attempt: 1,
        origin: Arc::new(Origin { request_id: format!("req-{number}"), ..Origin::default() }),
        endpoint: "https://provider.example/".to_owned(),
        method: "POST".to_owned(),
        request_headers: "{}".to_owned(),
        request_body: None,
        response_status: None,
        response_headers: None,
        response_body: None,
        started_at: from + SignedDuration::from_millis(millisecond),
        duration: millis.map(Duration::from_millis),
        status,
        error_code,
        error_message: None,
        delivery: Delivery::Done,
    }
}

/// A hundred hours of which a hundredth was down, and one on either side that was down all the time.
async fn hours(gateway: &Gateway, account: Account, from: Timestamp, to: Timestamp) {
    let mut tx = gateway.facade.db.begin().await.expect("begun");
    let inside = (0..100).map(|hour| (Time::from(from).after(HOUR * hour), 36_000));
    let outside = [(Time::from(from).before(HOUR), 3_600_000), (Time::from(to), 3_600_000)];
    for (at, down_ms) in inside.chain(outside) {
        let figures = Figures { account_id: account.id, at, tally: Json(json!({})), down_ms };
        health_figures::put(&mut tx, Span::Hour, uuid::Uuid::nil(), &figures).await.expect("written");
    }
    tx.commit().await.expect("committed");
}
