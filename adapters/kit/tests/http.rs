//! The HTTP wire over real sockets: what each way of failing says of delivery, and what the wire does not do on its own.

use std::sync::Arc;

use kit::guard::AllowList;
use kit::wire::{HttpWire, Wire, WireError};
use kit::{Call, Delivery, Destination, EntryStatus, Kind, Policy, Reply, Request, Safety};
use tokio::net::TcpListener;

use crate::server::{Reaction, Server};
use crate::support::{Road, call, calm, keyed, once, read};

const REPLY_LIMIT: usize = 4 * 1024 * 1024;

fn wire() -> HttpWire {
    HttpWire::new(AllowList::default()).expect("a wire")
}

fn at(call: Call, url: url::Url) -> Call {
    Call { request: Request::post_json(url, Destination::Trusted, r#"{"amount":5}"#), ..call }
}

/// One attempt at a server that reacts like this.
async fn carried(reaction: Reaction) -> Result<Reply, WireError> {
    let server = Server::start(reaction).await;
    let result = wire().carry(&at(once(), server.url("127.0.0.1"))).await;
    assert_eq!((server.accepted(), server.requests()), (1, 1), "one attempt and no more");
    result
}

fn assert_failed(result: Result<Reply, WireError>, kind: Kind, delivery: Delivery) {
    let error = result.expect_err("a broken answer");
    assert_eq!((error.kind, error.delivery), (kind, delivery), "{error:?}");
}

#[tokio::test]
async fn an_answer_comes_back_whole() {
    let reaction = Reaction::answer("201 Created", "x-trace: 7\r\n", br#"{"id":7}"#);
    let reply = carried(reaction).await.expect("an answer");
    assert_eq!((reply.status, reply.body.as_ref()), (201, br#"{"id":7}"#.as_slice()));
    assert_eq!(reply.headers["x-trace"], "7");
    assert!(carried(Reaction::answer("204 No Content", "", b"")).await.expect("an answer").body.is_empty());
}

#[tokio::test]
async fn a_refused_connection_has_never_arrived() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback socket");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let url = format!("http://127.0.0.1:{port}/").parse().expect("a url");
    assert_failed(wire().carry(&at(once(), url)).await, Kind::Unavailable, Delivery::Never);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_has_never_arrived() {
    for destination in [Destination::Trusted, Destination::Guarded] {
        let mut call = at(once(), "http://no-such-host.invalid/".parse().expect("a url"));
        call.request.destination = destination;
        assert_failed(wire().carry(&call).await, Kind::Unavailable, Delivery::Never);
    }
}

#[tokio::test]
async fn a_connection_closed_after_the_request_may_have_arrived() {
    assert_failed(carried(Reaction::raw("")).await, Kind::Unavailable, Delivery::Maybe);
    assert_failed(carried(Reaction::raw("HTTP/1.1 200 OK\r\ncontent-le")).await, Kind::Unavailable, Delivery::Maybe);
}

#[tokio::test]
async fn an_answer_that_is_no_http_may_have_arrived() {
    assert_failed(carried(Reaction::raw("220 mail ready\r\n\r\n")).await, Kind::Unavailable, Delivery::Maybe);
}

#[tokio::test]
async fn a_body_cut_short_may_have_arrived() {
    let length = "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"id\":";
    let chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\n{\"id\":\r\n";
    for cut in [length, chunks] {
        assert_failed(carried(Reaction::raw(cut)).await, Kind::Unavailable, Delivery::Maybe);
    }
}

#[tokio::test]
async fn an_answer_of_the_largest_size_is_read_and_one_byte_more_is_not() {
    let largest = carried(Reaction::answer("200 OK", "", &vec![b'x'; REPLY_LIMIT])).await.expect("an answer");
    assert_eq!(largest.body.len(), REPLY_LIMIT);
    let larger = carried(Reaction::answer("200 OK", "", &vec![b'x'; REPLY_LIMIT + 1])).await;
    assert_failed(larger, Kind::Protocol, Delivery::Maybe);
}

#[tokio::test]
async fn an_answer_without_a_length_is_limited_too() {
    let endless = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &vec![b'x'; REPLY_LIMIT + 1]].concat();
    assert_failed(carried(Reaction::raw(endless)).await, Kind::Protocol, Delivery::Maybe);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let elsewhere = Server::start(Reaction::answer("200 OK", "", b"{}")).await;
    for status in
        ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        let location = format!("location: {}\r\n", elsewhere.url("127.0.0.1"));
        let reply = carried(Reaction::answer(status, &location, b"")).await.expect("an answer");
        assert!(status.starts_with(&reply.status.to_string()));
    }
    let proof = wire().carry(&at(read(), elsewhere.url("127.0.0.1"))).await;
    assert_eq!((proof.expect("an answer").status, elsewhere.accepted()), (200, 1));
}

#[tokio::test]
async fn every_acting_call_has_a_connection_of_its_own() {
    let server = Server::start(Reaction::answer("200 OK", "", b"{}")).await;
    let wire = wire();
    for call in [once(), keyed(), once(), keyed()] {
        wire.carry(&at(call, server.url("127.0.0.1"))).await.expect("an answer");
    }
    assert_eq!((server.accepted(), server.requests()), (4, 4));
}

#[tokio::test]
async fn reads_share_connections_and_acting_calls_never_take_one_of_theirs() {
    let server = Server::start(Reaction::answer("200 OK", "", b"{}")).await;
    let wire = wire();
    for _ in 0..10 {
        wire.carry(&at(read(), server.url("127.0.0.1"))).await.expect("an answer");
    }
    let shared = server.accepted();
    assert!(shared < 10, "{shared} connections for ten reads");
    wire.carry(&at(once(), server.url("127.0.0.1"))).await.expect("an answer");
    assert_eq!((server.accepted(), server.requests()), (shared + 1, 11));
}

#[tokio::test]
async fn the_transport_tells_what_the_wire_found_out() {
    let server = Server::start(Reaction::raw("")).await;
    let policy = Policy { retries: 2, backoff_ms: 1, ..calm() };
    let road = Road::over(policy, Arc::new(wire()));
    for (safety, attempts) in [(Safety::Once, 1), (Safety::Keyed("key-1".to_owned()), 3), (Safety::Read, 3)] {
        let before = (server.requests(), road.entries().len());
        let error = road.go(&at(call(safety.clone()), server.url("127.0.0.1"))).await.expect_err("no answer");
        assert_eq!((error.kind, error.delivery), (Kind::Unavailable, Delivery::Maybe));
        assert_eq!(server.requests() - before.0, attempts, "{safety:?}");
        let ended = |row: &kit::Entry| row.status == EntryStatus::Error && row.delivery == Delivery::Maybe;
        assert_eq!(road.entries()[before.1..].iter().filter(|row| ended(row)).count(), attempts);
    }
}
