//! Alerts to operators: who is told what, how often, and what the messenger's faults do to it.

use std::time::Duration;

use jisr::db::endpoints::Endpoint;
use jisr::db::tasks::{self, Task, Wanted};
use jisr::db::{Time, endpoint_health};
use jisr::notify::{ALERT, Draft, NewEndpoint, admin};
use jisr::payments::{Caller, Idempotency};
use mocks::telegram::Sent;
use mocks::{Fault, FaultKind};
use schemas::store::Mode;
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

use crate::facade::party::{is_arabic, scoped};
use crate::harness::{Backend, Gateway, eventually, on_both, shut_port, uuid};

pub(super) const ADMIN: i64 = -1_001_000_000_001;
pub(super) const MONITOR: i64 = -1_001_000_000_002;
/// Long enough for whatever must not come.
pub(super) const WHILE: Duration = Duration::from_millis(1_500);
pub(super) const HOUR: Duration = Duration::from_secs(3_600);
const QUICK: (&str, &str) = ("JISR_ALERTS__RETRY_MS", "100");
pub(super) const WATCHFUL: (&str, &str) = ("JISR_ALERTS__WATCH_MS", "100");

fn caller(gateway: &Gateway) -> Caller {
    Caller { store: gateway.store, store_key: "default".into(), key: None, mode: Mode::Test, return_urls: [].into() }
}

pub(super) async fn endpoint(gateway: &Gateway, url: &str) -> Endpoint {
    let new = NewEndpoint { url: url.to_owned(), events: vec!["*".to_owned()], ..NewEndpoint::default() };
    gateway.facade.notify.make_endpoint(&caller(gateway), new).await.expect("an endpoint").0
}

async fn publish(gateway: &Gateway, times: usize) {
    for _ in 0..times {
        let idempotency = Idempotency { route: "test".to_owned(), key: uuid(), fingerprints: vec![vec![0; 32]] };
        let draft = Draft { event: "order.paid".into(), order_no: None, payload: "{}".into(), notify_url: None };
        gateway.facade.notify.publish(&caller(gateway), idempotency, draft).await.expect("it is published");
    }
}

/// A merchant that takes its time.
async fn slow_merchant(time: Duration) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let router = axum::Router::new().fallback(move || async move { tokio::time::sleep(time).await });
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

pub(super) fn now(gateway: &Gateway) -> Time {
    gateway.facade.ambient.now().into()
}

pub(super) fn task(gateway: &Gateway, kind: &str, key: &str, due_at: Time, payload: Value) -> Task {
    Task {
        id: gateway.facade.ambient.uuid(),
        kind: kind.to_owned(),
        lane: "operators".to_owned(),
        key: key.to_owned(),
        payload: Json(payload),
        due_at,
        attempts: 0,
        fence: 0,
        enqueued_by: None,
        created_at: now(gateway),
    }
}

pub(super) async fn enqueue(gateway: &Gateway, tasks: &[Task]) {
    let mut tx = gateway.facade.db.begin().await.expect("a transaction");
    tasks::enqueue_all(&mut tx, &tasks.iter().collect::<Vec<_>>()).await.expect("tasks");
    tx.commit().await.expect("a commit");
}

/// A breaker of no endpoint that is known: enough of an alert to be sent.
async fn alert(gateway: &Gateway) -> Task {
    let payload = json!({"alert": "breaker", "at": now(gateway).to_string(), "failures": 5});
    let task = task(gateway, ALERT, &uuid(), now(gateway), payload);
    enqueue(gateway, std::slice::from_ref(&task)).await;
    task
}

pub(super) async fn messages(gateway: &Gateway, count: usize) -> Vec<Sent> {
    eventually("a message", || async { gateway.mocks.messages().len() >= count }).await;
    let messages = gateway.mocks.messages();
    assert_eq!(messages.len(), count, "{messages:?}");
    messages
}

/// How a task stands; `None` when it is done.
async fn row(gateway: &Gateway, id: Uuid) -> Option<tasks::Row> {
    tasks::by_id(&gateway.facade.db, id).await.expect("an answer")
}

async fn done(gateway: &Gateway, task: &Task) {
    eventually("the task is done", || async { row(gateway, task.id).await.is_none() }).await;
}

pub(super) async fn told(gateway: &Gateway) -> Vec<Value> {
    let answer = scoped(gateway, None, &["admin"]).await.get("/v1/alerts").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["data"].as_array().cloned().unwrap_or_default()
}

fn telegram(kind: FaultKind, times: u32) -> Fault {
    Fault { times: Some(times), ..Fault::new("telegram", kind) }
}

fn received(gateway: &Gateway) -> Vec<mocks::JournalEntry> {
    gateway.mocks.journal(Some("telegram"))
}

