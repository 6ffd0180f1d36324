//! A provider on a loopback socket that does with each request whatever the test wants.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What is written after a request has been read, and whether the connection ends then.
#[derive(Clone)]
pub(crate) struct Reaction {
    bytes: Arc<[u8]>,
    close: bool,
}

impl Reaction {
    /// An answer of HTTP with its length.
    pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Self {
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
        Self { bytes: [head.as_bytes(), body].concat().into(), close: false }
    }

    /// The bytes as they are; the connection ends after them.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into().into(), close: true }
    }
}

/// A listening provider; it stops when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Server {
    pub(crate) async fn start(reaction: Reaction) -> Self {
        Self::start_at("127.0.0.1:0", reaction).await.expect("a loopback socket")
    }

    /// Listens elsewhere; `None` where this machine cannot.
    pub(crate) async fn start_at(address: &str, reaction: Reaction) -> Option<Self> {
        let listener = TcpListener::bind(address).await.ok()?;
        let address = listener.local_addr().expect("an address");
        let (accepted, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, reaction, Arc::clone(&accepted), Arc::clone(&requests)));
        Some(Self { address, accepted, requests, _tasks: tasks })
    }

    /// Connections so far.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Requests read so far.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// An address of this server's port at a host as the test spells it.
    pub(crate) fn url(&self, host: &str) -> url::Url {
        format!("http://{host}:{}/path", self.address.port()).parse().expect("a url")
    }
}

async fn accept(listener: TcpListener, reaction: Reaction, accepted: Arc<AtomicUsize>, requests: Arc<AtomicUsize>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        accepted.fetch_add(1, Ordering::SeqCst);
        connections.spawn(serve(stream, reaction.clone(), Arc::clone(&requests)));
    }
}

async fn serve(mut stream: TcpStream, reaction: Reaction, requests: Arc<AtomicUsize>) {
    while read_request(&mut stream).await.is_some() {
        requests.fetch_add(1, Ordering::SeqCst);
        if stream.write_all(&reaction.bytes).await.is_err() || reaction.close {
            return;
        }
    }
}

/// Reads one request with its body; `None` at the end of the connection.
async fn read_request(stream: &mut TcpStream) -> Option<()> {
    let mut request = Vec::new();
    let mut chunk = [0; 4_096];
    loop {
        let length = stream.read(&mut chunk).await.ok().filter(|length| *length > 0)?;
        request.extend_from_slice(&chunk[..length]);
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().expect("a length")) {
                return Some(());
            }
        }
    }
}
