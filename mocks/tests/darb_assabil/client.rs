//! A client of a few lines, so that every byte on the wire is seen.

use mocks::{Mocks, Settings, darb_assabil::Account};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub(crate) const JSON: &str = "Content-Type: application/json";
pub(crate) const VERSION: &str = "X-API-VERSION: 1.0.0";
pub(crate) const REFERENCE: &str = "jisr-0190a3f2-s1";
pub(crate) const PHONE: &str = "+218912345678";

/// What came back, cut or not.
pub(crate) struct Answer {
    /// Every byte.
    pub(crate) raw: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// What a yes says.
    pub(crate) fn data(&self) -> Value {
        let body = self.json();
        assert_eq!((self.status, &body["status"]), (200, &json!(true)), "{body}");
        body["data"].clone()
    }

    /// What a no is about: its status, its words and the part of the request.
    pub(crate) fn no(&self) -> (u16, String, String) {
        let body = self.json();
        assert_eq!(body["status"], json!(false), "{body}");
        let said = |name: &str| body["messages"][0][name].as_str().unwrap_or_default().to_owned();
        (self.status, said("message"), said("location"))
    }
}

pub(crate) async fn start() -> Mocks {
    Mocks::start("127.0.0.1:0".parse().unwrap(), Settings::default()).await.unwrap()
}

/// Sends one request with these lines in its head.
pub(crate) async fn raw(mocks: &Mocks, method: &str, path: &str, head: &[&str], body: &str) -> Answer {
    let mut stream = TcpStream::connect(mocks.address()).await.unwrap();
    let head: String = head.iter().map(|line| format!("{line}\r\n")).collect();
    let (address, length) = (mocks.address(), body.len());
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{head}Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut raw = Vec::new();
    // A reset ends the answer just as a close does.
    let _ = stream.read_to_end(&mut raw).await;
    let text = String::from_utf8_lossy(&raw).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Answer { status, body: body.to_owned(), raw }
}

/// A call of an account.
pub(crate) async fn call_as(mocks: &Mocks, account: &Account, method: &str, path: &str, body: &str) -> Answer {
    let (proof, id) =
        (format!("Authorization: apikey {}", account.api_key), format!("X-ACCOUNT-ID: {}", account.account_id));
    let head = [JSON, VERSION, proof.as_str(), id.as_str()];
    raw(mocks, method, &format!("/darb_assabil/api/{path}"), &head, body).await
}

/// A call of the default account.
pub(crate) async fn call(mocks: &Mocks, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    call_as(mocks, &Account::default(), method, path, &body).await
}

/// The control surface.
pub(crate) async fn control(mocks: &Mocks, method: &str, path: &str, body: &Value) -> Answer {
    raw(mocks, method, path, &[JSON], &body.to_string()).await
}

/// The contact of a number.
pub(crate) async fn contact(mocks: &Mocks) -> String {
    let body = json!({ "account": Account::default().account_id, "name": "سالم", "phone": PHONE });
    let answer = call(mocks, "POST", "contacts/create/public/contact", &body).await;
    answer.data()["_id"].as_str().unwrap().to_owned()
}

/// What is booked: a parcel of 85 dinars to collect.
pub(crate) fn consignment(contact: &str, reference: &str) -> Value {
    json!({
        "service": Account::default().plans[0].id,
        "contacts": [contact],
        "products": [{ "title": "كتب", "quantity": 1, "widthCM": 20, "heightCM": 10, "lengthCM": 30, "amount": 85.5,
            "currency": "lyd", "isChargeable": true }],
        "paymentBy": "sales",
        "to": { "countryCode": "lby", "city": "طرابلس", "area": "قرقارش", "address": "شارع قرقارش" },
        "tags": [reference],
        "metadata": { "reference": reference },
    })
}

/// Books a parcel and gives its record.
pub(crate) async fn book(mocks: &Mocks, reference: &str) -> Value {
    let contact = contact(mocks).await;
    call(mocks, "POST", "local/shipments", &consignment(&contact, reference)).await.data()
}

/// A parcel's record by its id; null where there is none.
pub(crate) async fn record(mocks: &Mocks, id: &Value) -> Value {
    let id = id.as_str().unwrap();
    call(mocks, "GET", &format!("local/shipments/{id}"), &Value::Null).await.data()["results"][0].clone()
}

/// What was wrong with the last request.
pub(crate) fn violation(mocks: &Mocks) -> Option<String> {
    mocks.journal(Some("darb_assabil")).pop().unwrap().violation
}
