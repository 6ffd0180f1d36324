//! The merchants of the demo: a server that takes webhooks, checks them, answers as its scene says, and keeps what came.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, StatusCode};
use kit::Ambient;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::cli::CommandError;

/// Seconds between signing and arriving that a merchant puts up with.
const OLDEST: i64 = 300;
/// Of each merchant so much is kept.
const MOST: usize = 1_000;

/// How a merchant answers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Manner {
    /// At once.
    #[default]
    Prompt,
    /// After so long.
    Slow(Duration),
    /// With 500, always.
    Dead,
}

/// A webhook that came.
#[derive(Debug, Clone)]
pub(super) struct Came {
    pub(super) id: String,
    pub(super) event: String,
    pub(super) body: String,
    /// Unknown where the merchant has no secret.
    pub(super) valid: Option<bool>,
    pub(super) answered: StatusCode,
    pub(super) at: Instant,
    signed_at: String,
    signature: String,
}

/// The server. Whatever name stands in the path is a merchant.
pub(super) struct Merchants {
    address: SocketAddr,
    shelves: Shelves,
}

#[derive(Clone, Default)]
struct Shelves(Arc<Mutex<BTreeMap<String, Shelf>>>);

#[derive(Default)]
struct Shelf {
    manner: Manner,
    secret: Option<Vec<u8>>,
    came: Vec<Came>,
}

impl Shelves {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Shelf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Merchants {
    /// Opens on this port, or on a free one where it is taken.
    pub(super) async fn open(port: u16) -> Result<Self, CommandError> {
        let listener = match TcpListener::bind(("127.0.0.1", port)).await {
            Ok(listener) => listener,
            Err(_) => TcpListener::bind(("127.0.0.1", 0)).await?,
        };
        let address = listener.local_addr()?;
        let shelves = Shelves::default();
        let router = Router::new().route("/{merchant}", get(show).post(take)).with_state(shelves.clone());
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(error = &error as &dyn std::error::Error, "the merchants closed");
            }
        });
        Ok(Self { address, shelves })
    }

    /// Where a merchant is told, and shows what came.
    pub(super) fn url(&self, merchant: &str) -> String {
        format!("http://{}/{merchant}", self.address)
    }

    /// From now on the merchant answers so.
    pub(super) fn set(&self, merchant: &str, manner: Manner) {
        self.shelves.lock().entry(merchant.to_owned()).or_default().manner = manner;
    }

    /// From now on the merchant checks signatures.
    pub(super) fn trust(&self, merchant: &str, secret: &str) {
        let key = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
        self.shelves.lock().entry(merchant.to_owned()).or_default().secret = key;
    }

    /// What came to a merchant, in order.
    pub(super) fn came(&self, merchant: &str) -> Vec<Came> {
        self.shelves.lock().get(merchant).map(|shelf| shelf.came.clone()).unwrap_or_default()
    }
}

/// A webhook comes.
async fn take(
    State(shelves): State<Shelves>,
    Path(merchant): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let (answer, pause) = {
        let mut shelves = shelves.lock();
        let shelf = shelves.entry(merchant).or_default();
        let valid = shelf.secret.as_ref().map(|secret| is_genuine(secret, &headers, &body));
        let (answer, pause) = match shelf.manner {
            Manner::Dead => (StatusCode::INTERNAL_SERVER_ERROR, Duration::ZERO),
            _ if valid == Some(false) => (StatusCode::UNAUTHORIZED, Duration::ZERO),
            Manner::Prompt => (StatusCode::NO_CONTENT, Duration::ZERO),
            Manner::Slow(pause) => (StatusCode::NO_CONTENT, pause),
        };
        if shelf.came.len() == MOST {
            shelf.came.remove(0);
        }
        shelf.came.push(Came {
            id: text(&headers, "webhook-id"),
            event: text(&headers, "webhook-event"),
            body: String::from_utf8_lossy(&body).into_owned(),
            valid,
            answered: answer,
            at: Instant::now(),
            signed_at: text(&headers, "webhook-timestamp"),
            signature: text(&headers, "webhook-signature"),
        });
        (answer, pause)
    };
    tokio::time::sleep(pause).await;
    answer
}

/// What came, for people.
async fn show(State(shelves): State<Shelves>, Path(merchant): Path<String>) -> Json<Vec<Value>> {
    let shelves = shelves.lock();
    let came = shelves.get(&merchant).map(|shelf| shelf.came.as_slice()).unwrap_or_default();
    let shown = came.iter().map(|one| {
        json!({
            "webhook-id": one.id, "webhook-event": one.event, "webhook-timestamp": one.signed_at,
            "webhook-signature": one.signature, "valid": one.valid, "answered": one.answered.as_u16(),
            "body": serde_json::from_str::<Value>(&one.body).unwrap_or_default(),
        })
    });
    Json(shown.collect())
}

/// What every merchant has to do: compare one of the signatures with its own of id, time and body, and look at the time.
fn is_genuine(secret: &[u8], headers: &HeaderMap, body: &[u8]) -> bool {
    let time = text(headers, "webhook-timestamp");
    let age = time.parse().map_or(i64::MAX, |signed: i64| Ambient::system().now().as_second().saturating_sub(signed));
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret) else { return false };
    let mac = mac.chain_update(format!("{}.{time}.", text(headers, "webhook-id"))).chain_update(body);
    let fits = |one: &str| {
        let signature = one.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        signature.is_some_and(|signature| mac.clone().verify_slice(&signature).is_ok())
    };
    (-OLDEST..=OLDEST).contains(&age) && text(headers, "webhook-signature").split(' ').any(fits)
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_signed_a_moment_ago_with_the_secret_is_genuine() {
        let secret = crate::notify::sign::secret([7; 32]);
        let signer = crate::notify::sign::Signer::parse(&secret).expect("a secret");
        let now = Ambient::system().now().as_second();
        let judged = |signed: i64, said: i64, body: &str, key: &[u8]| {
            let mut headers = HeaderMap::new();
            let signature = format!("v1,AAAA {}", signer.sign("ntf_1", signed, b"{}"));
            for (name, value) in [
                ("webhook-id", "ntf_1".to_owned()),
                ("webhook-timestamp", said.to_string()),
                ("webhook-signature", signature),
            ] {
                headers.insert(name, value.parse().expect("a value"));
            }
            is_genuine(key, &headers, body.as_bytes())
        };
        assert!(judged(now, now, "{}", &[7; 32]));
        assert!(!judged(now, now, "{ }", &[7; 32]), "another body");
        assert!(!judged(now, now, "{}", &[8; 32]), "another secret");
        assert!(!judged(now, now - 1, "{}", &[7; 32]), "another time");
        assert!(!judged(now - 301, now - 301, "{}", &[7; 32]), "an old one");
    }
}
