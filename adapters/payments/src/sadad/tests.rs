//! The adapter over the real transport, in both protocols: what it describes, and what becomes of each answer.

use std::sync::Arc;

use kit::Delivery;
use kit::testing::{Script, ScriptedWire, intent};
use schemas::Phone;
use schemas::payment::Customer;
use serde_json::json;

use super::*;
use crate::conformance;
use crate::port::SessionStep;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../schemas/providers/sadad/", $name))
    };
}

const REFERENCE: &str = "jisr-0190a3f2-1";

fn built(configuration: Value, credentials: Value, wire: &Arc<ScriptedWire>) -> Sadad {
    let built = Sadad::build(configuration, credentials, conformance::parts(Arc::clone(wire)));
    built.unwrap_or_else(|error| panic!("{error}"))
}

fn rest(script: impl IntoIterator<Item = Script>) -> (Sadad, Arc<ScriptedWire>) {
    let wire = ScriptedWire::new(script);
    (built(json!({}), json!({"token": "header.claims.signature"}), &wire), wire)
}

fn soap(script: impl IntoIterator<Item = Script>) -> (Sadad, Arc<ScriptedWire>) {
    let wire = ScriptedWire::new(script);
    let configuration = json!({"protocol": "soap", "soap_url": "https://pay.example.ly/soap"});
    (built(configuration, json!({"username": "jisr-mocks", "password": "soap-password"}), &wire), wire)
}

fn code() -> Code {
    Code::parse("111111").expect("digits")
}

/// Sends a call as the gateway does, with its intent committed.
async fn act(provider: &Sadad, call: &Call) -> Result<Reply, Error> {
    provider.parts.transport.act(call, intent(call)).await
}

async fn open(provider: &Sadad, order: &Order) -> Result<Session, Error> {
    let Opening::Call(call) = provider.open(order).await.expect("an opening") else { panic!("a call") };
    provider.read_opening(order, &act(provider, &call).await?)
}

