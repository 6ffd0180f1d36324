//! Masking: whatever a call's secrets name reaches no row, wherever in the call or the answer it stands.

use kit::testing::Script::{Answer, Cut};
use kit::{Call, Delivery, Destination, Kind, Policy, Refusal, Request, Secrets};

use crate::support::{Road, calm, intent, once, read, scripted};
use crate::wires::{Computed, reply};

static SECRETS: Secrets =
    Secrets { headers: &["X-Terminal-Key"], query: &["sifre"], path: &["bot"], body: &["otp", "SecureHash"] };

/// The value that must never be seen.
const SECRET: &str = "geheim";

/// A card number that passes the check.
const CARD: &str = "6395043835180860";

/// A call with the secret in every place that it names.
fn secretive(call: Call) -> Call {
    let url = "https://user:geheim@provider.example/bot7:geheim/pay?kod=1&SIFRE=geheim".parse().expect("a url");
    let body = format!(r#"{{"amount":5,"data":[{{"OTP":"{SECRET}","securehash" : "{SECRET}"}}],"pan":"{CARD}"}}"#);
    let mut request = Request::post_json(url, Destination::Trusted, body);
    for name in ["authorization", "cookie", "x-api-key", "x-terminal-key"] {
        request.headers.insert(name, SECRET.parse().expect("a header's value"));
    }
    Call { secrets: &SECRETS, request, ..call }
}

/// Everything that was written, as one text.
fn written(road: &Road) -> String {
    let rows = road.entries();
    assert!(!rows.is_empty(), "there is something to look at");
    format!("{rows:?}")
}

fn assert_nothing_leaks(road: &Road) {
    let rows = written(road);
    assert!(!rows.contains(SECRET) && !rows.contains(CARD), "{rows}");
}

#[tokio::test(start_paused = true)]
async fn no_secret_of_a_request_is_written() {
    for call in [secretive(read()), secretive(once())] {
        for script in [Answer(200, "{}"), Answer(500, ""), Cut] {
            let (road, wire) = scripted(calm(), [script]);
            let _ = road.go(&call).await;
            assert_nothing_leaks(&road);
            let carried = wire.carried();
            assert_eq!(carried[0].request.body, call.request.body, "the provider gets it unmasked");
            assert_eq!(carried[0].request.headers["x-terminal-key"], SECRET);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_masked_keeps_its_name() {
    let (road, _) = scripted(calm(), []);
    road.go(&secretive(read())).await.expect("a success");
    let row = &road.entries()[0];
    assert_eq!(row.endpoint, "https://provider.example/bot***/pay?kod=1&SIFRE=***");
    assert!(row.request_headers.contains(r#""authorization":"***""#), "{}", row.request_headers);
    let body = r#"{"amount":5,"data":[{"OTP":"***","securehash":"***"}],"pan":"***"}"#;
    assert_eq!(row.request_body.as_deref(), Some(body));
}

#[tokio::test(start_paused = true)]
async fn no_secret_of_an_answer_is_written() {
    let answers = [
        r#"{"otp":"geheim","deep":{"SecureHash":"geheim"}}"#,
        r#"{"otp":{"value":"geheim"},"list":["6395043835180860"]}"#,
        r#"{"cut":1,"otp":"geheim"#,
        r#"a stray " quote {"otp":"geheim"}"#,
        r#"{"text":"{\"otp\":\"geheim\"}"}"#,
    ];
    for status in [200, 422] {
        for answer in answers {
            let wire = Computed::new(move |_| Ok(reply(status, Some(("set-cookie", SECRET)), answer)));
            let road = Road::over(calm(), wire);
            let _ = road.go(&secretive(read())).await;
            assert_nothing_leaks(&road);
        }
    }
}

/// Quotes the whole answer, as adapters like to do.
fn quoting(reply: &kit::Reply) -> Result<(), Refusal> {
    let message = format!("the provider said {}", String::from_utf8_lossy(&reply.body));
    Err(Refusal { kind: Kind::Rejected, delivery: Delivery::Never, message })
}

#[tokio::test(start_paused = true)]
async fn no_secret_of_a_refusal_is_written_or_told() {
    let call = Call { outcome: quoting, ..secretive(once()) };
    let (road, _) = scripted(calm(), [Answer(200, r#"{"otp":"geheim","why":"card 6395043835180860"}"#)]);
    let error = road.go(&call).await.expect_err("the provider says no");
    assert_nothing_leaks(&road);
    assert_eq!(error.message, r#"the provider said {"otp":"***","why":"card ***"}"#);
    assert!(!format!("{error:?} {error}").contains(SECRET));
}

/// Repeats the answer, which repeats the path.
fn explaining(reply: &kit::Reply) -> Option<kit::Explanation> {
    let message = Some(String::from_utf8_lossy(&reply.body).into_owned());
    Some(kit::Explanation { message, retry_after: None })
}

#[tokio::test(start_paused = true)]
async fn a_secret_of_the_path_that_an_answer_repeats_is_neither_written_nor_told() {
    for status in [200, 302, 404] {
        let page = "<p>/bot7:geheim/pay was not found, nor bot7%3Ageheim</p>";
        let wire = Computed::new(move |_| Ok(reply(status, Some(("location", "/en/bot7:geheim/pay")), page)));
        let road = Road::over(calm(), wire);
        let call = Call { outcome: quoting, explain: explaining, ..secretive(once()) };
        let error = road.go(&call).await.expect_err("no JSON");
        assert_nothing_leaks(&road);
        assert!(error.message.contains("bot7:***/pay") && !format!("{error:?} {error}").contains(SECRET));
    }
}

#[test]
fn no_secret_of_a_call_is_printed() {
    let call = secretive(once());
    let printed = format!("{call:?}");
    assert!(!printed.contains(SECRET) && !printed.contains(CARD), "{printed}");
    assert!(printed.contains("https://provider.example"), "{printed}");
}

#[tokio::test(start_paused = true)]
async fn no_secret_of_a_refused_call_is_written() {
    let (road, _) = scripted(Policy { breaker_failures: 1, ..calm() }, [Cut]);
    road.transport.send(&read()).await.expect_err("the read opens the breaker");
    for call in [secretive(read()), secretive(once())] {
        road.go(&call).await.expect_err("the breaker is open");
    }
    assert_eq!(road.entries().len(), 3);
    assert_nothing_leaks(&road);
}

#[tokio::test(start_paused = true)]
async fn no_secret_of_a_repeat_is_written() {
    let (road, _) = scripted(Policy { retries: 2, ..calm() }, [kit::testing::Script::Refused, Answer(429, "")]);
    let call = secretive(once());
    road.transport.act(&call, intent(&call)).await.expect("the third attempt succeeds");
    assert_eq!(road.verbs(), ["complete", "begin", "complete", "begin", "complete"]);
    assert_nothing_leaks(&road);
}

#[tokio::test(start_paused = true)]
async fn a_long_answer_is_written_in_part_and_a_nul_not_at_all() {
    let long: &'static str = Box::leak(format!("\0{}", "ل".repeat(20_000)).into_boxed_str());
    let (road, _) = scripted(calm(), [Answer(200, long)]);
    let reply = road.transport.send(&read()).await.expect("a success");
    assert_eq!(reply.body.len(), long.len(), "the caller gets all of it");
    let row = road.entries()[0].response_body.clone().expect("a body");
    assert!(row.len() <= kit::mask::BODY_LIMIT + '…'.len_utf8() + 2, "{}", row.len());
    assert!(row.ends_with('…') && !row.contains('\0'));
}
