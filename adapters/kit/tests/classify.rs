//! Classify: what a status means, what an outcome may still say against it, and what the row keeps of both.

use kit::testing::Script::Answer;
use kit::{Call, Delivery, EntryStatus, Explanation, Fault, Kind, Refusal, Reply, Secrets};

use crate::support::{KINDS, Road, calm, once, read, scripted, secs};
use crate::wires::{Computed, reply, wire_error};

#[tokio::test(start_paused = true)]
async fn a_status_has_one_meaning() {
    use {Delivery::*, Kind::*};
    let table = [
        (100, Protocol, Maybe),
        (301, Protocol, Maybe),
        (302, Protocol, Maybe),
        (304, Protocol, Maybe),
        (400, Invalid, Never),
        (401, Unauthorized, Never),
        (403, Unauthorized, Never),
        (404, NotFound, Never),
        (405, Invalid, Never),
        (407, Unauthorized, Never),
        (408, Timeout, Maybe),
        (409, Conflict, Maybe),
        (410, NotFound, Never),
        (422, Invalid, Never),
        (429, RateLimited, Never),
        (500, Unavailable, Maybe),
        (502, Unavailable, Maybe),
        (503, Unavailable, Maybe),
        (504, Unavailable, Maybe),
        (600, Protocol, Maybe),
    ];
    for (status, kind, delivery) in table {
        let (road, _) = scripted(calm(), [Answer(status, "{}")]);
        let error = road.act(&once()).await.expect_err("no good status");
        assert_eq!((error.kind, error.delivery), (kind, delivery), "{status}");
        assert_eq!((error.status, error.origin), (Some(status), Fault::Provider), "{status}");
        let row = &road.entries()[0];
        assert_eq!((row.response_status, row.delivery, row.error_code), (Some(status), delivery, Some(kind.as_str())));
    }
}

