//! The adapter over the real transport and a scripted wire: what is described, and what becomes of each answer.

use std::sync::Arc;
use std::time::Duration;

use kit::testing::{ListRecorder, Script, ScriptedWire, ambient};
use kit::{Delivery, Policies, Policy, Safety, Transport};
use serde_json::json;

use super::*;
use crate::conformance::{self, message, send};

const TOKEN: &str = "7000000001:AAtests-only_0123456789abcdefghijkl";
const CHAT: &str = "-1001000000001";

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../schemas/providers/telegram/", $name))
    };
}

fn bot() -> Telegram {
    let configuration = json!({"admin_chat_id": CHAT, "monitor_chat_id": "@jisr_alerts"});
    Telegram::build(configuration, json!({"bot_token": TOKEN}), conformance::parts())
        .unwrap_or_else(|error| panic!("{error}"))
}

fn road(retries: u32, script: impl IntoIterator<Item = Script>) -> (Transport, Arc<ScriptedWire>, Arc<ListRecorder>) {
    let (wire, recorder) = (ScriptedWire::new(script), Arc::new(ListRecorder::default()));
    let policies = Policies { default: Policy { retries, ..Policy::default() }, ..Policies::default() };
    (Transport::new(ambient(), policies, Arc::clone(&recorder) as _, Arc::clone(&wire) as _), wire, recorder)
}

#[tokio::test(start_paused = true)]
async fn it_keeps_the_promises() {
    conformance::all(&bot(), CHAT, TOKEN).await;
    for refusal in [sample!("chat_not_found.json"), sample!("too_many_requests.json"), sample!("kicked.json")] {
        conformance::reads_no_refusal_as_sent(&bot(), refusal);
    }
}

#[test]
fn it_knows_whom_to_tell() {
    assert_eq!((bot().chat(Audience::Admin), bot().chat(Audience::Monitor)), (Some(CHAT), Some("@jisr_alerts")));
}

#[tokio::test(start_paused = true)]
async fn a_message_is_sent_once_to_the_bots_own_path() {
    let call = bot().describe(&message(CHAT)).await.expect("a call");
    assert_eq!(call.request.url.as_str(), format!("https://api.telegram.org/bot{TOKEN}/sendMessage"));
    assert_eq!((call.safety, call.operation), (Safety::Once, "sendMessage"));
}

#[tokio::test(start_paused = true)]
async fn a_sent_message_has_an_id() {
    let (transport, _, recorder) = road(0, [Script::Answer(200, sample!("sent.json"))]);
    let answer = send(&bot(), &transport, &message(CHAT)).await.expect("an answer");
    assert_eq!(answer, Answer::Sent { id: Some("42".to_owned()) });
    let row = recorder.rows()[0].1.clone();
    assert_eq!(row.endpoint, "https://api.telegram.org/bot***/sendMessage");
    let (request, answer) = (row.request_body.expect("a body"), row.response_body.expect("a body"));
    assert!(request.contains(CHAT) && request.contains(r#""text":"***""#), "{request}");
    assert!(answer.contains("42") && !answer.contains("not reachable"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn each_refusal_has_its_kind_and_its_words() {
    use {Delivery::*, Kind::*};
    let table = [
        (400, sample!("chat_not_found.json"), Invalid, "Bad Request: chat not found"),
        (400, sample!("text_empty.json"), Invalid, "Bad Request: message text is empty"),
        (400, sample!("text_too_long.json"), Invalid, "Bad Request: message is too long"),
        (400, sample!("chat_migrated.json"), Invalid, "Bad Request: group chat was upgraded to a supergroup chat"),
        (401, sample!("unauthorized.json"), Unauthorized, "Unauthorized"),
        (403, sample!("kicked.json"), Unauthorized, "Forbidden: bot was kicked from the supergroup chat"),
        (404, sample!("not_found.json"), NotFound, "Not Found"),
        (429, sample!("too_many_requests.json"), RateLimited, "Too Many Requests: retry after 7"),
    ];
    for (status, body, kind, words) in table {
        for status in [status, 200] {
            let (transport, ..) = road(0, [Script::Answer(status, body)]);
            let error = send(&bot(), &transport, &message(CHAT)).await.expect_err("a refusal");
            assert_eq!((error.kind, error.delivery), (kind, Never), "{status} {words}");
            assert!(error.message.ends_with(words), "{}", error.message);
            let wait = (kind == RateLimited).then_some(Duration::from_secs(7));
            assert_eq!(error.retry_after, wait, "{status} {words}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wish_to_be_left_alone_is_heeded() {
    let script = [Script::Answer(429, sample!("too_many_requests.json")), Script::Answer(200, sample!("sent.json"))];
    let (transport, wire, _) = road(1, script);
    let began = tokio::time::Instant::now();
    send(&bot(), &transport, &message(CHAT)).await.expect("the second attempt is served");
    assert_eq!((wire.carried().len(), began.elapsed().as_secs()), (2, 7));
}

#[tokio::test(start_paused = true)]
async fn what_may_be_sent_is_not_sent_again() {
    for script in [
        Script::Cut,
        Script::Answer(200, "<html>"),
        Script::Answer(200, r#"{"ok":"yes"}"#),
        Script::Answer(200, r#"{"ok":true,"result":{"mess"#),
        Script::Answer(502, "Bad Gateway"),
        Script::Answer(500, r#"{"ok":false,"error_code":500,"description":"Internal Server Error"}"#),
        Script::Answer(200, r#"{"ok":false,"error_code":500,"description":"Internal Server Error"}"#),
    ] {
        let (transport, wire, _) = road(2, [script.clone()]);
        let error = send(&bot(), &transport, &message(CHAT)).await.expect_err("no answer that can be believed");
        assert_eq!((error.delivery, wire.carried().len()), (Delivery::Maybe, 1), "{script:?}");
    }
}
