//! The adapter over the real transport: openings, confirmations, questions and errors, of all four.

use std::sync::Arc;
use std::time::Duration;

use kit::testing::{Script, ScriptedWire, intent};
use kit::{EvidenceGrade, Fault, Safety};
use schemas::payment::Customer;
use schemas::store::Mode;
use schemas::{Currency, Money, Phone};
use serde_json::json;

use super::*;
use crate::card::Callbacks;
use crate::conformance;
use crate::port::SessionStep;
use crate::registry::Provider;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../schemas/providers/wallet_contract/", $name)).trim_end()
    };
}

pub(in crate::wallet_contract) const KEY: &str = "wallet-contract-secret";
pub(in crate::wallet_contract) const REFERENCE: &str = "pay_01K9QJ7Z5T.a1";
const SESSION: &str = "wp_4f1c0a92e7d3";
const ALL: [&Provider; 4] = [&MOBICASH, &ALMADAR_PAY, &LIBYANA_PAY, &ONEPAY];

pub(in crate::wallet_contract) fn built(provider: &Provider, parts: Parts) -> WalletContract {
    let configuration = json!({"base_url": format!("https://w.example.ly/{}", provider.card.name)});
    let credentials = json!({"api_key": "api-key-1", "secret_key": KEY});
    // Not by the list, which hides what it builds.
    WalletContract::build(provider.card, configuration, credentials, parts).expect("an account")
}

pub(in crate::wallet_contract) fn account(
    provider: &Provider,
    script: impl IntoIterator<Item = Script>,
) -> (WalletContract, Arc<ScriptedWire>) {
    let wire = ScriptedWire::new(script);
    (built(provider, conformance::parts(Arc::clone(&wire))), wire)
}

/// The order of the samples.
pub(in crate::wallet_contract) fn order(provider: &Provider) -> Order {
    let name = provider.card.name;
    Order {
        wire_reference: REFERENCE.to_owned(),
        amount: Money::new(12_500, Currency::Lyd),
        customer: Customer { phone: Some(Phone::parse("0912345678").expect("a number")), ..Customer::default() },
        return_url: format!("https://gateway.example.ly/v1/returns/{name}/pay_01K9QJ7Z5T"),
        callback_url: format!("https://gateway.example.ly/v1/callbacks/{name}"),
        ..conformance::order(provider.card)
    }
}

pub(in crate::wallet_contract) fn reply(status: u16, body: &str) -> Reply {
    Reply { status, headers: http::HeaderMap::new(), body: body.to_owned().into() }
}

/// A sample with one thing changed, which must be in it.
pub(in crate::wallet_contract) fn changed(sample: &str, from: &str, to: &str) -> String {
    assert!(sample.contains(from), "{from} is not in {sample}");
    sample.replace(from, to)
}

fn question(reference: &str) -> Question {
    Question { wire_reference: reference.to_owned(), ..conformance::question("") }
}

async fn sent(account: &WalletContract, call: &Call) -> Result<Reply, Error> {
    account.parts.transport.act(call, intent(call)).await
}

async fn opened(account: &WalletContract, order: &Order) -> Call {
    match account.open(order).await.expect("an opening") {
        Opening::Call(call) => *call,
        Opening::Ready(next) => panic!("nothing was called for {next:?}"),
    }
}

