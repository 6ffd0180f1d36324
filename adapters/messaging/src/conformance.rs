//! The conformance suite: the numbered promises of `port.rs`, one function each, over any messenger.
//!
//! They panic with the promise that was broken. Those that send are run over a real transport, against the mock.

use bytes::Bytes;
use http::HeaderMap;
use kit::testing::{ScriptedWire, intent};
use kit::{Call, Delivery, Error, Kind, Parts, Reading, Reply, Safety, Transport};

use crate::port::{Answer, Message, Messenger};

/// Everything an adapter is built from, in test mode.
pub fn parts() -> Parts {
    kit::testing::parts(ScriptedWire::new([]), jiff::Timestamp::UNIX_EPOCH)
}

/// Something to say, with all that a markup would stumble over.
pub fn message(chat: &str) -> Message {
    Message {
        reference: "jisr-0190a3f2-m1".to_owned(),
        chat: chat.to_owned(),
        text: "Moamalat: *down* since 12:05 <since> & [still] _down_ `x` \\ .!#+-=|{}~>\nمعاملات لا تستجيب 🔴".to_owned(),
        silent: false,
    }
}

/// Every promise that needs no answer of the messenger.
pub async fn all(messenger: &dyn Messenger, chat: &str, secret: &str) {
    let message = message(chat);
    describes_the_same(messenger, &message).await;
    acts_for_its_account(messenger, &message).await;
    refuses_what_it_cannot_carry(messenger, &message).await;
    cuts_what_is_too_long(messenger, &message).await;
    shows_no_credential(messenger, &message, secret).await;
    reads_any_answer(messenger);
    describes_a_probe(messenger, secret).await;
}

async fn described(messenger: &dyn Messenger, message: &Message) -> Call {
    messenger.describe(message).await.expect("promise 1: a message is described")
}

/// "1. Describes the sending and sends nothing; the same message gives the same call."
pub async fn describes_the_same(messenger: &dyn Messenger, message: &Message) {
    let (first, second) = (described(messenger, message).await, described(messenger, message).await);
    let parts = |call: &Call| (call.request.url.clone(), call.request.headers.clone(), call.request.body.clone());
    assert_eq!(parts(&first), parts(&second), "promise 1: the same message gives the same call");
    for other in [
        Message { text: "another text".to_owned(), ..message.clone() },
        Message { silent: !message.silent, ..message.clone() },
    ] {
        assert_ne!(parts(&described(messenger, &other).await), parts(&first), "promise 1: another gives another");
    }
}

/// "2. The call is `Once` or `Keyed`, for this account, and carries the message's reference."
pub async fn acts_for_its_account(messenger: &dyn Messenger, message: &Message) {
    let call = described(messenger, message).await;
    assert!(call.safety.acts(), "promise 2: a message is never a Read");
    assert_eq!(call.account, *messenger.account(), "promise 2: it is sent for this account");
    assert_eq!(call.provider, messenger.card().name, "promise 2: it is sent by this messenger");
    assert_eq!(call.reference.as_deref(), Some(message.reference.as_str()), "promise 2: it carries the reference");
}

/// "3. A message that cannot be carried (no text, no such form of chat) is `Invalid` with delivery `Never`."
pub async fn refuses_what_it_cannot_carry(messenger: &dyn Messenger, message: &Message) {
    for wrong in [
        Message { text: String::new(), ..message.clone() },
        Message { text: " \n\t".to_owned(), ..message.clone() },
        Message { chat: String::new(), ..message.clone() },
        Message { chat: "no chat at all".to_owned(), ..message.clone() },
    ] {
        let error = messenger.describe(&wrong).await.expect_err("promise 3: it cannot be carried");
        assert_eq!((error.kind, error.delivery), (Kind::Invalid, Delivery::Never), "promise 3: {error}");
    }
}

/// "4. A text that is too long is cut at a whole character and ends with an ellipsis."
pub async fn cuts_what_is_too_long(messenger: &dyn Messenger, message: &Message) {
    for letter in ["a", "م", "🔴"] {
        let text = letter.repeat(messenger.card().longest + 1);
        let call = described(messenger, &Message { text, ..message.clone() }).await;
        let body = String::from_utf8(call.request.body.to_vec()).expect("promise 4: no character is cut in two");
        assert!(body.contains(&format!("{letter}…")), "promise 4: it ends with an ellipsis");
        assert!(!body.contains('\u{fffd}'), "promise 4: no character is cut in two");
    }
}

