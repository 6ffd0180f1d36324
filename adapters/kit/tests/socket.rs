//! Streams over real WebSockets: their frames, how they end, who is let in, and the row that an opening leaves.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use kit::guard::AllowList;
use kit::wire::{SocketWire, Subscription, Wires};
use kit::{Call, Delivery, Destination, EntryStatus, Fault, Kind, Policy, Request, Safety};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request as Opening, Response};

use crate::server::{Reaction, Server};
use crate::support::{Road, calm, read, secs};

type Peer = WebSocketStream<tokio::net::TcpStream>;

const LIMIT: usize = 256 * 1024;

fn at(url: &str, destination: Destination) -> Call {
    let mut request = Request::get(url.parse().expect("a url"), destination);
    request.headers.insert("authorization", "Bearer geheim".parse().expect("a header"));
    Call { request, ..read() }
}

fn road(policy: Policy) -> Road {
    Road::over(policy, Arc::new(SocketWire::new(AllowList::default()).expect("a wire")))
}

/// A provider that lets one peer in, whose bearer is right, and then does this.
async fn serving<F, Done>(serve: F) -> (String, JoinHandle<()>)
where
    F: FnOnce(Peer) -> Done + Send + 'static,
    Done: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback socket");
    let url = format!("ws://{}/v1/stream?after=17", listener.local_addr().expect("an address"));
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let check = |opening: &Opening, response: Response| {
            assert_eq!(opening.uri(), "/v1/stream?after=17");
            assert_eq!(opening.headers()["authorization"], "Bearer geheim");
            Ok(response)
        };
        serve(tokio_tungstenite::accept_hdr_async(stream, check).await.expect("a handshake")).await;
    });
    (url, task)
}

async fn opened(url: &str) -> Subscription {
    road(calm()).transport.open(&at(url, Destination::Trusted)).await.expect("a stream")
}

async fn frame(stream: &mut Subscription) -> String {
    let frame = stream.next().await.expect("a frame").expect("a good one");
    String::from_utf8(frame.into()).expect("text")
}

async fn failure(stream: &mut Subscription) -> (Kind, Delivery, Fault) {
    let error = stream.next().await.expect("an end that is told").expect_err("an error");
    assert!(stream.next().await.is_none(), "an error is the last thing that comes");
    (error.kind, error.delivery, error.origin)
}

#[tokio::test]
async fn frames_come_in_order_and_a_farewell_ends_them() {
    let (url, task) = serving(async |mut peer| {
        peer.send(Message::text("one")).await.expect("it leaves");
        peer.send(Message::Ping("?".into())).await.expect("it leaves");
        peer.send(Message::binary("two".as_bytes())).await.expect("it leaves");
        assert_eq!(peer.next().await.expect("an answer").expect("a good one"), Message::Pong("?".into()));
        peer.send(Message::text("three")).await.expect("it leaves");
        peer.close(None).await.expect("a farewell");
    })
    .await;
    let mut stream = opened(&url).await;
    for expected in ["one", "two", "three"] {
        assert_eq!(frame(&mut stream).await, expected);
    }
    assert!(stream.next().await.is_none() && stream.next().await.is_none());
    task.await.expect("the peer is content");
}

#[tokio::test]
async fn a_cut_is_an_error_and_no_farewell() {
    let (url, _) = serving(async |mut peer| {
        peer.send(Message::text("one")).await.expect("it leaves");
    })
    .await;
    let mut stream = opened(&url).await;
    assert_eq!(frame(&mut stream).await, "one");
    assert_eq!(failure(&mut stream).await, (Kind::Unavailable, Delivery::Maybe, Fault::Provider));
}

#[tokio::test]
async fn silence_ends_it_and_a_pong_is_none() {
    let silence = Duration::from_millis(600);
    // Whoever reads answers pings.
    let (url, _) = serving(async |mut peer| while let Some(Ok(_)) = peer.next().await {}).await;
    let mut stream = opened(&url).await.with_silence(silence);
    let waited = tokio::time::timeout(silence * 4, stream.next()).await;
    assert!(waited.is_err(), "a peer that answers pings is not silent: {waited:?}");
    // Whoever does not, does not.
    let (url, _) = serving(async |_peer| std::future::pending().await).await;
    let mut stream = opened(&url).await.with_silence(silence);
    let ended = tokio::time::timeout(silence * 4, failure(&mut stream)).await.expect("it ends by itself");
    assert_eq!(ended, (Kind::Timeout, Delivery::Maybe, Fault::Provider));
}