#[test]
fn each_is_what_the_contract_says() {
    for (provider, prefixes, code) in [
        (&MOBICASH, &["91", "92", "93", "94", "95", "96"][..], Some(6)),
        (&ALMADAR_PAY, &["91", "93"], Some(6)),
        (&LIBYANA_PAY, &["92", "94"], Some(6)),
        (&ONEPAY, &[], None),
    ] {
        let card = provider.card;
        let [route] = card.routes else { panic!("{} has one way to pay", card.name) };
        assert_eq!((route.needs.prefixes, route.code, route.needs.phone), (prefixes, code, code.is_some()));
        assert_eq!((route.gateway, route.brands, route.step), (card.name, &[card.name][..], 1));
        assert_eq!((card.evidence, card.callbacks), (EvidenceGrade::Assumed, Callbacks::Signed));
        assert!(card.asks && !card.refunds && !card.settled_by_hand && !card.title.1.is_empty());
        let (account, _) = account(provider, []);
        assert_eq!((account.codes().is_some(), account.services().is_some()), (code.is_some(), code.is_some()));
        assert_eq!(account.lane(), format!("{}/w.example.ly/{}", card.name, account.account().id));
        assert_eq!(
            (account.identity(), (provider.identity)(&json!({"base_url": "https://w.example.ly"}))),
            (None, None)
        );
        assert!(!route.needs.birth_year && card.currencies == [Currency::Lyd]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_list_builds_each_as_itself() {
    for provider in ALL {
        let parts = conformance::parts(ScriptedWire::new([]));
        let configuration = json!({"base_url": "https://w.example.ly"});
        let built = (provider.build)(configuration, json!({"api_key": "a", "secret_key": "b"}), parts.clone());
        assert_eq!(built.expect("an account").card().name, provider.card.name);
        let live = Parts { mode: Mode::Live, ..parts };
        let credentials = json!({"api_key": "a", "secret_key": "b"});
        let error = (provider.build)(json!({}), credentials, live).err().expect("a refusal");
        assert_eq!(error.field, "configuration.base_url");
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_is_sent_entered_and_asked_about() {
    let (account, wire) = account(
        &MOBICASH,
        [
            Script::Answer(201, sample!("payment_code_sent.json")),
            Script::Answer(422, sample!("wrong_code.json")),
            Script::Answer(200, sample!("resent.json")),
            Script::Answer(200, sample!("confirm_paid.json")),
            Script::Answer(200, sample!("payments_paid.json")),
        ],
    );
    let order = order(&MOBICASH);
    let reply = sent(&account, &opened(&account, &order).await).await.expect("an answer");
    let session = account.read_opening(&order, &reply).expect("a session");
    let codes = account.codes().expect("codes");
    let confirm = codes.describe_confirm(&order, &session.id, &Code::parse("222222").expect("a code")).expect("a call");
    let reply = sent(&account, &confirm).await.expect("a refusal is an answer");
    assert_eq!(codes.read_confirm(&order, &reply), Confirmed::WrongCode);
    let resend = codes.describe_resend(&order, &session.id).expect("a call");
    let reply = sent(&account, &resend).await.expect("an answer");
    let again = codes.read_resend(&order, &session.id, &reply).expect("a session");
    assert_eq!(again.id, session.id);
    let confirm = codes.describe_confirm(&order, &again.id, &Code::parse("111111").expect("a code")).expect("a call");
    let reply = sent(&account, &confirm).await.expect("an answer");
    let Confirmed::Paid(paid) = codes.read_confirm(&order, &reply) else { panic!("it is paid") };
    let found = account.ask(&[question(REFERENCE)]).await.expect("findings");
    assert_eq!(found[0].transactions, [paid], "a confirmation answers as it would be asked");
    let paths: Vec<String> = wire.carried().iter().map(|call| call.request.url.path().to_owned()).collect();
    let in_session = |verb: &str| format!("/mobicash/v1/payments/{SESSION}/{verb}");
    let payments = "/mobicash/v1/payments".to_owned();
    assert_eq!(paths, [payments.clone(), in_session("confirm"), in_session("resend"), in_session("confirm"), payments]);
}

#[tokio::test(start_paused = true)]
async fn a_page_is_made() {
    let (account, _) = account(&ONEPAY, [Script::Answer(201, sample!("payment_page.json"))]);
    let order = order(&ONEPAY);
    let reply = sent(&account, &opened(&account, &order).await).await.expect("an answer");
    let session = account.read_opening(&order, &reply).expect("a session");
    let SessionStep::Page { url } = session.next else { panic!("it is a page") };
    assert_eq!((session.id.as_str(), url.as_str()), (SESSION, "https://page.example.ly/pay/wp_4f1c0a92e7d3"));
}

#[tokio::test(start_paused = true)]
async fn live_mode_sends_nobody_to_a_page_without_tls() {
    let answer = changed(sample!("payment_page.json"), "https://page", "http://page");
    for (mode, opens) in [(Mode::Test, true), (Mode::Live, false)] {
        let parts = conformance::parts(ScriptedWire::new([]));
        let configuration = json!({"base_url": "https://w.example.ly"});
        let credentials = json!({"api_key": "a", "secret_key": "b"});
        let parts = Parts { mode, ..parts };
        let account = WalletContract::build(ONEPAY.card, configuration, credentials, parts).expect("an account");
        assert_eq!(account.read_opening(&order(&ONEPAY), &reply(201, &answer)).is_ok(), opens, "{mode}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_opening_says_whose_its_refusal_is() {
    for (status, body, kind, delivery) in [
        (422, sample!("not_registered.json"), Kind::NotFound, Delivery::Done),
        (422, sample!("wrong_operator.json"), Kind::Rejected, Delivery::Done),
        (422, sample!("limit_exceeded.json"), Kind::Rejected, Delivery::Done),
        (422, sample!("locked.json"), Kind::Rejected, Delivery::Done),
        (422, r#"{"error":{"code":"flow_not_supported"}}"#, Kind::Unsupported, Delivery::Done),
        (422, r#"{"error":{"code":"sixth_sense"}}"#, Kind::Invalid, Delivery::Done),
        (422, "<html>", Kind::Protocol, Delivery::Maybe),
        (422, r#"{"error":{"code":null}}"#, Kind::Protocol, Delivery::Maybe),
        (400, sample!("invalid_request.json"), Kind::Invalid, Delivery::Never),
        (401, sample!("unauthorized.json"), Kind::Unauthorized, Delivery::Never),
        (409, sample!("duplicate_reference.json"), Kind::Conflict, Delivery::Maybe),
        (429, sample!("too_soon.json"), Kind::RateLimited, Delivery::Never),
        (503, sample!("unavailable.json"), Kind::Unavailable, Delivery::Maybe),
        (201, "<html>", Kind::Protocol, Delivery::Maybe),
        (201, r#"{"payment_id":"wp_1","#, Kind::Protocol, Delivery::Maybe),
        (200, sample!("payments_none.json"), Kind::Protocol, Delivery::Maybe),
        (201, sample!("payment_page.json"), Kind::Protocol, Delivery::Maybe),
    ] {
        let (account, wire) = account(&MOBICASH, [Script::Answer(status, body)]);
        let order = order(&MOBICASH);
        let call = opened(&account, &order).await;
        let read = sent(&account, &call).await.and_then(|reply| account.read_opening(&order, &reply));
        let error = read.expect_err("no session");
        assert_eq!((error.kind, error.delivery, error.origin), (kind, delivery, Fault::Provider), "{status} {body}");
        assert_eq!((error.provider, error.operation, error.status), ("mobicash", "payments.create", Some(status)));
        assert_eq!(wire.carried().len(), 1, "it is sent once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_tells_the_providers_words() {
    let (account, _) = account(&MOBICASH, [Script::Answer(409, sample!("duplicate_reference.json"))]);
    let call = opened(&account, &order(&MOBICASH)).await;
    let error = sent(&account, &call).await.expect_err("a refusal");
    assert!(error.message.ends_with("duplicate_reference: this reference was used before"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_another_payment_opens_nothing() {
    let (account, _) = account(&MOBICASH, []);
    let order = order(&MOBICASH);
    for (from, to) in [
        (REFERENCE, "pay_01K9QJ7Z5T.a2"),
        ("\"code_sent\"", "\"paid\""),
        ("\"code_sent\"", "\"pending\""),
        (":6,", ":3,"),
        (":6,", ":9,"),
        (":6,", ":6.0,"),
        ("2026-11-25T09:51:40Z", "tomorrow"),
        (SESSION, ""),
        (SESSION, ".."),
        (SESSION, "wp/confirm"),
        (SESSION, "wp?x=1"),
    ] {
        let answer = reply(201, &changed(sample!("payment_code_sent.json"), from, to));
        let error = account.read_opening(&order, &answer).expect_err("no session");
        assert_eq!((error.kind, error.delivery), (Kind::Protocol, Delivery::Maybe), "{to}");
        assert!(!error.message.contains("pay_01K9QJ7Z5T"), "{error}");
    }
    // A word counts with its own status alone.
    let elsewhere = account.read_opening(&order, &reply(400, sample!("not_registered.json"))).expect_err("no session");
    assert_eq!((elsewhere.kind, elsewhere.delivery), (Kind::Protocol, Delivery::Maybe));
    let another = reply(200, &changed(sample!("resent.json"), SESSION, "wp_2"));
    let codes = account.codes().expect("codes");
    assert_eq!(codes.read_resend(&order, SESSION, &another).expect_err("another").kind, Kind::Protocol);
}

#[tokio::test(start_paused = true)]
async fn a_code_too_soon_or_too_late_is_an_error() {
    for (status, body, kind, delivery) in [
        (429, sample!("too_soon.json"), Kind::RateLimited, Delivery::Never),
        (422, sample!("locked.json"), Kind::Rejected, Delivery::Done),
        (422, r#"{"error":{"code":"expired","message":"it is over"}}"#, Kind::Rejected, Delivery::Done),
        (409, sample!("already_paid.json"), Kind::Conflict, Delivery::Maybe),
        (404, r#"{"error":{"code":"not_found"}}"#, Kind::NotFound, Delivery::Never),
        (200, sample!("payments_none.json"), Kind::Protocol, Delivery::Maybe),
    ] {
        let (account, _) = account(&ALMADAR_PAY, [Script::Answer(status, body)]);
        let (order, codes) = (order(&ALMADAR_PAY), account.codes().expect("codes"));
        let call = codes.describe_resend(&order, SESSION).expect("a call");
        assert_eq!((call.safety.clone(), call.request.body.as_ref()), (Safety::Once, &b"{}"[..]));
        let read = sent(&account, &call).await.and_then(|reply| codes.read_resend(&order, SESSION, &reply));
        let error = read.expect_err("no session");
        assert_eq!((error.kind, error.delivery), (kind, delivery), "{status} {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_confirmation_came_to_may_be_unknown() {
    let (unclear, late) = (Delivery::Maybe, Duration::from_secs(60));
    for (script, kind, delivery) in [
        (Script::Answer(200, "<html>"), Kind::Protocol, unclear),
        (Script::Answer(200, r#"{"payment_id":"wp_1","status":"pa"#), Kind::Protocol, unclear),
        (Script::Answer(422, "<html>"), Kind::Protocol, unclear),
        (Script::Answer(409, "<html>"), Kind::Protocol, unclear),
        (Script::Answer(500, sample!("unavailable.json")), Kind::Unavailable, unclear),
        (Script::Answer(503, sample!("unavailable.json")), Kind::Unavailable, unclear),
        (Script::Cut, Kind::Unavailable, unclear),
        (Script::Late(late, 200, sample!("confirm_paid.json")), Kind::Timeout, unclear),
        (Script::Refused, Kind::Unavailable, Delivery::Never),
        (Script::Answer(401, sample!("unauthorized.json")), Kind::Unauthorized, Delivery::Never),
        (Script::Answer(400, sample!("invalid_request.json")), Kind::Invalid, Delivery::Never),
    ] {
        let (account, wire) = account(&LIBYANA_PAY, [script.clone()]);
        let codes = account.codes().expect("codes");
        let code = Code::parse("111111").expect("a code");
        let call = codes.describe_confirm(&order(&LIBYANA_PAY), SESSION, &code).expect("a call");
        let error = sent(&account, &call).await.expect_err("an error");
        assert_eq!((error.kind, error.delivery), (kind, delivery), "{script:?}");
        assert_eq!(wire.carried().len(), 1, "it is never sent twice");
    }
}

#[test]
fn no_session_leads_out_of_its_path() {
    let (account, _) = account(&MOBICASH, []);
    let (order, codes) = (order(&MOBICASH), account.codes().expect("codes"));
    for session in ["", ".", "..", "a/b", "a?b", "a b", "%2e%2e", "é", &"a".repeat(129)] {
        let error = codes.describe_resend(&order, session).expect_err("a refusal");
        assert_eq!((error.kind, error.delivery), (Kind::Invalid, Delivery::Never), "{session}");
        assert!(codes.describe_confirm(&order, session, &Code::parse("111111").expect("a code")).is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn each_reference_is_asked_about_by_itself() {
    let paid = Script::Answer(200, sample!("payments_paid.json"));
    let none = Script::Answer(200, sample!("payments_none.json"));
    let (account, wire) = account(&ONEPAY, [paid, none, Script::Answer(503, sample!("unavailable.json"))]);
    let questions = [question(REFERENCE), question("pay_01K9QJ7Z5T.a2")];
    let found = account.ask(&questions).await.expect("findings");
    assert_eq!((found[0].transactions.len(), found[1].transactions.len()), (1, 0));
    let queries: Vec<_> = wire.carried().iter().map(|call| call.request.url.query().map(str::to_owned)).collect();
    assert_eq!(queries, [Some(format!("reference={REFERENCE}")), Some("reference=pay_01K9QJ7Z5T.a2".to_owned())]);
    let error = account.ask(&questions).await.expect_err("an error");
    assert_eq!((error.kind, wire.carried().len()), (Kind::Unavailable, 3));
    assert!(account.ask(&[]).await.expect("findings").is_empty() && wire.carried().len() == 3);
}
