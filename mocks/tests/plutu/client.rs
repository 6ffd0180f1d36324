//! A client and a receiver of callbacks of a few lines, so that every byte on the wire is seen.

use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use mocks::{Mocks, Settings, plutu::Merchant};
use serde_json::Value;
use sha2::Sha256;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub(crate) const PHONE: &str = "0912345678";
pub(crate) const RETURN: &str = "return_url=https%3A%2F%2Fg.example.ly%2Freturn%3Fof%3Dshop";

/// What came back, cut or not.
pub(crate) struct Answer {
    /// Every byte.
    pub(crate) raw: Vec<u8>,
    pub(crate) status: u16,
    /// As it came, for a location has capitals.
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

/// A form of the default merchant, to `{gateway}/{action}`.
pub(crate) async fn post(mocks: &Mocks, action: &str, form: &str) -> Answer {
    post_as(mocks, &Merchant::default(), action, form).await
}

pub(crate) async fn post_as(mocks: &Mocks, merchant: &Merchant, action: &str, form: &str) -> Answer {
    let path = format!("/plutu/api/v1/transaction/{action}");
    let head = format!("{}\r\nContent-Type: application/x-www-form-urlencoded", secrets(merchant));
    raw(mocks, "POST", &path, &head, form).await
}

/// The head that says who calls.
pub(crate) fn secrets(merchant: &Merchant) -> String {
    format!(
        "Accept: application/json\r\nX-API-KEY: {}\r\nAuthorization: Bearer {}",
        merchant.api_key, merchant.access_token
    )
}

/// The process of a code that was sent.
pub(crate) async fn process(mocks: &Mocks, wallet: &str, amount: &str) -> String {
    let born = if wallet == "sadadapi" { "&birth_year=1990" } else { "" };
    let form = format!("mobile_number={PHONE}&amount={amount}{born}");
    post(mocks, &format!("{wallet}/verify"), &form).await.json()["result"]["process_id"].to_string()
}

/// The address of a page of the default merchant, without the origin.
pub(crate) async fn checkout(mocks: &Mocks, gateway: &str, invoice: &str, more: &str) -> String {
    let form = format!("amount=12.50&invoice_no={invoice}&{RETURN}{more}");
    let answer = post(mocks, &format!("{gateway}/confirm"), &form).await;
    let url = answer.json()["result"]["redirect_url"].as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned();
    url.strip_prefix("http://mock").unwrap().to_owned()
}

/// The query that a browser brings back, behind the shop's own.
pub(crate) fn query(url: &str) -> String {
    url.strip_prefix("https://g.example.ly/return?of=shop&").unwrap().to_owned()
}

/// The hash of a query without its `hashed`; and the one in it.
pub(crate) fn hashes(query: &str) -> (String, String) {
    let (message, given) = query.split_once("&hashed=").unwrap();
    (sign(message), given.to_owned())
}

pub(crate) fn sign(message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(Merchant::default().secret_key.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    hex::encode_upper(mac.finalize().into_bytes())
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

/// Bodies that were received, in order.
pub(crate) type Received = Arc<Mutex<Vec<Value>>>;

/// A gateway that takes callbacks: the parameter with its address, and what it receives.
pub(crate) async fn receiver() -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let parameter = format!("&callback_url=http%3A%2F%2F127.0.0.1%3A{}%2Fhook", listener.local_addr().unwrap().port());
    let received = Received::default();
    let kept = Arc::clone(&received);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let body = read_request(&mut stream).await;
            kept.lock().unwrap().push(body);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
        }
    });
    (parameter, received)
}

async fn read_request(stream: &mut TcpStream) -> Value {
    let mut raw = Vec::new();
    loop {
        stream.read_buf(&mut raw).await.unwrap();
        let text = String::from_utf8_lossy(&raw).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        assert!(head.starts_with("POST /hook "), "{head}");
        let length = head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if body.len() == length.unwrap_or(0) {
            return serde_json::from_str(body).unwrap();
        }
    }
}

/// Waits until this many callbacks were received.
pub(crate) async fn wait_for(received: &Mutex<Vec<Value>>, count: usize) -> Vec<Value> {
    for _ in 0..500 {
        if received.lock().unwrap().len() >= count {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let received = received.lock().unwrap().clone();
    assert_eq!(received.len(), count, "{received:?}");
    received
}

/// The hash of a callback's body, over its parameters in their order; and the one in it.
pub(crate) fn body_hashes(body: &Value) -> (String, String) {
    let fields = body.as_object().unwrap().iter().filter(|(name, _)| *name != "hashed");
    let pairs: Vec<String> = fields.map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect();
    (sign(&pairs.join("&")), body["hashed"].as_str().unwrap().to_owned())
}