#[tokio::test(start_paused = true)]
async fn every_status_of_success_is_one() {
    for status in [200, 201, 202, 204, 299] {
        let (road, _) = scripted(calm(), [Answer(status, "{}")]);
        assert_eq!(road.transport.send(&read()).await.expect("a good status").status, status);
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_says_when_to_come_back_has_not_acted() {
    let wire = Computed::new(|_| Ok(reply(503, Some(("retry-after", "30")), "")));
    let error = Road::over(calm(), wire).act(&once()).await.expect_err("not available");
    assert_eq!((error.kind, error.delivery, error.retry_after), (Kind::Unavailable, Delivery::Never, Some(secs(30))));
}

#[tokio::test(start_paused = true)]
async fn the_time_to_come_back_is_read_in_seconds_and_capped_at_an_hour() {
    let table = [
        ("0", Some(0)),
        (" 12 ", Some(12)),
        ("999999", Some(3_600)),
        ("-1", None),
        ("1.5", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("99999999999999999999999", None),
    ];
    for (text, expected) in table {
        let wire = Computed::new(move |_| Ok(reply(429, Some(("retry-after", text)), "")));
        let error = Road::over(calm(), wire).transport.send(&read()).await.expect_err("too many calls");
        assert_eq!(error.retry_after, expected.map(secs), "{text}");
    }
}

/// The provider says no inside a good status.
fn refusing(reply: &Reply) -> Result<(), Refusal> {
    if reply.body.starts_with(b"{\"ok\":true") {
        return Ok(());
    }
    Err(Refusal { kind: Kind::Rejected, delivery: Delivery::Never, message: "insufficient funds".to_owned() })
}

#[tokio::test(start_paused = true)]
async fn an_outcome_may_refuse_a_good_status() {
    let call = Call { outcome: refusing, ..once() };
    let (road, _) = scripted(calm(), [Answer(200, r#"{"ok":false,"code":51}"#)]);
    let error = road.act(&call).await.expect_err("the provider says no");
    assert_eq!((error.kind, error.delivery, error.origin), (Kind::Rejected, Delivery::Never, Fault::Provider));
    assert_eq!((error.status, error.message.as_str()), (Some(200), "insufficient funds"));
    let row = &road.entries()[0];
    assert_eq!((row.status, row.response_status), (EntryStatus::Error, Some(200)));
    assert_eq!(row.response_body.as_deref(), Some(r#"{"ok":false,"code":51}"#));
    assert_eq!(row.error_message.as_deref(), Some("insufficient funds"));
}

#[tokio::test(start_paused = true)]
async fn an_outcome_is_asked_about_good_statuses_alone() {
    let call = Call { outcome: refusing, ..once() };
    let (road, _) = scripted(calm(), [Answer(200, r#"{"ok":true}"#), Answer(500, r#"{"ok":false}"#)]);
    road.act(&call).await.expect("the provider says yes");
    assert_eq!(road.act(&call).await.expect_err("no good status").kind, Kind::Unavailable);
}

/// Says why, and for how long, in the body.
fn explaining(reply: &Reply) -> Option<Explanation> {
    let seconds = String::from_utf8_lossy(&reply.body).parse().ok()?;
    Some(Explanation { message: Some("slow down".to_owned()), retry_after: Some(secs(seconds)) })
}

#[tokio::test(start_paused = true)]
async fn the_providers_words_are_told_and_the_status_decides() {
    let call = Call { explain: explaining, ..once() };
    for (status, kind, delivery) in
        [(429, Kind::RateLimited, Delivery::Never), (500, Kind::Unavailable, Delivery::Maybe)]
    {
        let (road, _) = scripted(calm(), [Answer(status, "7")]);
        let error = road.act(&call).await.expect_err("no good status");
        assert_eq!((error.kind, error.delivery, error.retry_after), (kind, delivery, Some(secs(7))));
        assert_eq!(error.message, format!("the provider answered with status {status}: slow down"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_to_come_back_may_stand_in_the_body() {
    let table = [(429, None, "99999", Some(3_600)), (429, Some("3"), "7", Some(3)), (429, None, "soon", None)];
    for (status, header, body, expected) in table {
        let header = header.map(|seconds| ("retry-after", seconds));
        let wire = Computed::new(move |_| Ok(reply(status, header, body)));
        let error = Road::over(calm(), wire).act(&Call { explain: explaining, ..once() }).await.expect_err("429");
        assert_eq!(error.retry_after, expected.map(secs), "{body}");
    }
    let limited = |_: &Reply| {
        Err(Refusal { kind: Kind::RateLimited, delivery: Delivery::Never, message: "slow down".to_owned() })
    };
    let (road, _) = scripted(calm(), [Answer(200, "7")]);
    let error = road.act(&Call { outcome: limited, explain: explaining, ..once() }).await.expect_err("429 in 200");
    assert_eq!((error.kind, error.retry_after), (Kind::RateLimited, Some(secs(7))));
}

#[tokio::test(start_paused = true)]
async fn the_row_of_an_error_keeps_the_answer_masked() {
    static SECRETS: Secrets = Secrets { headers: &["X-Session"], query: &[], path: &[], body: &["pin"] };
    for (status, outcome) in [(500, (|_| Ok(())) as kit::Outcome), (200, refusing)] {
        let wire =
            Computed::new(move |_| Ok(reply(status, Some(("x-session", "geheim")), r#"{"pin":"1234","why":"x"}"#)));
        let road = Road::over(calm(), wire);
        let call = Call { outcome, secrets: &SECRETS, ..once() };
        road.act(&call).await.expect_err("the provider fails");
        let row = &road.entries()[0];
        assert_eq!(row.response_body.as_deref(), Some(r#"{"pin":"***","why":"x"}"#));
        assert_eq!(row.response_headers.as_deref(), Some(r#"{"x-session":"***"}"#));
    }
}

#[tokio::test(start_paused = true)]
async fn the_answer_of_one_attempt_is_not_recorded_for_the_next() {
    let wire = Computed::new(|number| match number {
        0 => Ok(reply(500, None, "the first answer")),
        _ => Err(wire_error(Kind::Unavailable, Delivery::Maybe)),
    });
    let road = Road::over(kit::Policy { retries: 1, ..calm() }, wire);
    road.transport.send(&read()).await.expect_err("both attempts fail");
    let bodies: Vec<_> = road.entries().into_iter().map(|row| row.response_body).collect();
    assert_eq!(bodies, [Some("the first answer".to_owned()), None]);
}

#[tokio::test(start_paused = true)]
async fn what_the_wire_says_of_delivery_stands() {
    for (kind, delivery) in KINDS.iter().flat_map(|kind| [(*kind, Delivery::Never), (*kind, Delivery::Maybe)]) {
        let wire = Computed::new(move |_| Err(wire_error(kind, delivery)));
        let error = Road::over(calm(), wire).act(&once()).await.expect_err("the wire fails");
        assert_eq!((error.kind, error.delivery, error.status), (kind, delivery, None));
        let ours = matches!(kind, Kind::Invalid | Kind::Internal);
        assert_eq!(error.origin == Fault::Us, ours, "{kind:?}");
    }
}
