//! The address guard over real sockets: a host from outside leads to no private address, however it is spelt.

use std::sync::Arc;

use kit::guard::AllowList;
use kit::wire::{HttpWire, Wire};
use kit::{Call, Delivery, Destination, EntryStatus, Fault, Kind, Policy, Request};

use crate::server::{Reaction, Server};
use crate::support::{Road, calm, once, read};

/// Every one of them is this machine.
const LOOPBACK: [&str; 12] = [
    "127.0.0.1",
    "localhost",
    "LOCALHOST",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.1",
    "%31%32%37.0.0.1",
];

fn wire(allowed: &[&str]) -> HttpWire {
    let networks = allowed.iter().map(|network| network.parse().expect("a network")).collect();
    HttpWire::new(AllowList::new(networks)).expect("a wire")
}

fn to(call: Call, url: url::Url, destination: Destination) -> Call {
    Call { request: Request::post_json(url, destination, "{}"), ..call }
}

async fn server() -> Server {
    Server::start(Reaction::answer("200 OK", "", b"{}")).await
}

/// A trusted call arrives, and it is the first: whatever came before made no connection.
async fn assert_untouched(server: &Server) {
    let call = to(read(), server.url("127.0.0.1"), Destination::Trusted);
    wire(&[]).carry(&call).await.expect("the server is there");
    assert_eq!((server.accepted(), server.requests()), (1, 1));
}

#[tokio::test]
async fn a_guarded_call_to_this_machine_makes_no_connection() {
    let server = server().await;
    let wire = wire(&[]);
    for host in LOOPBACK {
        for call in [read(), once()] {
            let error = wire.carry(&to(call, server.url(host), Destination::Guarded)).await.expect_err(host);
            assert_eq!((error.kind, error.delivery), (Kind::Invalid, Delivery::Never), "{host}: {error:?}");
        }
    }
    assert_untouched(&server).await;
}

#[tokio::test]
async fn a_guarded_call_to_this_machine_over_ipv6_makes_no_connection() {
    // Where there is no IPv6, any port will do: the address is refused before it is tried.
    let server = Server::start_at("[::1]:0", Reaction::answer("200 OK", "", b"{}")).await;
    let port = server.as_ref().map_or(9, |server| server.address.port());
    let wire = wire(&[]);
    for host in ["[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"] {
        let url: url::Url = format!("http://{host}:{port}/").parse().expect("a url");
        for call in [read(), once()] {
            let error = wire.carry(&to(call, url.clone(), Destination::Guarded)).await.expect_err(host);
            assert_eq!((error.kind, error.delivery), (Kind::Invalid, Delivery::Never), "{host}: {error:?}");
        }
    }
    if let Some(server) = server {
        let url = format!("http://[::1]:{port}/").parse().expect("a url");
        wire.carry(&to(read(), url, Destination::Trusted)).await.expect("the server is there");
        assert_eq!(server.accepted(), 1, "whatever came before made no connection");
    }
}

#[tokio::test]
async fn an_allowed_network_is_reached_however_it_is_spelt() {
    let server = server().await;
    let wire = wire(&["127.0.0.0/8"]);
    for (index, host) in LOOPBACK.iter().enumerate() {
        let call = to(once(), server.url(host), Destination::Guarded);
        assert_eq!(wire.carry(&call).await.expect(host).status, 200);
        assert_eq!(server.accepted(), index + 1, "{host}");
    }
}

#[tokio::test]
async fn an_allowed_network_opens_no_other() {
    let server = server().await;
    let wire = wire(&["10.0.0.0/8"]);
    for host in LOOPBACK {
        let error = wire.carry(&to(once(), server.url(host), Destination::Guarded)).await.expect_err(host);
        assert_eq!((error.kind, error.delivery), (Kind::Invalid, Delivery::Never), "{host}");
    }
    assert_untouched(&server).await;
}

#[tokio::test]
async fn a_trusted_call_may_go_to_this_machine() {
    let server = server().await;
    for host in LOOPBACK {
        let call = to(once(), server.url(host), Destination::Trusted);
        assert_eq!(wire(&[]).carry(&call).await.expect(host).status, 200);
    }
    assert_eq!(server.accepted(), LOOPBACK.len());
}

#[tokio::test]
async fn a_guarded_call_does_not_use_a_connection_that_a_trusted_one_opened() {
    let server = server().await;
    let wire = wire(&[]);
    for host in ["127.0.0.1", "localhost"] {
        wire.carry(&to(read(), server.url(host), Destination::Trusted)).await.expect("a trusted host");
        let before = server.requests();
        wire.carry(&to(read(), server.url(host), Destination::Guarded)).await.expect_err(host);
        assert_eq!(server.requests(), before);
    }
}

#[tokio::test]
async fn a_refused_address_is_our_own_no_and_not_repeated() {
    let server = server().await;
    let policy = Policy { retries: 3, breaker_failures: 1, backoff_ms: 1, ..calm() };
    let road = Road::over(policy, Arc::new(wire(&[])));
    for host in ["127.0.0.1", "localhost"] {
        let call = to(once(), server.url(host), Destination::Guarded);
        let error = road.act(&call).await.expect_err(host);
        assert_eq!((error.kind, error.origin, error.delivery), (Kind::Invalid, Fault::Us, Delivery::Never));
    }
    assert_eq!(road.verbs(), ["complete", "complete"]);
    assert_eq!(road.statuses(), [EntryStatus::Error; 2]);
    assert!(!road.transport.is_shut(&read().account, "provider"));
    assert_untouched(&server).await;
}