#[tokio::test]
async fn a_frame_of_the_largest_size_is_read_and_one_byte_more_is_not() {
    let (url, _) = serving(async |mut peer| {
        for length in [LIMIT, LIMIT + 1] {
            let _ = peer.send(Message::text("x".repeat(length))).await;
        }
        std::future::pending().await
    })
    .await;
    let mut stream = opened(&url).await;
    assert_eq!(frame(&mut stream).await.len(), LIMIT);
    assert_eq!(failure(&mut stream).await.0, Kind::Protocol);
}

#[tokio::test]
async fn a_farewell_of_ours_is_heard() {
    let (url, task) = serving(async |mut peer| {
        assert!(matches!(peer.next().await, Some(Ok(Message::Close(_)))));
        assert!(peer.next().await.is_none());
    })
    .await;
    opened(&url).await.close().await;
    task.await.expect("the peer is content");
}

#[tokio::test]
async fn who_is_not_let_in_hears_the_status() {
    for (status, kind, delivery) in [
        ("401 Unauthorized", Kind::Unauthorized, Delivery::Never),
        ("503 Service Unavailable", Kind::Unavailable, Delivery::Maybe),
        ("200 OK", Kind::Protocol, Delivery::Maybe),
    ] {
        let server = Server::start(Reaction::answer(status, "x-trace: 7\r\n", b"{}")).await;
        let road = road(calm());
        let url = format!("ws://{}/", server.address);
        let error = road.transport.open(&at(&url, Destination::Trusted)).await.expect_err("no stream");
        assert_eq!((error.kind, error.delivery), (kind, delivery), "{status}");
        assert_eq!(error.status.map(|code| status.starts_with(&code.to_string())), Some(true));
        let [row] = road.entries().try_into().expect("one row");
        assert_eq!((row.status, row.response_status), (EntryStatus::Error, error.status));
        assert!(row.response_headers.is_some_and(|headers| headers.contains("x-trace")));
    }
}

#[tokio::test]
async fn what_is_no_answer_is_a_protocol_error() {
    let server = Server::start(Reaction::raw("220 mail ready\r\n\r\n")).await;
    let url = format!("ws://{}/", server.address);
    let error = road(calm()).transport.open(&at(&url, Destination::Trusted)).await.expect_err("no stream");
    assert_eq!((error.kind, error.delivery), (Kind::Protocol, Delivery::Maybe));
}

#[tokio::test]
async fn an_opening_leaves_a_row_and_shows_no_secret() {
    let (url, _) = serving(async |_peer| std::future::pending().await).await;
    let road = road(calm());
    let stream = road.transport.open(&at(&url, Destination::Trusted)).await.expect("a stream");
    let [row] = road.entries().try_into().expect("one row");
    assert_eq!((row.method.as_str(), row.endpoint.as_str()), ("WS", url.as_str()));
    assert_eq!((row.status, row.response_status, row.attempt), (EntryStatus::Success, Some(101), 1));
    assert!(!format!("{row:?} {stream:?}").contains("geheim"));
}

#[tokio::test]
async fn an_opening_is_limited_by_the_stages_like_any_call() {
    // Nobody answers here: the connection is taken and nothing is said.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback socket");
    let url = format!("ws://{}/", listener.local_addr().expect("an address"));
    let policy = Policy { timeout_ms: 100, breaker_failures: 1, ..calm() };
    let road = road(policy);
    let call = at(&url, Destination::Trusted);
    let error = road.transport.open(&call).await.expect_err("no stream");
    assert_eq!((error.kind, error.delivery), (Kind::Timeout, Delivery::Maybe));
    let error = road.transport.open(&call).await.expect_err("no stream");
    assert_eq!((error.kind, error.origin), (Kind::Unavailable, Fault::Us), "the breaker is open");
    assert_eq!(road.statuses(), [EntryStatus::Timeout, EntryStatus::Refused]);
}

