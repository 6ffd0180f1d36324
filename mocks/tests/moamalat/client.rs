//! A client and a webhook receiver of a few lines, so that every byte on the wire is seen.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use hmac::{Hmac, KeyInit, Mac};
use mocks::{Mocks, Outcome, Pay, PayResult, Settings, moamalat::Merchant};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub(crate) const FILTER: &str = "/moamalat/cube/paylink.svc/api/FilterTransactions";
pub(crate) const REFUND: &str = "/moamalat/cube/paylink.svc/api/RefundTransaction";
pub(crate) const SALE: &str = "SALE-0000001";

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
        serde_json::from_str(&self.body).unwrap()
    }

    /// The length that the answer promised.
    pub(crate) fn promised(&self) -> usize {
        let line = self.head.lines().find_map(|line| line.strip_prefix("content-length: "));
        line.unwrap().parse().unwrap()
    }
}

pub(crate) async fn start() -> Mocks {
    Mocks::start("127.0.0.1:0".parse().unwrap(), Settings::default()).await.unwrap()
}

pub(crate) async fn sale(mocks: &Mocks, reference: &str, amount: &str) -> PayResult {
    mocks.pay(Pay::new("moamalat", reference, Outcome::Approved, amount)).await.unwrap()
}

/// Sends one request with any method, path, content type and body.
pub(crate) async fn send(mocks: &Mocks, method: &str, path: &str, content_type: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(mocks.address()).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: mock\r\nConnection: close\r\nContent-Type: {content_type}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut raw = Vec::new();
    // A reset ends the answer just as a close does.
    let _ = stream.read_to_end(&mut raw).await;
    let text = String::from_utf8_lossy(&raw).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_lowercase(), body: body.to_owned(), raw }
}

pub(crate) async fn post(mocks: &Mocks, path: &str, body: &Value) -> Answer {
    send(mocks, "POST", path, "application/json; charset=utf-8", &body.to_string()).await
}

pub(crate) async fn get(mocks: &Mocks, path: &str) -> Value {
    send(mocks, "GET", path, "text/plain", "").await.json()
}

/// A time that no test has used before.
pub(crate) fn next_time() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("2501{:02}{:02}{:02}{:02}", 1 + count / 86_400, count / 3600 % 24, count / 60 % 60, count % 60)
}

pub(crate) fn sign(key: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&hex::decode(key).unwrap()).unwrap();
    mac.update(message.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// A signed call of the default merchant with further fields.
pub(crate) fn signed(time: &str, fields: &Value) -> Value {
    let merchant = Merchant::default();
    let message =
        format!("DateTimeLocalTrxn={time}&MerchantId={}&TerminalId={}", merchant.merchant_id, merchant.terminal_id);
    let mut body = json!({
        "MerchantId": merchant.merchant_id,
        "TerminalId": merchant.terminal_id,
        "DateTimeLocalTrxn": time,
        "SecureHash": sign(&merchant.secret_key, &message),
    });
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

pub(crate) async fn filter(mocks: &Mocks, fields: Value) -> Answer {
    post(mocks, FILTER, &signed(&next_time(), &fields)).await
}

/// The rows of one reference, newest first.
pub(crate) async fn rows(mocks: &Mocks, reference: &str) -> Vec<Value> {
    let fields = json!({ "MerchantReference": reference, "DisplayLength": 50, "DisplayStart": 0 });
    let days = filter(mocks, fields).await.json()["Transactions"].as_array().unwrap().clone();
    days.iter().flat_map(|day| day["DateTransactions"].as_array().unwrap().clone()).collect()
}

pub(crate) async fn refund(mocks: &Mocks, system_reference: &str, amount: &str) -> Value {
    let fields = json!({ "SystemReference": system_reference, "AmountTrxn": amount });
    post(mocks, REFUND, &signed(&next_time(), &fields)).await.json()
}

/// A gateway that answers notifications with these statuses in turn, then with 200.
pub(crate) async fn receiver(statuses: &'static [u16]) -> (String, Arc<Mutex<Vec<Value>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let received: Arc<Mutex<Vec<Value>>> = Arc::default();
    let kept = Arc::clone(&received);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let body = read_request(&mut stream).await;
            let status = {
                let mut kept = kept.lock().unwrap();
                kept.push(body);
                statuses.get(kept.len() - 1).copied().unwrap_or(200)
            };
            let answer = r#"{"Message":"Success","Success":true}"#;
            let head = format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close", answer.len());
            let _ = stream.write_all(format!("{head}\r\n\r\n{answer}").as_bytes()).await;
        }
    });
    (url, received)
}

async fn read_request(stream: &mut TcpStream) -> Value {
    let mut raw = Vec::new();
    loop {
        stream.read_buf(&mut raw).await.unwrap();
        let text = String::from_utf8_lossy(&raw).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        assert!(head.starts_with("POST /v1/callbacks/moamalat "), "{head}");
        let length = head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if body.len() == length.unwrap_or(0) {
            return serde_json::from_str(body).unwrap();
        }
    }
}

/// Waits until the receiver has this many notifications.
pub(crate) async fn wait_for(received: &Mutex<Vec<Value>>, count: usize) -> Vec<Value> {
    for _ in 0..500 {
        if received.lock().unwrap().len() >= count {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let received = received.lock().unwrap().clone();
    assert_eq!(received.len(), count);
    received
}
