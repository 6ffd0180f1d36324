//! Each fault of a call, as the bytes on the wire show it.

use std::time::{Duration, Instant};

use mocks::{Fault, FaultKind, Mocks, telegram::Bot};
use serde_json::json;

use crate::client::{Answer, message, path, post, send, start};

/// Sends a message under a fault; says whether it was sent.
async fn under(fault: Fault) -> (Mocks, Answer, bool) {
    let mocks = start().await;
    mocks.fault(fault);
    let answer = send(&mocks, message()).await;
    let sent = !mocks.messages().is_empty();
    assert_eq!(mocks.journal(Some("telegram")).pop().unwrap().acted, sent);
    assert!(mocks.violations().is_empty());
    (mocks, answer, sent)
}

fn fault(kind: FaultKind) -> Fault {
    Fault::new("telegram", kind).on("sendMessage")
}

#[tokio::test]
async fn cuts() {
    let (_, answer, sent) = under(fault(FaultKind::CutBefore)).await;
    assert_eq!((answer.raw.len(), sent), (0, false));
    let (mocks, answer, sent) = under(fault(FaultKind::ActThenCut)).await;
    assert_eq!((answer.raw.len(), sent), (0, true));
    // It happened once: the next call is answered as usual.
    assert_eq!(send(&mocks, message()).await.json()["result"]["message_id"], 2);
}

#[tokio::test]
async fn broken_answers() {
    let (_, answer, sent) = under(fault(FaultKind::Truncate)).await;
    assert_eq!((answer.status, sent), (200, true));
    assert!(answer.header("content-length").unwrap().parse::<usize>().unwrap() > answer.body.len());
    let (_, answer, sent) = under(fault(FaultKind::WrongBody)).await;
    assert_eq!((answer.status, sent, answer.header("content-type")), (200, true, Some("text/html")));
}

#[tokio::test]
async fn errors() {
    let (_, answer, sent) = under(fault(FaultKind::ErrorIn200)).await;
    assert_eq!((answer.status, sent), (200, false));
    assert_eq!((&answer.json()["ok"], &answer.json()["error_code"]), (&json!(false), &json!(400)));
    let (_, answer, sent) = under(fault(FaultKind::Status)).await;
    assert_eq!((answer.status, sent), (503, false));
    assert_eq!(answer.json()["description"], "Service Unavailable");
    let (_, answer, _) = under(Fault { status: Some(403), ..fault(FaultKind::Status) }).await;
    assert_eq!((answer.status, &answer.json()["error_code"]), (403, &json!(403)));
}

#[tokio::test]
async fn delays() {
    let began = Instant::now();
    let (_, answer, sent) = under(Fault { delay_ms: Some(200), ..fault(FaultKind::Delay) }).await;
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert_eq!((answer.status, sent), (200, true));
    let mocks = start().await;
    mocks.fault(Fault { delay_ms: Some(150), ..fault(FaultKind::Delay) });
    assert!(tokio::time::timeout(Duration::from_millis(50), send(&mocks, message())).await.is_err());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(mocks.messages().len(), 1, "a client that stops waiting does not stop the provider");
}

#[tokio::test]
async fn a_pace_is_kept_by_the_whole_bot() {
    let (mocks, answer, sent) = under(Fault { delay_ms: Some(1_200), ..fault(FaultKind::Pace) }).await;
    assert_eq!((answer.status, sent, answer.header("retry-after")), (429, false, Some("2")));
    let expected = json!({
        "ok": false,
        "error_code": 429,
        "description": "Too Many Requests: retry after 2",
        "parameters": { "retry_after": 2 },
    });
    assert_eq!(answer.json(), expected);
    let other = json!({ "chat_id": "@jisr_monitor", "text": "another chat" });
    assert_eq!(send(&mocks, other).await.status, 429);
    mocks.add_bot(Bot { token: "9:another-bot".to_owned(), ..Bot::default() });
    assert_eq!(post(&mocks, "/telegram/bot9:another-bot/sendMessage", &message()).await.status, 200);
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    assert_eq!(send(&mocks, message()).await.status, 200);
    assert!(mocks.violations().is_empty(), "being too quick is no mistake in the call");
}

#[tokio::test]
async fn down_until_cleared() {
    let mocks = start().await;
    let down = json!({ "provider": "telegram", "operation": "connect", "kind": "cut_before" });
    assert_eq!(post(&mocks, "/_faults", &down).await.status, 200);
    for _ in 0..2 {
        assert!(send(&mocks, message()).await.raw.is_empty());
    }
    mocks.clear_faults();
    assert_eq!(send(&mocks, message()).await.status, 200);
}

#[tokio::test]
async fn faults_match_operation_and_bot() {
    let mocks = start().await;
    let list = json!([
        { "provider": "telegram", "kind": "status", "terminal": "9" },
        { "provider": "telegram", "kind": "pace", "operation": "send_message", "terminal": "7000000001" },
        { "provider": "moamalat", "kind": "status" },
    ]);
    assert_eq!(post(&mocks, "/_faults", &list).await.json()["queued"], 3);
    assert_eq!(post(&mocks, &path("sendMessage"), &message()).await.status, 429);
    for wrong in [
        json!({ "provider": "telegram", "kind": "duplicate_callback" }),
        json!({ "provider": "telegram", "kind": "status", "operation": "RefundTransaction" }),
        json!({ "provider": "moamalat", "kind": "pace" }),
        json!({ "provider": "nobody", "kind": "status" }),
    ] {
        assert_eq!(post(&mocks, "/_faults", &wrong).await.status, 422, "{wrong}");
    }
}
