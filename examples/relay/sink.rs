//! The merchants: one listener that keeps every arrival, and answers as the path of each says.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::post;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::Failure;

/// Merchants that are well, each at a URL of its own; the one after them refuses everything.
pub const MERCHANTS: usize = 50;
/// The merchant that refuses everything.
pub const REFUSING: usize = MERCHANTS;
/// Of the first, one that fails every third time, and the last few, which take their time.
const SHAKY: usize = 44;
const SLOW: std::ops::Range<usize> = 45..50;
const SLOWNESS: Duration = Duration::from_millis(200);
/// The shaky one takes a notification after so many refusals at the latest.
const PATIENCE: usize = 2;

/// Something that reached a merchant.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Its webhook-id.
    pub id: String,
    /// Which merchant.
    pub merchant: usize,
    /// The idempotency key that its body names.
    pub key: String,
    pub at: Timestamp,
    /// Whether the merchant took it.
    pub taken: bool,
}

/// Where notifications go.
#[derive(Clone)]
pub struct Sink {
    port: u16,
    kept: Arc<Kept>,
}

#[derive(Default)]
struct Kept {
    arrivals: Mutex<Vec<Arrival>>,
    /// What no merchant should ever see.
    surprises: Mutex<Vec<String>>,
    turns: AtomicUsize,
}

impl Sink {
    pub async fn start() -> Result<Self, Failure> {
        let kept = Arc::new(Kept::default());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let router = Router::new().route("/merchant/{number}", post(receive)).with_state(Arc::clone(&kept));
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("!! the sink ended: {error}");
            }
        });
        Ok(Self { port, kept })
    }

    pub fn url(&self, merchant: usize) -> String {
        format!("http://127.0.0.1:{}/merchant/{merchant}", self.port)
    }

    pub fn arrivals(&self) -> Vec<Arrival> {
        lock(&self.kept.arrivals).clone()
    }

    pub fn surprises(&self) -> Vec<String> {
        lock(&self.kept.surprises).clone()
    }
}

async fn receive(
    State(kept): State<Arc<Kept>>,
    Path(merchant): Path<usize>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let id = text(&headers, "webhook-id").to_owned();
    let key = serde_json::from_slice::<Value>(&body).ok().and_then(|body| Some(body["key"].as_str()?.to_owned()));
    if !is_in_shape(&headers) || key.is_none() {
        lock(&kept.surprises).push(format!("merchant {merchant} got {headers:?} with {body:?}"));
    }
    let taken = kept.takes(merchant, &id);
    let key = key.unwrap_or_default();
    lock(&kept.arrivals).push(Arrival { id, merchant, key, at: now(), taken });
    if SLOW.contains(&merchant) {
        tokio::time::sleep(SLOWNESS).await;
    }
    if taken { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR }
}

impl Kept {
    fn takes(&self, merchant: usize, id: &str) -> bool {
        match merchant {
            REFUSING => false,
            SHAKY if self.turns.fetch_add(1, Ordering::Relaxed) % 3 == 2 => {
                let arrivals = lock(&self.arrivals);
                arrivals.iter().rev().filter(|one| one.id == id && !one.taken).count() >= PATIENCE
            }
            _ => true,
        }
    }
}

/// Whether a merchant finds all that Standard Webhooks promises it.
fn is_in_shape(headers: &HeaderMap) -> bool {
    let is_id = text(headers, "webhook-id").parse::<schemas::NotificationId>().is_ok();
    let timestamp = text(headers, "webhook-timestamp").parse::<i64>().unwrap_or_default();
    let is_recent = (now().as_second() - timestamp).abs() <= 60;
    let signature = text(headers, "webhook-signature").strip_prefix("v1,").unwrap_or_default();
    let is_signed = signature.len() == 44 && signature.ends_with('=');
    is_id && is_recent && is_signed && text(headers, "content-type") == "application/json"
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The clock that the gateways write by.
#[expect(clippy::disallowed_methods, reason = "compared with the times that other processes wrote")]
pub fn now() -> Timestamp {
    Timestamp::now()
}
