//! The adapter over the real transport: pages, receipts, errors, and what the allowance lets through.

use std::sync::{Arc, Mutex};

use kit::testing::{Script, ScriptedWire};
use kit::{Allowances, Fault, testing};
use serde_json::json;

use super::*;
use crate::conformance;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../schemas/providers/tlync/", $name))
    };
}

const PAID: Script = Script::Answer(200, sample!("receipt_success_flat.json"));
const INCOMPLETE: Script = Script::Answer(200, sample!("receipt_incomplete.json"));

fn build(parts: Parts) -> Tlync {
    let configuration = json!({"store_id": "w9ZqjR4bM2"});
    Tlync::build(configuration, json!({"token": "t"}), parts).unwrap_or_else(|error| panic!("{error}"))
}

fn account(script: impl IntoIterator<Item = Script>) -> (Tlync, Arc<ScriptedWire>) {
    let wire = ScriptedWire::new(script);
    (build(conformance::parts(Arc::clone(&wire))), wire)
}

fn questions(count: usize) -> Vec<Question> {
    (1..=count).map(|number| conformance::question(&format!("jisr-0190a3f2-{number}"))).collect()
}

/// Lets so many through and then none, and remembers by which scopes it was asked.
struct Few(Mutex<(usize, Vec<String>)>, fn() -> Denied);

#[async_trait]
impl Allowances for Few {
    async fn take(&self, scope: &str, allowance: Allowance) -> Result<(), Denied> {
        assert_eq!(allowance, ALLOWANCE);
        let mut state = self.0.lock().expect("no thread has panicked");
        state.1.push(scope.to_owned());
        match state.0.checked_sub(1) {
            Some(left) => {
                state.0 = left;
                Ok(())
            }
            None => Err((self.1)()),
        }
    }
}

fn rationed(
    left: usize,
    denied: fn() -> Denied,
    script: impl IntoIterator<Item = Script>,
) -> (Tlync, Arc<ScriptedWire>, Arc<Few>) {
    let wire = ScriptedWire::new(script);
    let few = Arc::new(Few(Mutex::new((left, Vec::new())), denied));
    let allowances = Arc::clone(&few) as Arc<dyn Allowances>;
    let account = build(Parts { allowances, ..conformance::parts(Arc::clone(&wire)) });
    (account, wire, few)
}

fn later() -> Denied {
    Denied::Later(Duration::from_millis(2_500))
}

#[test]
fn in_any_minute_there_are_thirty_at_the_most() {
    let in_a_minute = u64::from(ALLOWANCE.burst) + 60 / ALLOWANCE.every.as_secs();
    assert_eq!(in_a_minute, 30);
}

#[tokio::test(start_paused = true)]
async fn a_page_is_opened() {
    let (account, wire) = account([Script::Answer(200, sample!("initiate_accepted.json"))]);
    let order = conformance::order(&CARD);
    let Opening::Call(call) = account.open(&order).await.expect("an opening") else { panic!("nothing is ready") };
    let reply = account.parts.transport.act(&call, testing::intent(&call)).await.expect("an answer");
    assert_eq!(account.read_opening(&order, &reply).expect("a session").id, order.wire_reference);
    assert_eq!(wire.carried().len(), 1);
    assert_eq!(account.lane(), "uat-api.tlync.ly/w9ZqjR4bM2");
}

