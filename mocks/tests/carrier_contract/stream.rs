//! The stream over a real WebSocket: what is told, resuming, and each fault of frames.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use mocks::{Fault, FaultKind, Mocks, carrier_contract::Account};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

use crate::client::{act, booking, head, now, post, start};

type Peer = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn open(mocks: &Mocks, query: &str) -> Result<Peer, Error> {
    let target = format!("/wingsly/v1/stream{query}");
    let mut request = format!("ws://{}{target}", mocks.address()).into_client_request().unwrap();
    for line in head(&Account::of("wingsly"), now(), "GET", &target, "").lines() {
        let (name, value) = line.split_once(": ").unwrap();
        let name: axum::http::HeaderName = name.parse().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    connect_async(request).await.map(|(peer, _)| peer)
}

/// The next frame; none when the stream ended, however.
async fn text(peer: &mut Peer) -> Option<String> {
    let next = tokio::time::timeout(Duration::from_secs(5), peer.next()).await.expect("in time");
    match next?.ok()? {
        Message::Text(text) => Some(text.to_string()),
        other => panic!("{other:?}"),
    }
}

/// The ids of the next frames.
async fn ids(peer: &mut Peer, count: usize) -> Vec<u64> {
    let mut ids = Vec::new();
    for _ in 0..count {
        let frame: Value = serde_json::from_str(&text(peer).await.expect("a frame")).unwrap();
        ids.push(frame["id"].as_u64().unwrap());
    }
    ids
}

/// A shipment of Wingsly to which four more things happened.
async fn told() -> Mocks {
    let mocks = start().await;
    assert_eq!(post(&mocks, "wingsly", "shipments", &booking("wingsly", "ref-1")).await.status, 201);
    for status in ["picked_up", "in_transit", "at_hub", "delivered"] {
        act(&mocks, "wingsly", "ref-1", status);
    }
    mocks
}

fn fault(kind: FaultKind) -> Fault {
    Fault::new("wingsly", kind).on("frame")
}

#[tokio::test]
async fn everything_is_told_from_where_it_is_resumed_and_then_what_happens() {
    let mocks = told().await;
    let mut all = open(&mocks, "").await.unwrap();
    let mut later = open(&mocks, "?after=3").await.unwrap();
    assert_eq!((ids(&mut all, 5).await, ids(&mut later, 2).await), (vec![1, 2, 3, 4, 5], vec![4, 5]));
    act(&mocks, "wingsly", "ref-1", "returned");
    let frame: Value = serde_json::from_str(&text(&mut later).await.unwrap()).unwrap();
    assert_eq!((&frame["id"], &frame["status"], &frame["reference"]), (&6.into(), &"returned".into(), &"ref-1".into()));
    all.send(Message::Ping("?".into())).await.unwrap();
    assert_eq!(ids(&mut all, 1).await, [6]);
    assert!(matches!(all.next().await, Some(Ok(Message::Pong(_)))));
    let frames = mocks.journal(Some("wingsly")).into_iter().filter(|entry| entry.operation == "frame");
    assert_eq!(frames.count(), 9);
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn another_account_hears_nothing_of_it() {
    let mocks = told().await;
    let account = Account { carrier: "wingsly".into(), api_key: "other".into(), api_secret: "secret".into() };
    let fields = serde_json::json!({ "api_key": account.api_key, "api_secret": account.api_secret });
    mocks.add_account("wingsly", fields).unwrap();
    let target = "/wingsly/v1/stream";
    let mut request = format!("ws://{}{target}", mocks.address()).into_client_request().unwrap();
    for line in head(&account, now(), "GET", target, "").lines() {
        let (name, value) = line.split_once(": ").unwrap();
        request.headers_mut().insert(name.parse::<axum::http::HeaderName>().unwrap(), value.parse().unwrap());
    }
    let (mut peer, _) = connect_async(request).await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(200), peer.next()).await.is_err());
}

#[tokio::test]
async fn it_is_cut_after_so_many_frames_and_nothing_is_lost_by_resuming() {
    let mocks = told().await;
    mocks.fault(Fault { times: Some(2), ..Fault::new("wingsly", FaultKind::Disconnect) });
    let mut peer = open(&mocks, "").await.unwrap();
    assert_eq!(ids(&mut peer, 2).await, [1, 2]);
    assert!(matches!(peer.next().await, Some(Err(_))), "a cut is no farewell");
    let mut peer = open(&mocks, "?after=2").await.unwrap();
    assert_eq!(ids(&mut peer, 3).await, [3, 4, 5]);
}

#[tokio::test]
async fn frames_come_twice_late_and_out_of_order() {
    let mocks = told().await;
    mocks.fault(fault(FaultKind::ReorderedCallback));
    mocks.fault(Fault { times: Some(2), ..fault(FaultKind::DuplicateCallback) });
    mocks.fault(Fault { delay_ms: Some(50), ..fault(FaultKind::LateCallback) });
    let mut peer = open(&mocks, "").await.unwrap();
    assert_eq!(ids(&mut peer, 7).await, [2, 2, 2, 1, 3, 4, 5]);
}

#[tokio::test]
async fn half_a_frame_is_told_anew_and_garbage_comes_beside_the_rest() {
    let mocks = told().await;
    mocks.fault(fault(FaultKind::WrongBody));
    mocks.fault(fault(FaultKind::Truncate));
    let mut peer = open(&mocks, "").await.unwrap();
    assert!(text(&mut peer).await.unwrap().starts_with("<html>"));
    assert_eq!(ids(&mut peer, 1).await, [1]);
    let half = text(&mut peer).await.unwrap();
    assert!(half.starts_with("{\"id\":2") && serde_json::from_str::<Value>(&half).is_err(), "{half}");
    assert_eq!(text(&mut peer).await, None);
    assert_eq!(ids(&mut open(&mocks, "?after=1").await.unwrap(), 4).await, [2, 3, 4, 5]);
}

#[tokio::test]
async fn who_asks_wrongly_is_not_let_in() {
    let mocks = told().await;
    for (query, status) in [("?after=x", 400), ("?after=1&more=2", 400), ("?before=1", 400)] {
        let Err(Error::Http(answer)) = open(&mocks, query).await else { panic!("{query} is let in") };
        assert_eq!(answer.status(), status);
    }
    let unsigned = format!("ws://{}/wingsly/v1/stream", mocks.address());
    let Err(Error::Http(answer)) = connect_async(unsigned).await else { panic!("it is let in") };
    assert_eq!(answer.status(), 401);
    mocks.fault(Fault::new("wingsly", FaultKind::Status).on("open_stream"));
    let Err(Error::Http(answer)) = open(&mocks, "").await else { panic!("it is let in") };
    assert_eq!(answer.status(), 503);
    mocks.fault(Fault::new("wingsly", FaultKind::CutBefore).on("open_stream"));
    assert!(!matches!(open(&mocks, "").await, Ok(_) | Err(Error::Http(_))));
}

#[tokio::test]
async fn it_ends_with_the_mocks() {
    let mocks = told().await;
    let mut peer = open(&mocks, "?after=5").await.unwrap();
    mocks.stop().await;
    assert_eq!(text(&mut peer).await, None);
}
