//! The probe: what it finds out, that it says nothing to anybody, and that it does not show the token.

use kit::{EntryStatus, Kind, Reading};
use messaging_adapters::{conformance, registry};
use mocks::{Fault, FaultKind, telegram::Bot};
use serde_json::json;

use crate::Stage;

async fn probe(stage: &Stage) -> Result<Option<Reading>, kit::Error> {
    conformance::probe(stage.messenger.as_ref(), &stage.transport).await
}

/// Nobody was written to, and no row shows the token.
fn assert_untouched(stage: &Stage) {
    assert!(stage.mocks.messages().is_empty() && stage.mocks.violations().is_empty());
    let rows = format!("{:?}", stage.recorder.rows());
    let token = Bot::default().token;
    let (_, secret) = token.split_once(':').expect("a token");
    assert!(!rows.contains(secret), "{rows}");
}

#[tokio::test]
async fn a_good_answer_is_good_and_leaves_no_row() {
    let stage = Stage::set(2).await;
    for _ in 0..3 {
        assert_eq!(probe(&stage).await.expect("a good answer"), Some(Reading::default()));
    }
    let asked = stage.mocks.journal(Some("telegram"));
    assert!(asked.len() == 3 && asked.iter().all(|entry| entry.operation == "getMe" && entry.method == "GET"));
    assert!(stage.recorder.rows().is_empty());
    assert_untouched(&stage);
}

#[tokio::test]
async fn no_answer_and_a_wrong_one_are_failures() {
    let stage = Stage::set(2).await;
    for (kind, status, expected) in [
        (FaultKind::Status, Some(500), Kind::Unavailable),
        (FaultKind::Status, Some(302), Kind::Protocol),
        (FaultKind::Truncate, None, Kind::Unavailable),
        (FaultKind::WrongBody, None, Kind::Protocol),
        (FaultKind::CutBefore, None, Kind::Unavailable),
        (FaultKind::Delay, None, Kind::Timeout),
        (FaultKind::ErrorIn200, None, Kind::Invalid),
    ] {
        for operation in [None, Some("getMe".to_owned())] {
            let before = stage.recorder.rows().len();
            let fault = Fault { status, operation, delay_ms: Some(1_300), ..Fault::new("telegram", kind) };
            stage.mocks.fault(fault);
            let error = probe(&stage).await.expect_err("it is no good answer");
            assert_eq!(error.kind, expected, "{kind:?} {status:?}: {error}");
            let rows = stage.recorder.rows().split_off(before);
            assert!(rows.len() == 1 && rows[0].1.status != EntryStatus::Success, "a failure leaves one row");
        }
    }
    probe(&stage).await.expect("it goes on");
    assert_untouched(&stage);
}

#[tokio::test]
async fn a_revoked_token_is_told_as_such() {
    let mut stage = Stage::set(2).await;
    let base = stage.mocks.base_url("telegram");
    let token = "7000000001:revoked_0123456789abcdefghijklmnop";
    let build = registry::provider("telegram").expect("a listed messenger").build;
    let account = build(json!({ "base_url": base }), json!({ "bot_token": token }), conformance::parts());
    stage.messenger = account.expect("an account");
    let error = probe(&stage).await.expect_err("a revoked token");
    assert_eq!((error.kind, error.status), (Kind::Unauthorized, Some(401)));
}
