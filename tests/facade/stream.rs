//! The feed as a stream: every event once and in order, over cuts too; who may open it, and when it is closed.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use jisr::db::events;
use jisr::events::new;
use schemas::event::{EndpointDisabled, EndpointDisabledReason};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::feed::{events as of_page, page, texts};
use super::party::{cash, live, nobody, problem, scoped, shop};
use crate::harness::{Backend, Client, Gateway, on_both, uuid};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const OPEN_WITHIN: Duration = Duration::from_secs(30);

/// Opens a stream with a key, or without one.
async fn open(gateway: &Gateway, query: &str, key: Option<&str>) -> Result<Socket, (u16, Value)> {
    let url = format!("{}/v1/feed/stream{query}", gateway.client.base().replace("http://", "ws://"));
    let mut request = url.into_client_request().expect("a request");
    if let Some(key) = key {
        request.headers_mut().insert("authorization", format!("Bearer {key}").parse().expect("a header"));
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => {
            let body = answer.body().as_deref().unwrap_or_default();
            Err((answer.status().as_u16(), serde_json::from_slice(body).unwrap_or(Value::Null)))
        }
        Err(error) => panic!("{error}"),
    }
}

/// A key of the default store that may read events.
async fn reader(gateway: &Gateway) -> String {
    crate::harness::key(&gateway.facade, Some(gateway.store), &["notify:read"]).await
}

async fn opened(gateway: &Gateway, query: &str) -> Socket {
    let key = reader(gateway).await;
    open(gateway, query, Some(&key)).await.expect("it opens")
}

/// The next event; pings are answered meanwhile.
async fn next(socket: &mut Socket) -> Value {
    loop {
        let message = tokio::time::timeout(OPEN_WITHIN, socket.next()).await.expect("in time").expect("it is open");
        if let Message::Text(text) = message.expect("a frame") {
            return serde_json::from_str(&text).expect("JSON");
        }
    }
}

async fn take(socket: &mut Socket, count: usize) -> Vec<Value> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.push(next(socket).await);
    }
    taken
}

/// The code it is closed with; what came before is passed over.
async fn closed(socket: &mut Socket) -> u16 {
    loop {
        match tokio::time::timeout(OPEN_WITHIN, socket.next()).await.expect("in time") {
            Some(Ok(Message::Close(Some(frame)))) => {
                // Reading on sends the answer.
                while let Some(Ok(_)) = socket.next().await {}
                return frame.code.into();
            }
            Some(Ok(_)) => {}
            other => panic!("it ended without a word: {other:?}"),
        }
    }
}

/// Appends so many events of the store, a few in each transaction.
async fn happen(gateway: &Gateway, count: usize) {
    let facade = &gateway.facade;
    for first in (0..count).step_by(10) {
        let mut tx = facade.db.begin().await.expect("a transaction");
        for _ in first..count.min(first + 10) {
            let endpoint = facade.ambient.uuid().into();
            let data = EndpointDisabled { endpoint, reason: EndpointDisabledReason::Owner };
            let event = new(&facade.ambient, gateway.store, false, data);
            events::append(&mut tx, &event).await.expect("it is appended");
        }
        tx.commit().await.expect("it is committed");
    }
}

/// What the feed has, page by page.
async fn feed(client: &Client, count: usize) -> Vec<Value> {
    super::feed::read_on_by(500, client, String::new(), count).await.0
}