on_both! {
    async fn a_breaker_is_told_to_administrators_once_in_both_languages(backend) {
        let gateway = Gateway::start(backend).await;
        let endpoint = endpoint(&gateway, "http://127.0.0.1:9/hook?token=planted-in-a-url").await;
        publish(&gateway, 5).await;
        let sent = &messages(&gateway, 1).await[0];
        assert_eq!((sent.chat_id, sent.silent), (ADMIN, false));
        let key = admin::merchant_key(&endpoint.url);
        for words in ["🚨 Merchant notification breaker", "Host: 127.0.0.1", "Store: default", &key, "Failures in a row: 5",
            "Breaker open for: 5 minutes", "(Tripoli)", "🚨 قاطع إشعارات التاجر", "عدد الإخفاقات المتتالية: 5"] {
            assert!(sent.text.contains(words), "{words}: {}", sent.text);
        }
        assert!(is_arabic(&sent.text) && !sent.text.contains("hook") && !sent.text.contains("planted"), "{}", sent.text);
        tokio::time::sleep(WHILE).await;
        messages(&gateway, 1).await;
        let kept = &told(&gateway).await[0];
        assert_eq!((&kept["key"], &kept["level"]), (&json!(format!("breaker:{}", endpoint.id)), &json!("critical")));
        assert_eq!((&kept["outcome"], &kept["data"]["failures"]), (&json!("sent"), &json!(5)));
        assert!(gateway.mocks.violations().is_empty(), "{:?}", gateway.mocks.violations());
        gateway.stop().await;
    }
}

on_both! {
    async fn slowness_is_told_to_those_who_watch_once_an_hour_and_by_hand_at_any_time(backend) {
        let gateway = Gateway::start_with(backend, &[("JISR_NOTIFY__SLOW_MS", "5")]).await;
        let endpoint = endpoint(&gateway, &slow_merchant(Duration::from_millis(60)).await).await;
        publish(&gateway, 4).await;
        let sent = &messages(&gateway, 1).await[0];
        assert_eq!(sent.chat_id, MONITOR);
        assert!(sent.text.contains("⚠️ Slow merchant") && sent.text.contains("Threshold: 0.005 seconds"), "{}", sent.text);
        tokio::time::sleep(WHILE).await;
        messages(&gateway, 1).await;
        let health = endpoint_health::read(&gateway.facade.db, endpoint.id).await.expect("an answer").expect("health");
        gateway.facade.notify.alert(admin::Alert::Slow, &endpoint, &health).await.expect("an alert");
        let by_hand = &messages(&gateway, 2).await[1];
        assert!(by_hand.text.contains("Sent by hand.") && by_hand.chat_id == MONITOR, "{}", by_hand.text);
        gateway.facade.notify.alert(admin::Alert::Breaker, &endpoint, &health).await.expect("an alert");
        let by_hand = &messages(&gateway, 3).await[2];
        assert!(by_hand.text.contains("the breaker is not open") && by_hand.chat_id == ADMIN, "{}", by_hand.text);
        gateway.stop().await;
    }
}

/// Carries connections to the mocks from now on, at a port that was shut before.
fn open_port(port: tokio::net::TcpSocket, to: std::net::SocketAddr) {
    let listener = port.listen(64).expect("the port");
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut far = tokio::net::TcpStream::connect(to).await.expect("the mocks");
                drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
            });
        }
    });
}

on_both! {
    async fn what_certainly_did_not_arrive_is_sent_again_until_it_does(backend) {
        let port = shut_port();
        let url = format!("http://{}/telegram", port.local_addr().expect("its address"));
        let own = [QUICK, ("TELEGRAM_BASE_URL", &url), ("JISR_POLICY__TELEGRAM__BREAKER_FAILURES", "1000")];
        let gateway = Gateway::start_with(backend, &own).await;
        let task = alert(&gateway).await;
        let tried = || async { row(&gateway, task.id).await.is_some_and(|row| row.task.attempts >= 2) };
        eventually("it is tried more than once", tried).await;
        assert_eq!(told(&gateway).await[0]["outcome"], "waiting");
        open_port(port, gateway.mocks.address());
        done(&gateway, &task).await;
        messages(&gateway, 1).await;
        assert_eq!((received(&gateway).len(), &told(&gateway).await[0]["outcome"]), (1, &json!("sent")));
        tokio::time::sleep(WHILE).await;
        messages(&gateway, 1).await;
        gateway.stop().await;
    }
}

on_both! {
    async fn a_cut_that_may_have_been_an_answer_is_not_followed_by_another_message(backend) {
        let gateway = Gateway::start_with(backend, &[QUICK]).await;
        gateway.mocks.fault(telegram(FaultKind::CutBefore, 1));
        let task = alert(&gateway).await;
        done(&gateway, &task).await;
        tokio::time::sleep(WHILE).await;
        assert_eq!((received(&gateway).len(), messages(&gateway, 0).await.len()), (1, 0));
        assert_eq!(told(&gateway).await[0]["outcome"], "unknown", "nobody here can tell it from an answer that was lost");
        gateway.stop().await;
    }
}