#[tokio::test]
async fn an_opening_is_tried_again_where_calls_are() {
    let server = Server::start(Reaction::answer("503 Service Unavailable", "", b"")).await;
    let road = road(Policy { retries: 2, backoff_ms: 1, ..calm() });
    let url = format!("ws://{}/", server.address);
    road.transport.open(&at(&url, Destination::Trusted)).await.expect_err("no stream");
    assert_eq!((server.accepted(), road.entries().len()), (3, 3));
}

#[tokio::test]
async fn only_reads_over_websockets_are_opened() {
    let server = Server::start(Reaction::answer("200 OK", "", b"{}")).await;
    let road = Road::over(calm(), Arc::new(Wires::new(AllowList::default()).expect("wires")));
    let stream = at(&format!("ws://{}/", server.address), Destination::Trusted);
    let acting = Call { safety: Safety::Once, ..stream.clone() };
    let plain = at(&format!("http://{}/", server.address), Destination::Trusted);
    for call in [acting, plain.clone()] {
        let error = road.transport.open(&call).await.expect_err("no stream");
        assert_eq!((error.kind, error.delivery), (Kind::Internal, Delivery::Never));
    }
    let error = road.transport.send(&stream).await.expect_err("a stream is not sent");
    assert_eq!((error.kind, error.delivery), (Kind::Internal, Delivery::Never));
    assert_eq!(server.accepted(), 0);
    assert_eq!(road.transport.send(&plain).await.expect("an answer").status, 200);
}

#[tokio::test]
async fn a_guarded_opening_makes_no_connection_to_this_machine() {
    let server = Server::start(Reaction::answer("200 OK", "", b"{}")).await;
    let port = server.address.port();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1"] {
        for scheme in ["ws", "wss"] {
            let call = at(&format!("{scheme}://{host}:{port}/"), Destination::Guarded);
            let error = road(calm()).transport.open(&call).await.expect_err(host);
            assert_eq!(
                (error.kind, error.delivery, error.origin),
                (Kind::Invalid, Delivery::Never, Fault::Us),
                "{host}"
            );
        }
    }
    assert_eq!(server.accepted(), 0);
    let (url, _) = serving(async |mut peer| peer.send(Message::text("in")).await.expect("it leaves")).await;
    let networks = vec!["127.0.0.0/8".parse().expect("a network")];
    let allowed = Road::over(calm(), Arc::new(SocketWire::new(AllowList::new(networks)).expect("a wire")));
    let mut stream = allowed.transport.open(&at(&url, Destination::Guarded)).await.expect("an allowed network");
    assert_eq!(frame(&mut stream).await, "in");
}

#[tokio::test]
async fn nobody_there_has_never_been_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback socket");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    for url in
        [format!("ws://127.0.0.1:{port}/"), format!("wss://127.0.0.1:{port}/"), "ws://no-such-host.invalid/".into()]
    {
        let opening = road(calm()).transport;
        let call = at(&url, Destination::Trusted);
        let opening = tokio::time::timeout(secs(10), opening.open(&call)).await.expect("in time");
        let error = opening.expect_err("nobody");
        assert_eq!((error.kind, error.delivery), (Kind::Unavailable, Delivery::Never), "{url}");
    }
}

#[tokio::test]
async fn a_peer_without_tls_is_never_shaken_hands_with() {
    let server = Server::start(Reaction::raw("HTTP/1.1 101 Switching Protocols\r\n\r\n")).await;
    let call = at(&format!("wss://{}/", server.address), Destination::Trusted);
    let error = tokio::time::timeout(secs(10), road(Policy { timeout_ms: 500, ..calm() }).transport.open(&call)).await;
    assert!(matches!(error.expect("in time").expect_err("no stream").kind, Kind::Unavailable | Kind::Timeout));
    assert_eq!(server.requests(), 0, "no byte of the request left in clear");
}