#[tokio::test(start_paused = true)]
async fn refused_pages_say_why() {
    for (script, kind, delivery) in [
        (Script::Answer(422, sample!("initiate_invalid.json")), Kind::Invalid, Delivery::Never),
        (Script::Answer(422, sample!("initiate_duplicate.json")), Kind::Invalid, Delivery::Never),
        (Script::Answer(401, sample!("unauthorized.json")), Kind::Unauthorized, Delivery::Never),
        (Script::Answer(429, sample!("too_many_requests.json")), Kind::RateLimited, Delivery::Never),
        (Script::Answer(500, ""), Kind::Unavailable, Delivery::Maybe),
        (Script::Answer(200, r#"{"result":"failed"}"#), Kind::Protocol, Delivery::Maybe),
        (Script::Answer(200, "<html>"), Kind::Protocol, Delivery::Maybe),
        (Script::Cut, Kind::Unavailable, Delivery::Maybe),
        (Script::Refused, Kind::Unavailable, Delivery::Never),
    ] {
        let (account, wire) = account([script.clone()]);
        let Ok(Opening::Call(call)) = account.open(&conformance::order(&CARD)).await else { panic!("an opening") };
        let error = account.parts.transport.act(&call, testing::intent(&call)).await.expect_err("a refusal");
        assert_eq!((error.kind, error.delivery), (kind, delivery), "{script:?}");
        assert_eq!(wire.carried().len(), 1, "it is not repeated");
    }
}

#[tokio::test(start_paused = true)]
async fn each_question_is_asked_by_its_own_reference() {
    let (account, wire) = account([INCOMPLETE, PAID, Script::Answer(404, sample!("receipt_not_found.json"))]);
    let found = account.ask(&questions(3)).await.expect("findings");
    let counts: Vec<usize> = found.iter().map(|finding| finding.transactions.len()).collect();
    assert_eq!(counts, [0, 1, 0]);
    // The sample is of the first reference, and so it is not what the second one was asked for.
    assert!(!found[1].transactions[0].ours);
    let asked: Vec<_> = wire.carried().iter().map(|call| call.reference.clone().expect("a reference")).collect();
    assert_eq!(asked, ["jisr-0190a3f2-1", "jisr-0190a3f2-2", "jisr-0190a3f2-3"]);
    assert!(account.ask(&[]).await.expect("findings").is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_asked_is_an_error() {
    for (script, kind) in [
        (Script::Answer(404, "<html>"), Kind::Protocol),
        (Script::Answer(404, r#"{"message":"Not Found"}"#), Kind::Protocol),
        (Script::Answer(200, r#"{"result":"unknown"}"#), Kind::Protocol),
        (Script::Answer(401, sample!("unauthorized.json")), Kind::Unauthorized),
        (Script::Answer(429, sample!("too_many_requests.json")), Kind::RateLimited),
        (Script::Answer(503, ""), Kind::Unavailable),
        (Script::Cut, Kind::Unavailable),
        (Script::Late(Duration::from_secs(60), 200, sample!("receipt_success_flat.json")), Kind::Timeout),
    ] {
        let (account, _) = account([INCOMPLETE, script.clone()]);
        let error = account.ask(&questions(2)).await.expect_err("an error");
        assert_eq!(error.kind, kind, "{script:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn both_endpoints_are_counted_apart_and_for_the_store() {
    let (account, wire, few) = rationed(9, later, [INCOMPLETE]);
    account.open(&conformance::order(&CARD)).await.expect("an opening");
    account.ask(&questions(1)).await.expect("findings");
    let scopes = few.0.lock().expect("no thread has panicked").1.clone();
    let scope = |endpoint: &str| format!("tlync/uat-api.tlync.ly/w9ZqjR4bM2/{endpoint}");
    assert_eq!(scopes, [scope("initiate"), scope("receipt")]);
    assert_eq!(wire.carried().len(), 1);
    // An order that is refused costs nothing.
    let nowhere = Order { gateway: "nowhere".to_owned(), ..conformance::order(&CARD) };
    account.open(&nowhere).await.expect_err("a refusal");
    assert_eq!(few.0.lock().expect("no thread has panicked").1.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_an_allowance_nothing_is_sent() {
    let unreachable = || Denied::Unreachable("the database is stopped".into());
    let wait = Some(Duration::from_millis(2_500));
    for (denied, kind, retry_after) in
        [(later as fn() -> Denied, Kind::RateLimited, wait), (unreachable, Kind::Internal, None)]
    {
        let (account, wire, _) = rationed(0, denied, []);
        let opened = account.open(&conformance::order(&CARD)).await.expect_err("an error");
        let asked = account.ask(&questions(1)).await.expect_err("an error");
        for error in [opened, asked] {
            assert_eq!((error.kind, error.origin, error.delivery), (kind, Fault::Us, Delivery::Never));
            assert_eq!(error.retry_after, retry_after);
        }
        assert!(wire.carried().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn where_the_allowance_ends_midway_no_question_is_answered() {
    let (account, wire, _) = rationed(2, later, [INCOMPLETE, PAID]);
    let error = account.ask(&questions(3)).await.expect_err("an error");
    assert_eq!((error.kind, error.origin), (Kind::RateLimited, Fault::Us));
    assert_eq!(wire.carried().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn asked_one_at_a_time_a_small_allowance_still_gets_on() {
    let (account, wire, _) = rationed(2, later, [INCOMPLETE, PAID]);
    assert_eq!(account.questions_at_once(), 1);
    let questions = questions(3);
    let mut answered = 0;
    for question in questions.chunks(account.questions_at_once()) {
        match account.ask(question).await {
            Ok(_) => answered += 1,
            Err(error) => assert_eq!(error.retry_after, Some(Duration::from_millis(2_500))),
        }
    }
    assert_eq!((answered, wire.carried().len()), (2, 2));
}
