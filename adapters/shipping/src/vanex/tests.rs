//! Vanex over a scripted wire: the conformance suite, the session, and each question.

use std::sync::Arc;

use kit::testing::{MemoryTokens, Plenty, Script, ScriptedWire};
use kit::{Allowance, Allowances, Denied};
use serde_json::json;

use super::*;
use crate::conformance::{self, Subject};
use crate::port::{Booked, Booking};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../schemas/providers/vanex/", $name))
    };
}

const IN: Script = Script::Answer(200, sample!("authenticate_accepted.json"));
const REFUSED: Script = Script::Answer(401, sample!("unauthenticated.json"));
const CITIES_ANSWER: Script = Script::Answer(200, sample!("city_all.json"));

fn place() -> Place {
    Place {
        code: "1".to_owned(), name: "طرابلس".to_owned(), other_name: Some("Tripoli".to_owned()), within: None
    }
}

fn credentials() -> Value {
    json!({"email": "shop@example.ly", "password": "SecurePassword123", "webhook_token": "geheim"})
}

fn build(parts: Parts) -> Vanex {
    Vanex::build(json!({}), credentials(), parts).expect("an account")
}

fn vanex(script: impl IntoIterator<Item = Script>) -> (Vanex, Arc<ScriptedWire>) {
    let wire = ScriptedWire::new(script);
    (build(conformance::parts(Arc::clone(&wire))), wire)
}

fn operations(wire: &ScriptedWire) -> Vec<&'static str> {
    wire.carried().iter().map(|call| call.operation).collect()
}

#[tokio::test]
async fn it_keeps_the_promises() {
    let (carrier, wire) = vanex([IN]);
    conformance::all(&Subject { carrier: &carrier, wire: &wire, place: place() }).await;
    assert_eq!(operations(&wire), ["authenticate"], "one log-in, and describing sends nothing else");
}

#[tokio::test]
async fn it_is_listed_with_the_guide_s_services() {
    let listed = crate::registry::provider("vanex").expect("a listed carrier");
    let keys: Vec<_> = listed.card.services.iter().map(|service| service.key).collect();
    assert_eq!(keys, ["light_cargo", "medium_cargo", "heavy_cargo"]);
    assert!(listed.card.services[2].listed_price().is_none());
    let mut words: Vec<_> = listed.card.statuses.iter().map(|word| word.raw).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), listed.card.statuses.len(), "no word means two things");
}

