//! A merchant's side: a small server that takes notifications, answers as it is told, and keeps what came.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri, header};
use tokio::time::Instant;

/// What a path answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// This status, with a short body.
    Status(u16),
    /// This status, and `Retry-After`.
    RetryAfter(u16, u64),
    /// 302 to this URL.
    Redirect(String),
    /// 200 after so long.
    Slow(Duration),
    /// Nothing.
    Hang,
}

/// What came.
#[derive(Debug, Clone)]
pub struct Received {
    pub headers: HeaderMap,
    pub body: String,
    pub at: Instant,
}

/// The server. A path that nothing is said of answers 200.
pub struct Sink {
    address: SocketAddr,
    state: Arc<Mutex<Shelves>>,
}

#[derive(Default)]
struct Shelves {
    next: BTreeMap<String, VecDeque<Reply>>,
    always: BTreeMap<String, Reply>,
    received: BTreeMap<String, Vec<Received>>,
}

type Shared = Arc<Mutex<Shelves>>;

impl Sink {
    /// Listens.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Shared::default();
        let router = Router::new().fallback(take).with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, state }
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on the path answers so.
    pub fn always(&self, path: &str, reply: Reply) {
        self.state.lock().expect("no test has panicked here").always.insert(path.to_owned(), reply);
    }

    /// Before anything else the path answers these, one after another.
    pub fn first(&self, path: &str, replies: impl IntoIterator<Item = Reply>) {
        self.state.lock().expect("no test has panicked here").next.entry(path.to_owned()).or_default().extend(replies);
    }

    /// What came to a path.
    pub fn received(&self, path: &str) -> Vec<Received> {
        self.state.lock().expect("no test has panicked here").received.get(path).cloned().unwrap_or_default()
    }

    /// Waits until so many have come to a path; 20 seconds at most.
    pub async fn until(&self, path: &str, count: usize) -> Vec<Received> {
        super::eventually(&format!("{count} at {path}"), || async { self.received(path).len() >= count }).await;
        self.received(path)
    }
}

impl Received {
    /// A header; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

async fn take(State(state): State<Shared>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let path = uri.path().to_owned();
    let reply = {
        let mut shelves = state.lock().expect("no test has panicked here");
        let body = String::from_utf8(body.to_vec()).expect("a text");
        shelves.received.entry(path.clone()).or_default().push(Received { headers, body, at: Instant::now() });
        let next = shelves.next.get_mut(&path).and_then(VecDeque::pop_front);
        next.or_else(|| shelves.always.get(&path).cloned()).unwrap_or(Reply::Status(200))
    };
    let status = |code| StatusCode::from_u16(code).expect("a status");
    match reply {
        Reply::Status(code) => (status(code), format!("the sink says {code}")).into_response(),
        Reply::RetryAfter(code, seconds) => {
            (status(code), [(header::RETRY_AFTER, seconds.to_string())]).into_response()
        }
        Reply::Redirect(url) => (StatusCode::FOUND, [(header::LOCATION, url)]).into_response(),
        Reply::Slow(time) => {
            tokio::time::sleep(time).await;
            "slow".into_response()
        }
        Reply::Hang => std::future::pending().await,
    }
}