on_both! {
    async fn a_thousand_events_come_once_and_in_order(backend) {
        let gateway = Gateway::start(backend).await;
        let mut socket = opened(&gateway, "").await;
        let (_, taken) = tokio::join!(happen(&gateway, 1_000), take(&mut socket, 1_000));
        let read = feed(&gateway.client, 1_000).await;
        assert_eq!(texts(&taken, "id"), texts(&read, "id"));
        for (mut streamed, paged) in taken.into_iter().zip(read) {
            let cursor = streamed.as_object_mut().and_then(|event| event.remove("cursor"));
            assert_eq!((cursor.as_ref(), &streamed), (Some(&paged["id"]), &paged));
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn it_goes_on_after_a_cut_without_a_gap_or_a_repeat(backend) {
        let gateway = Gateway::start(backend).await;
        let (mut taken, mut cursor) = (Vec::new(), String::new());
        let happening = happen(&gateway, 200);
        let reading = async {
            for part in 0..4 {
                let mut socket = opened(&gateway, &cursor).await;
                taken.extend(take(&mut socket, 50).await);
                cursor = format!("?after={}", texts(&taken, "cursor")[taken.len() - 1]);
                // Sometimes it ends in good form, sometimes it is cut.
                if part % 2 == 0 { socket.close(None).await.expect("it is closed") } else { drop(socket) }
            }
        };
        tokio::join!(happening, reading);
        assert_eq!(texts(&taken, "id"), texts(&feed(&gateway.client, 200).await, "id"));
        gateway.stop().await;
    }
}

on_both! {
    async fn only_events_of_the_name_come(backend) {
        let gateway = Gateway::start(backend).await;
        let mut socket = opened(&gateway, "?event=payment.cancelled").await;
        let payment = gateway.create(cash("A")).await;
        gateway.client.post(&format!("/v1/payments/{}/cancel", payment.id), json!({})).await;
        let event = next(&mut socket).await;
        assert_eq!((event["event"].as_str(), event["resource"].as_str()), (Some("payment.cancelled"), Some(&*payment.id)));
        gateway.stop().await;
    }
}

on_both! {
    async fn a_slow_reader_misses_nothing(backend) {
        let settings = [("JISR_STREAMS__PING_MS", "60000")];
        let gateway = Gateway::start_with(backend, &settings).await;
        let mut socket = opened(&gateway, "").await;
        happen(&gateway, 400).await;
        let mut taken = Vec::new();
        while taken.len() < 400 {
            tokio::time::sleep(Duration::from_millis(1)).await;
            taken.push(next(&mut socket).await);
        }
        assert_eq!(texts(&taken, "id"), texts(&feed(&gateway.client, 400).await, "id"));
        gateway.stop().await;
    }
}

#[tokio::test]
async fn who_may_open_it() {
    let gateway = Gateway::start(Backend::Sqlite).await;
    happen(&gateway, 1).await;
    let status = async |query: &str, key: Option<&str>| open(&gateway, query, key).await.err();
    let refused = status("", None).await.expect("no");
    assert_eq!((refused.0, refused.1["code"].as_str()), (401, Some("unauthorized")));
    assert_eq!(status("", Some("jsk_test_x")).await.expect("no").0, 401);
    let poor = crate::harness::key(&gateway.facade, Some(gateway.store), &["payments:read"]).await;
    assert_eq!(status("", Some(&poor)).await.expect("no").0, 403);
    let key = reader(&gateway).await;
    let unknown = status("?after=evt_01J9Z3N8M4Q0X7V5K2T6B1C8DE", Some(&key)).await.expect("no");
    assert_eq!((unknown.0, unknown.1["errors"][0]["field"].as_str()), (404, Some("after")));
    assert_eq!(status("?after=nonsense", Some(&key)).await.expect("no").0, 400);
    problem(&gateway.client.get("/v1/feed/stream").await, 400, "invalid_request");
    // Another store's event, and one of the other mode, are not there.
    let first = page(&gateway.client, "").await.text("next_cursor");
    let other = shop(&gateway, "other").await.post("/v1/keys", json!({"name": "r", "scopes": ["notify:read"]})).await;
    assert_eq!(status(&format!("?after={first}"), Some(&other.text("key"))).await.expect("no").0, 404);
    let live = live(&gateway).await.post("/v1/keys", json!({"name": "r", "scopes": ["notify:read"]})).await;
    assert_eq!(status(&format!("?after={first}"), Some(&live.text("key"))).await.expect("no").0, 404);
    gateway.stop().await;
}

on_both! {
    async fn a_token_opens_the_streams_of_its_store_and_mode(backend) {
        let gateway = Gateway::start(backend).await;
        let key = scoped(&gateway, Some(gateway.store), &["notify:read"]).await;
        let made = key.post("/v1/feed/tokens", json!({})).await;
        assert_eq!(made.status, 201, "{made:?}");
        let token = made.text("token");
        let mut own = open(&gateway, &format!("?token={token}"), None).await.expect("it opens");
        let others = shop(&gateway, "other").await.post("/v1/feed/tokens", json!({})).await.text("token");
        let mut other = open(&gateway, &format!("?token={others}"), None).await.expect("it opens");
        let live = live(&gateway).await.post("/v1/feed/tokens", json!({})).await.text("token");
        let mut live = open(&gateway, &format!("?token={live}"), None).await.expect("it opens");
        happen(&gateway, 3).await;
        assert_eq!(texts(&take(&mut own, 3).await, "store"), ["default"; 3]);
        for socket in [&mut other, &mut live] {
            assert!(tokio::time::timeout(Duration::from_millis(1_200), next(socket)).await.is_err());
        }
        gateway.stop().await;
    }
}

#[tokio::test]
async fn a_token_that_is_over_or_forged_opens_nothing() {
    let gateway = Gateway::start(Backend::Sqlite).await;
    let token = gateway.client.post("/v1/feed/tokens", json!({})).await.text("token");
    let others = shop(&gateway, "other").await.post("/v1/feed/tokens", json!({})).await.text("token");
    let [own, others]: [Vec<&str>; 2] = [&token, &others].map(|token| token.split('_').collect());
    let forged = [
        [own[0], "live", own[2], own[3], own[4]].join("_"),
        [own[0], own[1], others[2], own[3], own[4]].join("_"),
        [own[0], own[1], own[2], "9999999999", own[4]].join("_"),
        [own[0], own[1], own[2], own[3], others[4]].join("_"),
        // One whose time is over, made as ours are.
        over(&gateway, own[2]),
        "x".repeat(4_000),
    ];
    for token in forged {
        let refused = open(&gateway, &format!("?token={token}"), None).await.expect_err("it is refused");
        assert_eq!((refused.0, refused.1["code"].as_str()), (401, Some("unauthorized")), "{token}");
    }
    // It is of no use elsewhere, and a key of no use as a token.
    problem(&nobody(&gateway).with_key(&token).get("/v1/feed").await, 401, "unauthorized");
    let key = reader(&gateway).await;
    assert_eq!(open(&gateway, &format!("?token={key}"), None).await.expect_err("no").0, 401);
    gateway.stop().await;
}

fn over(gateway: &Gateway, store: &str) -> String {
    let claim = format!("test_{store}_{}", gateway.facade.ambient.now().as_second() - 1);
    let proof = gateway.facade.vault.derive(jisr::vault::Purpose::FeedToken, claim.as_bytes());
    format!("jft_{claim}_{proof}")
}

#[tokio::test]
async fn a_reader_that_does_not_answer_is_closed_and_one_that_does_is_not() {
    let gateway = Gateway::start_with(Backend::Sqlite, &[("JISR_STREAMS__PING_MS", "200")]).await;
    // A socket answers pings while it is read, and only then.
    let (mut silent, mut lively) = (opened(&gateway, "").await, opened(&gateway, "").await);
    let mut pings = 0;
    let until = tokio::time::Instant::now() + Duration::from_millis(1_500);
    while let Ok(Some(Ok(message))) = tokio::time::timeout_at(until, lively.next()).await {
        pings += usize::from(message.is_ping());
    }
    assert!((5..=8).contains(&pings), "{pings} pings");
    assert_eq!(closed(&mut silent).await, 4408);
    happen(&gateway, 1).await;
    next(&mut lively).await;
    gateway.stop().await;
}

#[tokio::test]
async fn a_revoked_key_closes_what_it_opened() {
    let gateway = Gateway::start_with(Backend::Sqlite, &[("JISR_STREAMS__PING_MS", "100")]).await;
    let made = gateway.client.post("/v1/keys", json!({"name": "r", "scopes": ["notify:read"]})).await;
    let mut socket = open(&gateway, "", Some(&made.text("key"))).await.expect("it opens");
    assert!(gateway.client.send("DELETE", &format!("/v1/keys/{}", made.text("id")), None, &[]).await.status < 300);
    assert_eq!(closed(&mut socket).await, 4401);
    gateway.stop().await;
}

#[tokio::test]
async fn streams_have_a_number_and_leaving_ends_them() {
    let own = [("JISR_STREAMS__PER_STORE", "2"), ("JISR_STREAMS__PER_PROCESS", "3")];
    let gateway = Gateway::start_with(Backend::Sqlite, &own).await;
    let key = reader(&gateway).await;
    let (mut first, second) = (opened(&gateway, "").await, opened(&gateway, "").await);
    let refused = open(&gateway, "", Some(&key)).await.expect_err("it is refused");
    assert_eq!((refused.0, refused.1["code"].as_str()), (429, Some("rate_limited")));
    let others = shop(&gateway, "other").await.post("/v1/feed/tokens", json!({})).await.text("token");
    let third = open(&gateway, &format!("?token={others}"), None).await.expect("it opens");
    assert_eq!(open(&gateway, &format!("?token={others}"), None).await.expect_err("no").0, 429);
    drop((second, third));
    crate::harness::eventually("a free place", || async { open(&gateway, "", Some(&key)).await.is_ok() }).await;
    let began = tokio::time::Instant::now();
    let (code, ()) = tokio::join!(closed(&mut first), gateway.stop());
    assert_eq!(code, 1001);
    assert!(began.elapsed() < Duration::from_secs(4), "leaving took {:?}", began.elapsed());
}

#[tokio::test]
async fn what_a_reader_says_is_not_heard() {
    let gateway = Gateway::start(Backend::Sqlite).await;
    let mut socket = opened(&gateway, "").await;
    socket.send(Message::text(uuid())).await.expect("it is sent");
    happen(&gateway, 1).await;
    let event = next(&mut socket).await;
    assert_eq!(of_page(&page(&gateway.client, "").await)[0]["id"], event["id"]);
    // More than a few bytes are not taken in.
    drop(socket.send(Message::text("x".repeat(100_000))).await);
    while let Some(Ok(_)) = socket.next().await {}
    gateway.stop().await;
}