#[tokio::test(start_paused = true)]
async fn it_keeps_the_promises_in_both_protocols() {
    for (provider, wire) in [rest([]), soap([])] {
        assert_eq!(provider.identity(), None);
        assert_eq!(provider.questions_at_once(), 1);
        conformance::all(&provider, &wire).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_payment_from_opening_to_paid() {
    let json = [
        sample!("validate_accepted.json"),
        sample!("pay_wrong_code.json"),
        sample!("resend_accepted.json"),
        sample!("pay_accepted.json"),
    ];
    let xml = [
        sample!("soap_validate_accepted.xml"),
        sample!("soap_refused.xml"),
        sample!("soap_resend_accepted.xml"),
        sample!("soap_pay_accepted.xml"),
    ];
    let script = |answers: [&'static str; 4]| answers.map(|body| Script::Answer(200, body));
    for (provider, wire) in [rest(script(json)), soap(script(xml))] {
        let order = conformance::order(&CARD);
        let session = open(&provider, &order).await.expect("a session");
        assert_eq!(session.next, SessionStep::Code { length: 6, expires_at: None });
        let confirm = provider.describe_confirm(&order, &session.id, &code()).expect("a call");
        let wrong = act(&provider, &confirm).await.expect("an answer");
        assert_eq!(provider.read_confirm(&order, &wrong), Confirmed::WrongCode);
        let resend = provider.describe_resend(&order, &session.id).expect("a call");
        let resent = act(&provider, &resend).await.expect("an answer");
        assert_eq!(provider.read_resend(&order, &session.id, &resent).expect("a session"), session);
        let paid = act(&provider, &confirm).await.expect("an answer");
        assert!(matches!(provider.read_confirm(&order, &paid), Confirmed::Paid(sale) if sale.id == session.id));
        assert_eq!(wire.carried().len(), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn it_answers_questions_one_by_one() {
    let paid = |body| Script::Answer(200, body);
    let unknown = sample!("enquiry_not_found.json");
    let script = [sample!("enquiry_paid.json"), unknown, sample!("enquiry_pending.json"), unknown].map(paid);
    let (provider, wire) = rest(script.into_iter().chain([Script::Answer(200, "<html>")]));
    let references = [REFERENCE, "jisr-0190a3f2-2", REFERENCE];
    let findings = conformance::answers_every_question(&provider, &wire, &references).await;
    let counts: Vec<usize> = findings.iter().map(|finding| finding.transactions.len()).collect();
    assert_eq!(counts, [1, 0, 0]);
    let asked: Vec<Option<String>> = wire.carried().into_iter().map(|call| call.reference).collect();
    assert_eq!(asked, references.map(|reference| Some(reference.to_owned())));
    conformance::knows_nothing_of_a_stranger(&provider, &wire).await;
    assert_eq!(conformance::says_when_it_could_not_ask(&provider).await.kind, Kind::Protocol);

    let (provider, wire) = soap([Script::Answer(200, sample!("soap_enquiry_paid.xml"))]);
    let findings = conformance::answers_every_question(&provider, &wire, &[REFERENCE]).await;
    assert!(findings[0].transactions[0].approved);
}

#[tokio::test(start_paused = true)]
async fn openings_that_fail_say_whose_fault_it_is() {
    for (script, kind, delivery) in [
        (Script::Answer(200, sample!("validate_unknown_customer.json")), Kind::NotFound, Delivery::Done),
        (Script::Answer(200, sample!("validate_code_not_sent.json")), Kind::Unavailable, Delivery::Done),
        (Script::Answer(200, sample!("gateway_error.json")), Kind::Unavailable, Delivery::Maybe),
        (Script::Answer(400, sample!("invalid_request.json")), Kind::Invalid, Delivery::Never),
        (Script::Answer(400, sample!("validate_unknown_customer.json")), Kind::NotFound, Delivery::Done),
        (Script::Answer(401, ""), Kind::Unauthorized, Delivery::Never),
        (Script::Answer(404, ""), Kind::NotFound, Delivery::Never),
        (Script::Answer(500, ""), Kind::Unavailable, Delivery::Maybe),
        (Script::Answer(200, "<html>"), Kind::Protocol, Delivery::Maybe),
        (Script::Refused, Kind::Unavailable, Delivery::Never),
        (Script::Cut, Kind::Unavailable, Delivery::Maybe),
    ] {
        let (provider, wire) = rest([script.clone()]);
        let error = open(&provider, &conformance::order(&CARD)).await.expect_err("an error");
        assert_eq!((error.kind, error.delivery, error.provider), (kind, delivery, NAME), "{script:?}");
        assert_eq!(wire.carried().len(), 1, "it is sent once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_confirmation_that_failed_says_whether_it_can_have_charged() {
    let json = [
        (Script::Answer(200, sample!("gateway_error.json")), Kind::Unavailable, Delivery::Maybe),
        (Script::Answer(400, sample!("invalid_request.json")), Kind::Invalid, Delivery::Never),
        (Script::Answer(401, ""), Kind::Unauthorized, Delivery::Never),
        (Script::Cut, Kind::Unavailable, Delivery::Maybe),
    ];
    let xml = [
        (Script::Answer(500, sample!("soap_server_fault.xml")), Kind::Unavailable, Delivery::Maybe),
        (Script::Answer(500, sample!("soap_unauthorized.xml")), Kind::Unauthorized, Delivery::Never),
    ];
    let json = json.map(|(script, kind, delivery)| (rest([script]), kind, delivery));
    let xml = xml.map(|(script, kind, delivery)| (soap([script]), kind, delivery));
    for ((provider, wire), kind, delivery) in json.into_iter().chain(xml) {
        let call = provider.describe_confirm(&conformance::order(&CARD), "4801233", &code()).expect("a call");
        let error = act(&provider, &call).await.expect_err("an error");
        assert_eq!((error.kind, error.delivery), (kind, delivery), "{error}");
        assert_eq!(wire.carried().len(), 1, "it is sent once");
    }
}

#[tokio::test(start_paused = true)]
async fn no_secret_reaches_the_log() {
    for (provider, _) in [rest([]), soap([])] {
        let order = conformance::order(&CARD);
        let Opening::Call(open) = provider.open(&order).await.expect("an opening") else { panic!("a call") };
        let confirm = provider.describe_confirm(&order, "4801233", &code()).expect("a call");
        for call in [*open, confirm] {
            let body = kit::mask::body(&call.request.body, call.secrets.body).expect("a body");
            let headers = kit::mask::headers(&call.request.headers, call.secrets.headers);
            for secret in ["111111", "0911234567", "911234567", "1987", "soap-password", "claims", "signature"] {
                assert!(!body.contains(secret) && !headers.contains(secret), "{secret}: {headers} {body}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_carried_is_not_sent() {
    let (provider, wire) = soap([]);
    let order = conformance::order(&CARD);
    let nobody = Order { customer: Customer::default(), ..order.clone() };
    let with = |phone: &str| {
        let phone = Phone::parse(phone).expect("a Libyan number");
        Order { customer: Customer { phone: Some(phone), ..order.customer.clone() }, ..order.clone() }
    };
    assert!(provider.open(&with("0931234567")).await.is_ok(), "093 is Almadar's too");
    for wrong in [nobody, with("0921234567"), with("0941234567"), with("0213334444")] {
        assert_eq!(provider.open(&wrong).await.expect_err("a refusal").kind, Kind::Invalid);
    }
    let session = provider.describe_confirm(&order, "1\u{0}", &code()).expect_err("a refusal");
    assert_eq!((session.kind, session.delivery), (Kind::Invalid, Delivery::Never));
    assert!(wire.carried().is_empty());
}
