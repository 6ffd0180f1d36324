//! A client, a gateway that takes callbacks and a browser, of a few lines each, so that every byte on the wire is seen.

use std::sync::{Arc, Mutex};

use mocks::{Mocks, Outcome, Pay, Settings, tlync::Store};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub(crate) const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
pub(crate) const ACCEPT: &str = "Accept: application/json";
pub(crate) const REFERENCE: &str = "jisr-0190a3f2-1";

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

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
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
    Answer { status, head: head.to_lowercase(), body: body.to_owned(), raw }
}

/// A call of the default store.
pub(crate) async fn call(mocks: &Mocks, operation: &str, form: &str) -> Answer {
    let proof = format!("Authorization: Bearer {}", Store::default().token);
    raw(mocks, "POST", &format!("/tlync/{operation}"), &[&proof, FORM, ACCEPT], form).await
}

/// The control surface.
pub(crate) async fn control(mocks: &Mocks, method: &str, path: &str, body: &Value) -> Answer {
    raw(mocks, method, path, &["Content-Type: application/json"], &body.to_string()).await
}

/// payment/initiate for 12.50, with callbacks to this gateway.
pub(crate) fn initiation(gateway: &str, reference: &str) -> String {
    let store = Store::default().store_id;
    format!(
        "id={store}&amount=12.50&phone=0913456789&backend_url={gateway}/back&frontend_url={gateway}/front\
         &failed_front_end_url={gateway}/failed&custom_ref={reference}"
    )
}

/// Opens a payment and gives the address of its page.
pub(crate) async fn open(mocks: &Mocks, gateway: &str, reference: &str) -> String {
    let answer = call(mocks, "payment/initiate", &initiation(gateway, reference)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!((&answer.json()["result"], &answer.json()["custom_ref"]), (&"success".into(), &reference.into()));
    answer.json()["url"].as_str().unwrap().to_owned()
}

/// The receipt of a reference.
pub(crate) async fn receipt(mocks: &Mocks, reference: &str) -> Answer {
    let store = Store::default().store_id;
    call(mocks, "receipt/transaction", &format!("store_id={store}&custom_ref={reference}")).await
}

pub(crate) fn act(reference: &str, outcome: Outcome) -> Pay {
    Pay { amount: None, ..Pay::new("tlync", reference, outcome, "") }
}

/// A gateway that keeps what it is sent and answers 200.
pub(crate) async fn gateway() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let received: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&received);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut raw = Vec::new();
            let request = loop {
                stream.read_buf(&mut raw).await.unwrap();
                let text = String::from_utf8_lossy(&raw).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let lower = head.to_lowercase();
                let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
                if body.len() >= length.unwrap_or(0) {
                    break text;
                }
            };
            kept.lock().unwrap().push(request);
            let _ = stream.write_all(b"HTTP/1.1 200 x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK").await;
        }
    });
    (url, received)
}

/// Waits until the gateway has this many callbacks; gives them with their head and body apart.
pub(crate) async fn wait_for(received: &Mutex<Vec<String>>, count: usize) -> Vec<(String, String)> {
    for _ in 0..500 {
        if received.lock().unwrap().len() >= count {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let received = received.lock().unwrap().clone();
    assert_eq!(received.len(), count, "{received:?}");
    let apart = |text: String| text.split_once("\r\n\r\n").map(|(head, body)| (head.to_lowercase(), body.to_owned()));
    received.into_iter().filter_map(apart).collect()
}

/// The bodies of callbacks in JSON.
pub(crate) fn bodies(received: &[(String, String)]) -> Vec<Value> {
    received.iter().map(|(_, body)| serde_json::from_str(body).unwrap()).collect()
}

/// What was wrong with the last request.
pub(crate) fn violation(mocks: &Mocks) -> Option<String> {
    let mut journal = mocks.journal(Some("tlync"));
    journal.retain(|entry| entry.direction == mocks::Direction::Received);
    journal.pop().unwrap().violation
}
