//! Services as they are watched: what is ill is left alone at once, comes back, is one incident, and is shown.

mod figures;
mod incidents;
mod maintenance;
mod page;
mod watch;

use mocks::{Fault, FaultKind};
use serde_json::Value;

use crate::harness::{Backend, Gateway, eventually};

/// Probes every half second, and incidents that are over soon.
const WATCHFUL: &[(&str, &str)] = &[
    ("JISR_HEALTH__EVERY_MS", "500"),
    ("JISR_HEALTH__THRESHOLDS__FAIL", "3"),
    ("JISR_HEALTH__THRESHOLDS__LEAST_CALLS", "20"),
    ("JISR_HEALTH__SOON_MS", "300"),
    ("JISR_HEALTH__TIMEOUT_MS", "1000"),
    ("JISR_HEALTH__TIMEOUTS", "{moamalat=1000}"),
    ("JISR_INCIDENTS__LOOK_MS", "200"),
    ("JISR_INCIDENTS__CLOSE_MS", "1500"),
];

async fn watchful(backend: Backend) -> Gateway {
    Gateway::start_with(backend, WATCHFUL).await
}

/// Nobody can connect to a provider any more.
fn down(gateway: &Gateway, provider: &str) {
    gateway.mocks.fault(Fault::new(provider, FaultKind::CutBefore).on("connect"));
}

async fn service(gateway: &Gateway, name: &str) -> Value {
    let services = gateway.client.get("/v1/health/services").await;
    assert_eq!(services.status, 200, "{services:?}");
    let all = services.body.as_array().cloned().unwrap_or_default();
    all.into_iter().find(|service| service["service"] == name).unwrap_or_default()
}

async fn until_it_is(gateway: &Gateway, name: &str, status: &str) {
    eventually(&format!("{name} is {status}"), || async { service(gateway, name).await["status"] == status }).await;
}
