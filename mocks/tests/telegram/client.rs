//! A client of a few lines, so that every byte on the wire is seen.

use mocks::{Mocks, Settings, telegram::Bot};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub(crate) const ADMIN: i64 = -1_001_000_000_001;

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

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

pub(crate) async fn start() -> Mocks {
    Mocks::start("127.0.0.1:0".parse().unwrap(), Settings::default()).await.unwrap()
}

/// The path of a method for the default bot.
pub(crate) fn path(method: &str) -> String {
    format!("/telegram/bot{}/{method}", Bot::default().token)
}

pub(crate) fn message() -> Value {
    json!({ "chat_id": ADMIN, "text": "hello" })
}

/// A message of the default bot.
pub(crate) async fn send(mocks: &Mocks, body: Value) -> Answer {
    post(mocks, &path("sendMessage"), &body).await
}

pub(crate) async fn post(mocks: &Mocks, path: &str, body: &Value) -> Answer {
    request(mocks, "POST", path, &body.to_string()).await
}

pub(crate) async fn request(mocks: &Mocks, method: &str, path: &str, body: &str) -> Answer {
    raw(mocks, method, path, "application/json", body).await
}

/// Sends one request with any method, path, content type and body.
pub(crate) async fn raw(mocks: &Mocks, method: &str, path: &str, content_type: &str, body: &str) -> Answer {
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
