//! A client that signs and a receiver of webhooks, of a few lines, so that every byte on the wire is seen.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hmac::{Hmac, KeyInit, Mac};
use mocks::{Mocks, Settings, Ship, carrier_contract::Account};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What came back, cut or not.
pub(crate) struct Answer {
    /// Every byte.
    pub(crate) raw: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }

    /// The error's code.
    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

pub(crate) async fn start() -> Mocks {
    Mocks::start("127.0.0.1:0".parse().unwrap(), Settings::default()).await.unwrap()
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

pub(crate) fn sign(key: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// The head of a signed request.
pub(crate) fn head(account: &Account, time: u64, method: &str, target: &str, body: &str) -> String {
    let signature = sign(&account.api_secret, &format!("{time}\n{method}\n{target}\n{body}"));
    let kind = if body.is_empty() { "" } else { "\r\nContent-Type: application/json" };
    format!("Authorization: Bearer {}\r\nX-Timestamp: {time}\r\nX-Signature: {signature}{kind}", account.api_key)
}

/// A signed POST of a carrier's default account.
pub(crate) async fn post(mocks: &Mocks, carrier: &str, path: &str, body: &Value) -> Answer {
    post_as(mocks, &Account::of(carrier), path, body).await
}

pub(crate) async fn post_as(mocks: &Mocks, account: &Account, path: &str, body: &Value) -> Answer {
    let (target, body) = (format!("/{}/v1/{path}", account.carrier), body.to_string());
    raw(mocks, "POST", &target, &head(account, now(), "POST", &target, &body), &body).await
}

/// A signed GET of a carrier's default account.
pub(crate) async fn get(mocks: &Mocks, carrier: &str, path: &str) -> Answer {
    let target = format!("/{carrier}/v1/{path}");
    raw(mocks, "GET", &target, &head(&Account::of(carrier), now(), "GET", &target, ""), "").await
}

/// A request to book, with a carrier's first service.
pub(crate) fn booking(carrier: &str, reference: &str) -> Value {
    let end = |city: &str| json!({ "name": "سالم", "phone": "+218912345678", "city": city, "address": "شارع" });
    let parcel = json!({ "weight_grams": 2500, "length_mm": 300, "width_mm": 200, "height_mm": 100 });
    json!({
        "reference": reference,
        "service": if carrier == "amyal" { "express" } else { "air_express" },
        "origin": end("TIP"),
        "destination": end("BEN"),
        "parcels": [parcel],
        "currency": "LYD",
    })
}

/// Lets a parcel move on.
pub(crate) fn act(mocks: &Mocks, carrier: &str, reference: &str, status: &str) {
    let (provider, reference, status) = (carrier.to_owned(), Some(reference.to_owned()), status.to_owned());
    mocks.ship(&Ship { provider, reference, status, ..Ship::default() }).unwrap();
}

/// The words of a list of events.
pub(crate) fn statuses(events: &Value) -> Vec<String> {
    let events = events["events"].as_array().unwrap_or_else(|| panic!("{events}"));
    events.iter().map(|event| event["status"].as_str().unwrap().to_owned()).collect()
}

/// Sends one request with any method, path, further head and body.
pub(crate) async fn raw(mocks: &Mocks, method: &str, path: &str, head: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(mocks.address()).await.unwrap();
    let head = if head.is_empty() { String::new() } else { format!("{head}\r\n") };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n{head}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut raw = Vec::new();
    // A reset ends the answer just as a close does.
    let _ = stream.read_to_end(&mut raw).await;
    let text = String::from_utf8_lossy(&raw).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_owned(), body: body.to_owned(), raw }
}

/// A webhook as it came.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    pub(crate) time: String,
    pub(crate) signature: String,
    pub(crate) body: String,
}

impl Webhook {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn is_genuine(&self) -> bool {
        let key = Account::of("amyal").api_secret;
        self.signature == sign(&key, &format!("{}\n{}", self.time, self.body))
    }
}

pub(crate) type Received = Arc<Mutex<Vec<Webhook>>>;

/// A gateway that takes webhooks: its address, and what it receives.
pub(crate) async fn receiver() -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let received = Received::default();
    let kept = Arc::clone(&received);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let webhook = read_webhook(&mut stream).await;
            kept.lock().unwrap().push(webhook);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
        }
    });
    (url, received)
}

async fn read_webhook(stream: &mut TcpStream) -> Webhook {
    let mut raw = Vec::new();
    loop {
        stream.read_buf(&mut raw).await.unwrap();
        let text = String::from_utf8_lossy(&raw).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let header = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.unwrap_or_default().to_owned()
        };
        if header("content-length") == body.len().to_string() {
            assert_eq!(header("content-type"), "application/json");
            return Webhook { time: header("x-timestamp"), signature: header("x-signature"), body: body.to_owned() };
        }
    }
}

/// Waits until this many webhooks were received.
pub(crate) async fn wait_for(received: &Mutex<Vec<Webhook>>, count: usize) -> Vec<Webhook> {
    for _ in 0..500 {
        if received.lock().unwrap().len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let received = received.lock().unwrap().clone();
    assert_eq!(received.len(), count, "{received:?}");
    received
}
