//! Answers compared with the samples, and what no sample shows.

use bytes::Bytes;

use super::*;

fn reply(body: &'static str) -> Reply {
    Reply { status: 200, headers: http::HeaderMap::new(), body: Bytes::from_static(body.as_bytes()) }
}

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/telegram/", $name))
    };
}

#[test]
fn a_sent_message_is_read() {
    assert!(outcome(&reply(sample!("sent.json"))).is_ok());
    assert_eq!(read(&reply(sample!("sent.json"))), Answer::Sent { id: Some("42".to_owned()) });
    assert_eq!(explain(&reply(sample!("sent.json"))), None);
}

#[test]
fn a_bot_is_told_who_it_is() {
    assert!(identity_outcome(&reply(sample!("me.json"))).is_ok());
    for (wrong, kind) in [
        (r#"{"ok":true,"result":{"id":1,"is_bot":false}}"#, Kind::Protocol),
        (r#"{"ok":true,"result":{"id":1}}"#, Kind::Protocol),
        (sample!("sent.json"), Kind::Protocol),
        (sample!("unauthorized.json"), Kind::Unauthorized),
    ] {
        assert_eq!(identity_outcome(&reply(wrong)).expect_err("no bot").kind, kind, "{wrong}");
    }
}

#[test]
fn it_is_sent_whatever_the_message_looks_like() {
    for body in [r#"{"ok":true}"#, r#"{"ok":true,"result":true}"#, r#"{"ok":true,"result":{"message_id":"x"}}"#] {
        assert!(outcome(&reply(body)).is_ok(), "{body}");
        assert_eq!(read(&reply(body)), Answer::Sent { id: None }, "{body}");
    }
}

#[test]
fn a_refusal_explains_itself() {
    let explanation = explain(&reply(sample!("too_many_requests.json"))).expect("an explanation");
    assert_eq!(explanation.message.as_deref(), Some("Too Many Requests: retry after 7"));
    assert_eq!(explanation.retry_after, Some(Duration::from_secs(7)));
    let explanation = explain(&reply(r#"{"ok":false,"parameters":{"retry_after":-1}}"#)).expect("an explanation");
    assert_eq!(explanation, Explanation::default());
}

#[test]
fn what_is_no_answer_says_nothing() {
    for body in ["", "null", "[]", "<html>", r#"{"ok":1}"#, r#"{"error_code":400}"#, r#"{"ok":true"#] {
        let refusal = outcome(&reply(body)).expect_err("no answer");
        assert_eq!((refusal.kind, refusal.delivery), (Kind::Protocol, Delivery::Maybe), "{body}");
        assert_eq!(explain(&reply(body)), None, "{body}");
    }
}

#[test]
fn a_code_means_what_the_status_would() {
    let meaning = |body| outcome(&reply(body)).map_err(|refusal| (refusal.kind, refusal.delivery)).expect_err("a no");
    assert_eq!(meaning(r#"{"ok":false,"error_code":409}"#), (Kind::Conflict, Delivery::Maybe));
    assert_eq!(meaning(r#"{"ok":false,"error_code":421}"#), (Kind::Invalid, Delivery::Never));
    assert_eq!(meaning(r#"{"ok":false,"error_code":502}"#), (Kind::Unavailable, Delivery::Maybe));
    assert_eq!(meaning(r#"{"ok":false,"error_code":"x"}"#), (Kind::Rejected, Delivery::Never));
}