on_both! {
    async fn what_may_have_arrived_is_not_sent_again(backend) {
        let gateway = Gateway::start_with(backend, &[QUICK]).await;
        gateway.mocks.fault(telegram(FaultKind::ActThenCut, 1));
        let task = alert(&gateway).await;
        done(&gateway, &task).await;
        messages(&gateway, 1).await;
        assert_eq!(told(&gateway).await[0]["outcome"], "unknown");
        let reference = format!("alert-{}", task.id.simple());
        let logs = gateway.client.get(&format!("/v1/logs?reference={reference}")).await;
        assert_eq!((logs.at("/data/0/delivery"), logs.body["data"].as_array().map(Vec::len)), ("maybe".into(), Some(1)));
        // The same after a crash: the task comes again, and the log says that its message has left.
        let due = now(&gateway).after(HOUR);
        let again = Task { due_at: due, ..task.clone() };
        enqueue(&gateway, std::slice::from_ref(&again)).await;
        let wanted = Wanted { kind: ALERT, lane: "operators".to_owned(), from: jisr::db::Time::BEGINNING, most: 10 };
        let over = now(&gateway).before(HOUR);
        let held = tasks::claim(&gateway.facade.db, &[wanted], due, over).await.expect("a claim");
        assert_eq!(held.len(), 1, "somebody claimed it, and went away");
        enqueue(&gateway, &[Task { due_at: now(&gateway), ..again }]).await;
        tokio::time::sleep(WHILE).await;
        messages(&gateway, 1).await;
        assert_eq!(received(&gateway).len(), 1);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_refused_token_buries_the_alert_and_stands_nowhere(backend) {
        let token = "7000000009:jisr-mocks_telegram_0123456789abcde";
        let gateway = Gateway::start_with(backend, &[QUICK, WATCHFUL, ("TELEGRAM_BOT_TOKEN", token)]).await;
        let task = alert(&gateway).await;
        let buried = || async { row(&gateway, task.id).await.is_some_and(|row| row.buried_at.is_some()) };
        eventually("it is buried", buried).await;
        let row = row(&gateway, task.id).await.expect("a task");
        let error = row.last_error.expect("an error");
        assert!(error.contains("Unauthorized"), "{error}");
        tokio::time::sleep(WHILE).await;
        assert_eq!(received(&gateway).len(), 1, "an alert about alerts would come back here");
        let alerts = told(&gateway).await;
        assert_eq!((alerts.len(), &alerts[0]["outcome"]), (1, &json!("refused")), "{alerts:?}");
        let logs = gateway.client.get("/v1/logs?integration=telegram").await;
        let log = gateway.client.get(&format!("/v1/logs/{}", logs.at("/data/0/id"))).await;
        assert_eq!((log.status, log.body["response_status"].as_i64()), (200, Some(401)), "{log:?}");
        let trace = format!("{}/target/test-output/{}.log", env!("CARGO_MANIFEST_DIR"), std::process::id());
        let trace = std::fs::read_to_string(trace).expect("the log of this test");
        for shown in [&error, &log.raw, &logs.raw, &format!("{alerts:?}"), &trace] {
            assert!(!shown.contains("telegram_0123456789"), "the token");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn a_messenger_that_wants_time_has_it(backend) {
        let gateway = Gateway::start_with(backend, &[QUICK]).await;
        gateway.mocks.fault(Fault { delay_ms: Some(2_500), ..telegram(FaultKind::Pace, 1) });
        let task = alert(&gateway).await;
        messages(&gateway, 1).await;
        done(&gateway, &task).await;
        let entries = received(&gateway);
        let statuses: Vec<Option<u16>> = entries.iter().map(|entry| entry.status).collect();
        assert_eq!(statuses, [Some(429), Some(200)]);
        let waited = entries[1].at.duration_since(entries[0].at);
        assert!(waited.as_millis() >= 2_500, "{waited:?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn without_a_messenger_alerts_are_kept_and_logged(backend) {
        let gateway = Gateway::start_with(backend, &[("TELEGRAM_BOT_TOKEN", "")]).await;
        let task = alert(&gateway).await;
        done(&gateway, &task).await;
        let kept = told(&gateway).await;
        assert_eq!((kept.len(), &kept[0]["outcome"]), (1, &json!("logged")), "{kept:?}");
        assert!(received(&gateway).is_empty());
        gateway.stop().await;
    }
}

#[tokio::test]
async fn of_many_that_wait_the_critical_ones_leave_first() {
    let gateway = Gateway::start(Backend::Sqlite).await;
    let at = now(&gateway);
    let all = ["slow", "recovered", "breaker"].map(|kind| {
        let payload = json!({"alert": kind, "at": at.to_string(), "key": uuid()});
        task(&gateway, ALERT, &uuid(), at, payload)
    });
    enqueue(&gateway, &all).await;
    let chats: Vec<i64> = messages(&gateway, 3).await.into_iter().map(|sent| sent.chat_id).collect();
    assert_eq!(chats, [ADMIN, MONITOR, MONITOR]);
    let unknown = task(&gateway, ALERT, &uuid(), at, json!({"alert": "weather"}));
    enqueue(&gateway, std::slice::from_ref(&unknown)).await;
    let buried = || async { row(&gateway, unknown.id).await.is_some_and(|row| row.buried_at.is_some()) };
    eventually("it is buried", buried).await;
    gateway.stop().await;
}