/// "5. No credential is in the call's row, its print or its errors."
pub async fn shows_no_credential(messenger: &dyn Messenger, message: &Message, secret: &str) {
    let call = described(messenger, message).await;
    let row = kit::Entry::sending(&call, kit::testing::ambient().uuid(), kit::testing::ambient().now());
    let wrong = Message { chat: secret.to_owned(), ..message.clone() };
    let error = messenger.describe(&wrong).await.expect_err("a credential is no chat");
    for shown in [format!("{row:?}"), format!("{call:?}"), format!("{error:?} {error}")] {
        assert!(!shown.contains(secret), "promise 5: {shown}");
        let line = message.text.lines().last().unwrap_or_default();
        assert!(!shown.contains(line), "texts are kept for a shorter time than rows: {shown}");
    }
}

/// "6. Reads the answer to that call, whatever it is": without a panic.
pub fn reads_any_answer(messenger: &dyn Messenger) {
    for body in ["", "{}", "null", "[]", "<html>", "{\"ok\":", "{\"ok\":true,\"result\":7}", "\u{0}"] {
        for status in [200, 302, 400, 500] {
            let body = Bytes::from_static(body.as_bytes());
            let _ = messenger.read(&Reply { status, headers: HeaderMap::new(), body });
        }
    }
}

/// "6. A refusal is never read as sent."
pub fn reads_no_refusal_as_sent(messenger: &dyn Messenger, refusal: &'static str) {
    for status in [200, 400] {
        let reply = Reply { status, headers: HeaderMap::new(), body: Bytes::from_static(refusal.as_bytes()) };
        assert!(matches!(messenger.read(&reply), Answer::Refused { .. }), "promise 6: {refusal}");
    }
}

/// Sends a message as the gateway does: described, its intent committed, sent, read.
pub async fn send(messenger: &dyn Messenger, transport: &Transport, message: &Message) -> Result<Answer, Error> {
    let call = messenger.describe(message).await?;
    let reply = transport.act(&call, intent(&call)).await?;
    Ok(messenger.read(&reply))
}

/// "7. What the messenger refused is an error with delivery `Never`, a wish to be left alone is `RateLimited` with its
/// time, and what it may have carried out is never an error with delivery `Never`."
pub fn tells_the_truth(result: &Result<Answer, Error>, carried_out: bool) {
    match result {
        Ok(Answer::Sent { .. }) => assert!(carried_out, "promise 7: it was not sent"),
        Ok(Answer::Refused { message }) => assert!(!carried_out, "promise 7: it was sent: {message}"),
        Err(error) => {
            assert!(!(carried_out && error.delivery == Delivery::Never), "promise 7: it was sent: {error}");
            let refused = error.kind == Kind::RateLimited && error.origin == kit::Fault::Provider;
            assert!(!refused || error.retry_after.is_some(), "promise 7: when may it be tried again? {error}");
        }
    }
}

/// "8. Describes a probe: cheap, free, a `Read` that says nothing to anybody. `None` where there is nobody to ask."
pub async fn describes_a_probe(messenger: &dyn Messenger, secret: &str) {
    let Some(probe) = messenger.describe_probe().await.expect("promise 8: a probe is described") else { return };
    assert_eq!(probe.call.safety, Safety::Read, "promise 8: it changes nothing");
    assert_eq!(probe.call.account, *messenger.account(), "promise 8: it is made for this account");
    assert_eq!(probe.call.provider, messenger.card().name, "promise 8: it is made for this messenger");
    let row = kit::Entry::sending(&probe.call, kit::testing::ambient().uuid(), kit::testing::ambient().now());
    assert!(!format!("{row:?} {:?}", probe.call).contains(secret), "promise 5: of a probe as well");
    for body in ["", "{}", "null", "<html></html>", "{\"ok\":", "{\"ok\":true}", "{\"ok\":true,\"result\":[]}"] {
        let reply = Reply { status: 200, headers: HeaderMap::new(), body: Bytes::from_static(body.as_bytes()) };
        assert!((probe.call.outcome)(&reply).is_err(), "promise 8: {body:?} is no answer");
        let _ = (probe.read)(&reply);
    }
}

/// Asks as the gateway does, and reads what is told; `None` where there is nobody to ask.
pub async fn probe(messenger: &dyn Messenger, transport: &Transport) -> Result<Option<Reading>, Error> {
    let Some(probe) = messenger.describe_probe().await? else { return Ok(None) };
    transport.probe(&probe.call).await.map(|reply| Some((probe.read)(&reply)))
}
