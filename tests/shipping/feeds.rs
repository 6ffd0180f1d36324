//! How carriers tell of parcels: by callbacks, by a stream, by files. By whatever way, each thing counts once.

mod callbacks;
mod stream;

use std::sync::LazyLock;
use std::time::Duration;

use mocks::{Direction, Fault, FaultKind, Ship};
use serde_json::{Value, json};

use super::way;
use crate::facade::party::patched;
use crate::harness::{Answer, Backend, Gateway, eventually};

/// The beginning of what happens to the parcels of these tests, in seconds: later than their bookings all the same, which
/// carriers tell of, too.
static BEGIN: LazyLock<i64> = LazyLock::new(|| jiff::Timestamp::now().as_second() + 60);

/// A gateway with an account of every carrier, none of whom is polled meanwhile.
async fn start(backend: Backend, own: &[(&str, &str)]) -> Gateway {
    let mut settings = vec![
        ("JISR_SHIPPING__TRACK_FIRST_MS", "3600000"),
        ("JISR_SHIPPING__TRACK_LONGEST_MS", "3600000"),
        ("JISR_POLICY__DEFAULT__BREAKER_FAILURES", "1000"),
    ];
    settings.extend(own);
    Gateway::start_with_all(backend, &settings).await
}

/// An order from Tripoli to Benghazi, as every carrier takes it.
fn order(reference: &str, carrier: &str) -> Value {
    patched(way(reference), json!({"carrier": carrier, "fallback": "none"}))
}

/// A parcel that a carrier has.
struct Parcel {
    id: String,
    number: String,
    carrier: &'static str,
}

/// Has one booked.
async fn booked(gateway: &Gateway, carrier: &'static str, reference: &str) -> Parcel {
    let answer = gateway.client.post("/v1/shipments", order(reference, carrier)).await;
    assert_eq!((answer.status, answer.text("status").as_str()), (201, "booked"), "{answer:?}");
    Parcel { id: answer.text("id"), number: answer.text("tracking_number"), carrier }
}

impl Parcel {
    /// It moves on, so many minutes after the beginning.
    fn moves(&self, gateway: &Gateway, status: &str, minute: i64) {
        let at = jiff::Timestamp::from_second(*BEGIN + minute * 60).ok();
        let (provider, number, status) = (self.carrier.to_owned(), Some(self.number.clone()), status.to_owned());
        let act = Ship { provider, number, status, at, ..Ship::default() };
        gateway.mocks.ship(&act).expect("the mock takes it");
    }

    /// The carrier's own words for what happened to it, in order, but for the booking itself.
    async fn trail(&self, gateway: &Gateway) -> Vec<String> {
        let answer = gateway.client.get(&format!("/v1/shipments/{}/events", self.id)).await;
        let told = answer.body["data"].as_array().cloned().unwrap_or_default();
        let words = told.iter().map(|entry| entry["raw_status"].as_str().unwrap_or_default().to_owned());
        words.filter(|word| word != "pending").collect()
    }

    /// Waits until so much has been told.
    async fn told(&self, gateway: &Gateway, wanted: &[&str]) {
        eventually(&format!("{wanted:?} of {}", self.number), || async { self.trail(gateway).await == wanted }).await;
    }

    async fn read(&self, gateway: &Gateway) -> Answer {
        gateway.client.get(&format!("/v1/shipments/{}", self.id)).await
    }
}

/// The way of a parcel that arrives.
const WAY: [&str; 4] = ["picked_up", "in_transit", "out_for_delivery", "delivered"];

/// The names of the store's events of shipments, in order.
async fn events(gateway: &Gateway) -> Vec<String> {
    let answer = gateway.client.get("/v1/feed?limit=500").await;
    let all = answer.body["data"].as_array().cloned().unwrap_or_default();
    let names = all.iter().map(|event| event["event"].as_str().unwrap_or_default().to_owned());
    names.filter(|name| name.starts_with("shipment.")).collect()
}

/// How often a call reached a carrier.
fn calls(gateway: &Gateway, carrier: &str, operation: &str) -> usize {
    let entries = gateway.mocks.journal(Some(carrier));
    entries.iter().filter(|entry| entry.operation == operation && entry.direction == Direction::Received).count()
}

/// What the gateway answered to callbacks, in the order of their end.
fn statuses(gateway: &Gateway, carrier: &str) -> Vec<u16> {
    let entries = gateway.mocks.journal(Some(carrier)).into_iter();
    entries.filter(|entry| entry.operation == "callback").filter_map(|entry| entry.status).collect()
}

/// Queues a fault of the next callback or frame.
fn fault(gateway: &Gateway, carrier: &str, operation: &str, kind: FaultKind, times: u32) {
    let late = Duration::from_millis(800).as_millis() as u64;
    let fault = Fault { times: Some(times), delay_ms: Some(late), ..Fault::new(carrier, kind) };
    gateway.mocks.fault(fault.on(operation));
}