#[tokio::test]
async fn prices_are_asked_by_region_and_extent() {
    let price = Script::Answer(200, sample!("delivery_calculator.json"));
    let (carrier, wire) = vanex([IN, CITIES_ANSWER, price]);
    let quotes = carrier.rates(&conformance::inquiry(&CARD, &place())).await.expect("prices");
    let told: Vec<_> = quotes.iter().map(|quote| (quote.service, quote.amount.minor)).collect();
    assert_eq!(told, [("light_cargo", 25_000), ("medium_cargo", 25_000), ("heavy_cargo", 25_000)]);
    let asked = wire.carried().pop().expect("a call");
    assert_eq!(asked.request.url.query(), Some("region=1&destination=1&height=10&leangh=30&width=20"));
    for wrong in
        [r#"{"status_code":200,"data":{"total_price":0}}"#, r#"{"data":{"total_price":5,"currency":"USD"}}"#, "{}"]
    {
        let (carrier, _) = vanex([IN, CITIES_ANSWER, Script::Answer(200, wrong)]);
        let error = carrier.rates(&conformance::inquiry(&CARD, &place())).await.expect_err(wrong);
        assert_eq!(error.kind, Kind::Protocol, "{wrong}");
    }
}

#[tokio::test]
async fn closed_cities_are_left_out_and_quarters_are_within_theirs() {
    let (carrier, _) = vanex([IN, CITIES_ANSWER]);
    let quarter =
        Place { code: "42".into(), name: "حي الأندلس".into(), other_name: None, within: Some("1".to_owned()) };
    assert_eq!(carrier.coverage().await.expect("places"), [place(), quarter]);
}

fn tracked() -> Tracked {
    Tracked { number: "H-13903-TIP-5885703".to_owned(), id: Some("2942850".to_owned()), reference: "r".to_owned() }
}

async fn trail(script: impl IntoIterator<Item = Script>) -> (Result<Trail, Error>, Vec<&'static str>) {
    let (carrier, wire) = vanex([IN].into_iter().chain(script));
    let trails = carrier.track(&[tracked()]).await;
    (trails.map(|mut trails| trails.remove(0)), operations(&wire))
}

#[tokio::test]
async fn a_log_is_told_line_by_line() {
    let (trail, asked) = trail([Script::Answer(200, sample!("logs.json"))]).await;
    let trail = trail.expect("a trail");
    let told: Vec<_> = trail.entries.iter().map(|entry| (entry.raw.as_str(), entry.at.to_string())).collect();
    let expected = [("store_new", "2025-01-31T13:30:45Z"), ("ship_received", "2025-02-01T08:00:00Z")];
    assert_eq!(told, expected.map(|(raw, at)| (raw, at.to_owned())));
    assert_eq!(trail.entries[1].note.as_deref(), Some("وصل إلى المخزن · مركز طرابلس"));
    assert_eq!(asked, ["authenticate", LOGS], "its words are known: nothing else is asked");
}

#[tokio::test]
async fn a_log_in_other_words_is_completed_by_the_package() {
    let (log, package) = (sample!("logs_other_words.json"), sample!("package_details.json"));
    let (trail, asked) = trail([Script::Answer(200, log), Script::Answer(200, package)]).await;
    let trail = trail.expect("a trail");
    let told: Vec<_> = trail.entries.iter().map(|entry| (entry.raw.as_str(), entry.at.to_string())).collect();
    let expected = [("تم الإنشاء", "2025-01-31T13:30:45Z"), ("completed", "2025-02-02T10:15:00Z")];
    assert_eq!(told, expected.map(|(raw, at)| (raw, at.to_owned())));
    assert_eq!(trail.entries[1].collected.map(|money| money.minor), Some(85_000));
    assert_eq!(asked.last(), Some(&wire::SHOW));
}

#[tokio::test]
async fn a_line_that_cannot_be_read_spoils_no_other() {
    let log = r#"{"status_code":200,"data":[{"status":"pending","created_at":"soon"},5,{"status":"delivered","created_at":"2025-02-02 12:00:00"}]}"#;
    let (trail, _) = trail([Script::Answer(200, log)]).await;
    let trail = trail.expect("a trail");
    assert_eq!((trail.entries.len(), trail.entries[0].raw.as_str()), (1, "delivered"));
    assert_eq!(trail.malformed, [r#"{"status":"pending","created_at":"soon"}"#, "5"]);
}

#[tokio::test]
async fn a_package_that_is_gone_is_told_from_a_path_that_is_not_there() {
    let (gone, _) = trail([Script::Answer(404, sample!("package_gone.json"))]).await;
    assert!(gone.expect("a trail").is_gone);
    for page in ["<html>404</html>", "{}", r#"{"message":"Not Found"}"#] {
        let (error, _) = trail([Script::Answer(404, page)]).await;
        assert_eq!(error.expect_err(page).kind, Kind::Protocol, "{page}");
    }
}

#[tokio::test]
async fn a_question_is_put_again_with_a_new_token() {
    let (carrier, wire) =
        vanex([IN, REFUSED, Script::Answer(200, sample!("authenticate_in_data.json")), CITIES_ANSWER]);
    carrier.coverage().await.expect("places");
    let bearers: Vec<_> =
        wire.carried().iter().filter_map(|call| call.request.headers.get("authorization").cloned()).collect();
    assert_eq!(bearers[0], "Bearer 993548|exampleTokenOfTheTopAbcdefghijklmnopqrst");
    assert_eq!(bearers[1], "Bearer 148607|exampleTokenInTheDataAbcdefghijklmnopqrs");
    let (carrier, wire) = vanex([IN, REFUSED, IN, REFUSED]);
    assert_eq!(carrier.coverage().await.expect_err("a refusal").kind, Kind::Unauthorized);
    assert_eq!(operations(&wire), ["authenticate", CITIES, "authenticate", CITIES], "once more, and no oftener");
}

#[tokio::test]
async fn a_newer_token_is_never_given_up() {
    let (carrier, wire) = vanex([IN, Script::Answer(200, sample!("authenticate_in_data.json"))]);
    let order = conformance::order(&CARD.services[0], &place());
    let old = carrier.describe_booking(&order, None).await.expect("a call");
    assert!(carrier.renew_access(&old).await.expect("a new token"));
    let new = carrier.describe_booking(&order, None).await.expect("a call");
    assert_ne!(old.request.headers, new.request.headers);
    // Ten more that were refused with the old one.
    for _ in 0..10 {
        assert!(carrier.renew_access(&old).await.expect("the new one is there"));
    }
    assert_eq!(operations(&wire), ["authenticate", "authenticate"]);
    let still = carrier.describe_booking(&order, None).await.expect("a call");
    assert_eq!(still.request.headers, new.request.headers);
}

#[tokio::test]
async fn a_refused_password_is_tried_once() {
    let (carrier, wire) = vanex([Script::Answer(401, sample!("authenticate_refused.json"))]);
    for _ in 0..10 {
        let error = carrier.coverage().await.expect_err("a refusal");
        assert_eq!((error.kind, error.delivery), (Kind::Unauthorized, Delivery::Never), "{error}");
    }
    assert_eq!(operations(&wire), ["authenticate"]);
}

/// Allows so many and no more.
struct Few(std::sync::atomic::AtomicI32);

#[async_trait]
impl Allowances for Few {
    async fn take(&self, scope: &str, allowance: Allowance) -> Result<(), Denied> {
        assert!(!scope.contains("example.ly\n") && !scope.contains("shop@"), "a scope holds no personal data");
        assert_eq!((allowance.burst, allowance.every.as_secs()), (4, 21_600));
        let left = self.0.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
        if left > 0 { Ok(()) } else { Err(Denied::Later(std::time::Duration::from_secs(60))) }
    }
}

#[tokio::test]
async fn log_ins_are_counted() {
    let wire = ScriptedWire::new([IN, REFUSED, IN, REFUSED]);
    let parts = Parts { allowances: Arc::new(Few(1.into())), ..conformance::parts(Arc::clone(&wire)) };
    let error = build(parts).coverage().await.expect_err("the second log-in is not allowed");
    assert_eq!((error.kind, error.retry_after.map(|wait| wait.as_secs())), (Kind::RateLimited, Some(60)));
    assert_eq!(operations(&wire), ["authenticate", CITIES]);
}

#[tokio::test]
async fn processes_share_one_token() {
    let late = Script::Late(std::time::Duration::from_millis(150), 200, sample!("authenticate_accepted.json"));
    let wire = ScriptedWire::new([late].into_iter().chain(std::iter::repeat_n(CITIES_ANSWER, 12)));
    let parts = conformance::parts(Arc::clone(&wire));
    let tokens = Arc::new(MemoryTokens::new(parts.ambient.clone()));
    let mut processes = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let parts = Parts { tokens: Arc::clone(&tokens) as _, allowances: Arc::new(Plenty), ..parts.clone() };
        processes.spawn(async move { build(parts).coverage().await.map(|places| places.len()) });
    }
    for places in processes.join_all().await {
        assert_eq!(places.expect("places"), 2);
    }
    let log_ins = operations(&wire).iter().filter(|operation| **operation == "authenticate").count();
    assert_eq!((log_ins, wire.carried().len()), (1, 13));
}

#[test]
fn bookings_are_read_at_both_places() {
    let (carrier, _) = vanex([]);
    let order = conformance::order(&CARD.services[0], &place());
    let read = |status, body: &'static str| {
        carrier.read_booking(&order, &Reply { status, headers: http::HeaderMap::new(), body: body.into() })
    };
    let number = "H-13903-TIP-5885703".to_owned();
    let cost = answer::dinars("10");
    let done = Booking { number: number.clone(), id: Some("2942850".to_owned()), cost };
    assert_eq!(read(201, sample!("package_created.json")), Booked::Done(done));
    let done = Booking { number, id: None, cost: None };
    assert_eq!(read(201, sample!("package_created_at_top.json")), Booked::Done(done));
    assert!(
        matches!(read(200, sample!("package_invalid.json")), Booked::Refused { message } if message.ends_with("(city)"))
    );
    for unclear in [r#"{"status_code":500,"message":"x"}"#, r#"{"status_code":201,"data":[]}"#, r#"{"data":{"id":1}}"#]
    {
        assert!(matches!(read(200, unclear), Booked::Unclear { .. }), "{unclear}");
    }
}
