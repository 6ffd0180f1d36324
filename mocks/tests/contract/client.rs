//! A client that signs and a receiver of webhooks, of a few lines, so that every byte on the wire is seen.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hmac::{Hmac, KeyInit, Mac};
use mocks::{Mocks, Settings, contract::Account};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub(crate) const PHONE: &str = "+218912345678";

/// What came back, cut or not.
pub(crate) struct Answer {
    /// Every byte.
    pub(crate) raw: Vec<u8>,
    pub(crate) status: u16,
    /// As it came.
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

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

pub(crate) async fn start() -> Mocks {
    Mocks::start("127.0.0.1:0".parse().unwrap(), Settings::default()).await.unwrap()
}

/// Changes the default account of a wallet.
pub(crate) async fn change(mocks: &Mocks, wallet: &str, field: &str, value: Value) {
    let mut account = serde_json::to_value(Account::of(wallet)).unwrap();
    account.as_object_mut().unwrap().remove("wallet");
    (account[field], account["provider"]) = (value, wallet.into());
    let added = raw(mocks, "POST", "/_accounts", "Content-Type: application/json", &account.to_string()).await;
    assert_eq!(added.status, 200, "{}", added.body);
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
    let signature = sign(&account.secret_key, &format!("{time}\n{method}\n{target}\n{body}"));
    let kind = if body.is_empty() { "" } else { "\r\nContent-Type: application/json" };
    format!("Authorization: Bearer {}\r\nX-Timestamp: {time}\r\nX-Signature: {signature}{kind}", account.api_key)
}

/// A signed POST of a wallet's default account.
pub(crate) async fn post(mocks: &Mocks, wallet: &str, path: &str, body: &Value) -> Answer {
    post_as(mocks, &Account::of(wallet), path, body).await
}

pub(crate) async fn post_as(mocks: &Mocks, account: &Account, path: &str, body: &Value) -> Answer {
    let (target, body) = (format!("/{}/v1/{path}", account.wallet), body.to_string());
    raw(mocks, "POST", &target, &head(account, now(), "POST", &target, &body), &body).await
}

/// A signed GET of a wallet's default account.
pub(crate) async fn get(mocks: &Mocks, wallet: &str, path: &str) -> Answer {
    let target = format!("/{wallet}/v1/{path}");
    raw(mocks, "GET", &target, &head(&Account::of(wallet), now(), "GET", &target, ""), "").await
}

/// A request for a payment with a code.
pub(crate) fn by_code(reference: &str, phone: &str) -> Value {
    json!({ "reference": reference, "amount": "12.500", "currency": "LYD", "flow": "code", "phone": phone })
}

/// A request for a payment on a page.
pub(crate) fn by_page(reference: &str) -> Value {
    let return_url = "https://g.example.ly/return?of=shop";
    json!({ "reference": reference, "amount": "12.500", "currency": "LYD", "flow": "page", "return_url": return_url })
}

/// The id of a new payment of MobiCash.
pub(crate) async fn payment(mocks: &Mocks, reference: &str) -> String {
    let answer = post(mocks, "mobicash", "payments", &by_code(reference, PHONE)).await;
    answer.json()["payment_id"].as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned()
}

pub(crate) async fn confirm(mocks: &Mocks, id: &str, code: &str) -> Answer {
    post(mocks, "mobicash", &format!("payments/{id}/confirm"), &json!({ "code": code })).await
}

/// The status of a payment of MobiCash.
pub(crate) async fn status(mocks: &Mocks, reference: &str) -> String {
    let found = get(mocks, "mobicash", &format!("payments?reference={reference}")).await.json();
    found["data"][0]["status"].as_str().unwrap_or("none").to_owned()
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
        let key = Account::of("mobicash").secret_key;
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
        assert!(head.starts_with("POST /hook "), "{head}");
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
