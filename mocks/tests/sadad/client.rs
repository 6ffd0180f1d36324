//! A client of a few lines, so that every byte on the wire is seen.

use mocks::{Mocks, Settings, sadad::Merchant};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub(crate) const PHONE: &str = "0913456789";
pub(crate) const CODE: &str = "111111";

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
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// HTTP's status and Sadad's.
    pub(crate) fn codes(&self) -> (u16, i64) {
        (self.status, self.json()["statusCode"].as_i64().unwrap())
    }
}

pub(crate) async fn start() -> Mocks {
    Mocks::start("127.0.0.1:0".parse().unwrap(), Settings::default()).await.unwrap()
}

/// Sends one request with these lines in its head.
pub(crate) async fn raw(mocks: &Mocks, method: &str, path: &str, head: &[String], body: &str) -> Answer {
    let mut stream = TcpStream::connect(mocks.address()).await.unwrap();
    let head: String = head.iter().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n{head}Content-Length: {length}\r\n\r\n{body}"
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

pub(crate) fn bearer(token: &str) -> [String; 2] {
    [format!("Authorization: Bearer {token}"), "Content-Type: application/json".to_owned()]
}

/// A call of the default merchant.
pub(crate) async fn call(mocks: &Mocks, operation: &str, body: &Value) -> Answer {
    text(mocks, operation, &body.to_string()).await
}

/// A call of the default merchant with this very body.
pub(crate) async fn text(mocks: &Mocks, operation: &str, body: &str) -> Answer {
    raw(mocks, "POST", &format!("/sadad/api/{operation}"), &bearer(&Merchant::default().token), body).await
}

/// The control surface.
pub(crate) async fn control(mocks: &Mocks, method: &str, path: &str, body: &Value) -> Answer {
    raw(mocks, method, path, &["Content-Type: application/json".to_owned()], &body.to_string()).await
}

pub(crate) fn opening(phone: &str, invoice: &str) -> Value {
    json!({ "Msisdn": phone, "BirthYear": "1990", "InvoiceNo": invoice, "Amount": 12.5, "Category": 20 })
}

/// Opens a transaction and gives its id.
pub(crate) async fn open(mocks: &Mocks, phone: &str, invoice: &str) -> u64 {
    let answer = call(mocks, "Validate", &opening(phone, invoice)).await;
    assert_eq!(answer.codes(), (200, 0), "{}", answer.body);
    answer.json()["result"]["transactionId"].as_u64().unwrap()
}

pub(crate) async fn pay(mocks: &Mocks, id: u64, code: &str) -> Answer {
    call(mocks, "Pay", &json!({ "TransactionId": id, "OTP": code })).await
}

/// What enquiry says of an invoice.
pub(crate) async fn enquiry(mocks: &Mocks, invoice: &str) -> Value {
    call(mocks, "enquiry", &json!({ "InvoiceNo": invoice })).await.json()
}

/// What was wrong with the last request.
pub(crate) fn violation(mocks: &Mocks) -> Option<String> {
    mocks.journal(Some("sadad")).pop().unwrap().violation
}
