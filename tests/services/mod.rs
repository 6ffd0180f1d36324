//! Money out of a merchant's wallet account, against the strict mock over real HTTP: whatever becomes of a call, it leaves
//! once, and nothing is said that nobody knows.

mod by_hand;
mod faults;
mod kinds;
mod people;
mod refused;
mod repeats;
mod restart;
mod several;

use std::time::Duration;

use mocks::{Direction, Fault, FaultKind};
use serde_json::{Value, json};

use crate::facade::party::patched;
use crate::harness::{Answer, Backend, Client, Gateway, eventually};

/// The call that acts, and the one that asks, as the mock names them.
pub const CREATE: &str = "create_service";
pub const FIND: &str = "find_services";
/// Who can pay for its merchant.
pub const PROVIDERS: [&str; 3] = ["mobicash", "almadar_pay", "libyana_pay"];

/// What can be paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bill,
    TopUp,
    Transfer,
}

pub const KINDS: [Kind; 3] = [Kind::Bill, Kind::TopUp, Kind::Transfer];

impl Kind {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::TopUp => "top_up",
            Self::Transfer => "transfer",
        }
    }

    pub const fn path(self) -> &'static str {
        match self {
            Self::Bill => "/v1/bills",
            Self::TopUp => "/v1/top-ups",
            Self::Transfer => "/v1/transfers",
        }
    }

    /// An order for a number, of which the last digits say what becomes of it. A bill's amount is what the mock says is due.
    pub fn order(self, reference: &str, provider: &str, ends: &str) -> Value {
        let common = json!({"reference": reference, "provider": provider, "amount": "12.500", "currency": "LYD"});
        let phone = format!("+21891{ends}");
        match self {
            Self::Bill => {
                let number = format!("45{ends}");
                let amount = due(&number);
                patched(common, json!({"biller": "electricity", "number": number, "amount": amount}))
            }
            Self::TopUp => patched(common, json!({"phone": phone})),
            Self::Transfer => patched(common, json!({"phone": phone, "note": "rent of November"})),
        }
    }
}

/// What the mock says is owed under a number of nine digits.
fn due(number: &str) -> String {
    let dirham = 10_000 + number.parse::<i64>().expect("digits") % 360 * 250;
    format!("{}.{:03}", dirham / 1_000, dirham % 1_000)
}

/// A gateway that gives unclear outcomes up to a person soon.
pub async fn start(backend: Backend) -> Gateway {
    start_with(backend, &[]).await
}

/// The same with settings of the test's own.
pub async fn start_with(backend: Backend, own: &[(&str, &str)]) -> Gateway {
    let mut settings = vec![
        ("JISR_PAYMENTS__REVIEW_AFTER_MS", "3000"),
        ("JISR_PAYMENTS__ANSWER_MS", "7000"),
        ("JISR_POLICY__DEFAULT__BREAKER_FAILURES", "1000"),
        ("JISR_POLICY__DEFAULT__TIMEOUT_MS", "1500"),
        ("JISR_POLICY__DEFAULT__DEADLINE_MS", "2000"),
        ("JISR_POLICY__PLUTU__DEADLINE_MS", "2000"),
    ];
    settings.extend(own);
    Gateway::start_with_all(backend, &settings).await
}

/// A service that must be taken.
pub async fn made(gateway: &Gateway, kind: Kind, order: Value) -> Answer {
    let answer = gateway.client.post(kind.path(), order).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer
}

/// Waits until a service has a status.
pub async fn until(gateway: &Gateway, id: &str, status: &str) -> Answer {
    gateway.client.until(&format!("/v1/wallet-services/{id}"), status).await
}

/// How often a call reached a provider, and how often it acted there.
pub fn calls(gateway: &Gateway, provider: &str, operation: &str) -> (usize, usize) {
    let entries = gateway.mocks.journal(Some(provider));
    let meant =
        || entries.iter().filter(|entry| entry.operation == operation && entry.direction == Direction::Received);
    (meant().count(), meant().filter(|entry| entry.acted).count())
}

/// Queues a fault of the next such call.
pub fn fault(gateway: &Gateway, provider: &str, operation: &str, kind: FaultKind) {
    let delay_ms = (kind == FaultKind::Delay).then_some(3_000);
    gateway.mocks.fault(Fault { delay_ms, ..Fault::new(provider, kind).on(operation) });
}

/// The names of a service's events, in order.
pub async fn events(gateway: &Gateway, id: &str) -> Vec<String> {
    let id: schemas::ServiceId = id.parse().expect("an id");
    let found = jisr::db::events::of_resource(&gateway.facade.db, id.uuid()).await.expect("the events can be read");
    found.into_iter().map(|event| event.name).collect()
}

/// Closes the day of a provider: what it was at is done.
pub async fn close_the_day(gateway: &Gateway, provider: &str) {
    let control = Client::new(gateway.mocks.address());
    let answer = control.send("POST", "/_settle", Some(json!({"provider": provider}).to_string()), &[]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// Longer than a doubt lasts before a person is brought in; and the provider has been asked after that.
pub async fn asked_for_longer_than_a_doubt_lasts(gateway: &Gateway, provider: &str) {
    tokio::time::sleep(Duration::from_secs(4)).await;
    let asked = calls(gateway, provider, FIND).1;
    eventually("it is asked on", || async { calls(gateway, provider, FIND).1 >= asked + 4 }).await;
}

/// No question waits any more.
pub async fn assert_all_asked(gateway: &Gateway) {
    let waiting = || gateway.count("SELECT COUNT(*) FROM tasks WHERE kind = 'service.ask'");
    eventually("nothing is left to ask", || async { waiting().await == 0 }).await;
}

/// No call that a correct gateway does not make.
pub fn assert_clean(gateway: &Gateway) {
    assert!(gateway.mocks.violations().is_empty(), "{:#?}", gateway.mocks.violations());
}
