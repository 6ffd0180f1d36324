//! The adapter over the real transport: what it describes, and what becomes of each answer.

use std::sync::Arc;

use kit::Delivery;
use kit::testing::{Script, ScriptedWire, intent};
use schemas::Money;
use schemas::payment::Customer;
use serde_json::json;

use super::*;
use crate::conformance;
use crate::port::{Question, SessionStep};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../schemas/providers/edfali/", $name))
    };
}

fn account(script: impl IntoIterator<Item = Script>) -> (Edfali, Arc<ScriptedWire>) {
    let wire = ScriptedWire::new(script);
    let configuration = json!({"base_url": "http://127.0.0.1:9090/edfali", "mobile": "913000001"});
    let credentials = json!({"pin": "1234", "password": "jisr-mocks-service"});
    let built = Edfali::build(configuration, credentials, conformance::parts(Arc::clone(&wire)));
    (built.unwrap_or_else(|error| panic!("{error}")), wire)
}

fn code() -> Code {
    Code::parse("1111").expect("digits")
}

/// Sends a call as the gateway does, with its intent committed.
async fn act(provider: &Edfali, call: &Call) -> Result<Reply, Error> {
    provider.parts.transport.act(call, intent(call)).await
}

async fn open(provider: &Edfali, order: &Order) -> Result<Session, Error> {
    let Opening::Call(call) = provider.open(order).await.expect("an opening") else { panic!("a call") };
    provider.read_opening(order, &act(provider, &call).await?)
}

#[tokio::test(start_paused = true)]
async fn it_keeps_the_promises() {
    let (provider, wire) = account([]);
    assert_eq!((provider.lane(), provider.identity()), ("127.0.0.1:9090/913000001", None));
    conformance::all(&provider, &wire).await;
    conformance::knows_nothing_of_a_stranger(&provider, &wire).await;
    assert!(wire.carried().is_empty(), "there is nobody to ask");
}

#[tokio::test(start_paused = true)]
async fn a_payment_from_opening_to_paid() {
    let answers = [
        sample!("do_p_trans_session.xml"),
        sample!("online_conf_trans_wrong_code.xml"),
        sample!("do_p_trans_session.xml"),
        sample!("online_conf_trans_ok.xml"),
    ];
    let (provider, wire) = account(answers.map(|body| Script::Answer(200, body)));
    let order = conformance::order(&CARD);
    let session = open(&provider, &order).await.expect("a session");
    assert_eq!(session.next, SessionStep::Code { length: 4, expires_at: None });
    let confirm = provider.describe_confirm(&order, &session.id, &code()).expect("a call");
    let wrong = act(&provider, &confirm).await.expect("an answer");
    assert_eq!(provider.read_confirm(&order, &wrong), Confirmed::WrongCode);
    let resend = provider.describe_resend(&order, &session.id).expect("a call");
    let resent = act(&provider, &resend).await.expect("an answer");
    assert_eq!(provider.read_resend(&order, &session.id, &resent).expect("a session").id, "7214408519");
    let paid = act(&provider, &confirm).await.expect("an answer");
    assert!(matches!(provider.read_confirm(&order, &paid), Confirmed::Paid(sale) if sale.amount == Ok(order.amount)));
    assert_eq!(wire.carried().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn openings_that_fail_say_whose_fault_it_is() {
    for (script, kind, delivery) in [
        (Script::Answer(200, sample!("do_p_trans_refused.xml")), Kind::Rejected, Delivery::Done),
        (Script::Answer(200, sample!("do_p_trans_empty.xml")), Kind::NotFound, Delivery::Done),
        (Script::Answer(200, sample!("do_p_trans_null.xml")), Kind::NotFound, Delivery::Done),
        (Script::Answer(500, sample!("fault_client.xml")), Kind::Invalid, Delivery::Never),
        (Script::Answer(500, sample!("fault_server.xml")), Kind::Unavailable, Delivery::Maybe),
        (Script::Answer(500, "<html>"), Kind::Unavailable, Delivery::Maybe),
        (Script::Answer(200, "<html>"), Kind::Protocol, Delivery::Maybe),
        (Script::Answer(403, "<html>"), Kind::Unauthorized, Delivery::Never),
        (Script::Answer(404, "<html>"), Kind::NotFound, Delivery::Never),
        (Script::Answer(503, ""), Kind::Unavailable, Delivery::Maybe),
        (Script::Refused, Kind::Unavailable, Delivery::Never),
        (Script::Cut, Kind::Unavailable, Delivery::Maybe),
    ] {
        let (provider, wire) = account([script.clone()]);
        let error = open(&provider, &conformance::order(&CARD)).await.expect_err("an error");
        assert_eq!((error.kind, error.delivery, error.provider), (kind, delivery, NAME), "{script:?}");
        assert_eq!(wire.carried().len(), 1, "it is sent once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_confirmation_that_was_certainly_not_taken_says_so() {
    let wrong_password: &'static str =
        Box::leak(sample!("online_conf_trans_ok.xml").replace(">OK<", ">PW1<").into_boxed_str());
    for (script, kind, delivery) in [
        (Script::Answer(200, wrong_password), Kind::Unauthorized, Delivery::Never),
        (Script::Answer(500, sample!("fault_client.xml")), Kind::Invalid, Delivery::Never),
        (Script::Answer(500, sample!("fault_server.xml")), Kind::Unavailable, Delivery::Maybe),
        (Script::Cut, Kind::Unavailable, Delivery::Maybe),
    ] {
        let (provider, _) = account([script]);
        let call = provider.describe_confirm(&conformance::order(&CARD), "7214408519", &code()).expect("a call");
        let error = act(&provider, &call).await.expect_err("an error");
        assert_eq!((error.kind, error.delivery), (kind, delivery), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_carried_is_not_sent() {
    let (provider, wire) = account([]);
    let order = conformance::order(&CARD);
    let nobody = Order { customer: Customer::default(), ..order.clone() };
    let third_decimal = Order { amount: Money::new(12_505, Currency::Lyd), ..order.clone() };
    let landline = Phone::parse("0213334444").expect("a Libyan number");
    let landline = Customer { phone: Some(landline), ..Customer::default() };
    let landline = Order { customer: landline, ..order.clone() };
    assert_eq!(provider.open(&landline).await.expect_err("a refusal").kind, Kind::Invalid);
    for wrong in [nobody, third_decimal, landline] {
        let resend = provider.describe_resend(&wrong, "7214408519").expect_err("a refusal");
        assert_eq!((resend.kind, resend.delivery), (Kind::Invalid, Delivery::Never));
    }
    let session = provider.describe_confirm(&order, "1\u{0}", &code()).expect_err("a refusal");
    assert_eq!((session.kind, session.delivery), (Kind::Invalid, Delivery::Never));
    let question = Question {
        wire_reference: order.wire_reference,
        session: Some("7214408519".to_owned()),
        opened_at: order.opened_at,
    };
    assert!(provider.ask(&[question]).await.expect("findings")[0].transactions.is_empty());
    assert!(wire.carried().is_empty());
}

#[tokio::test(start_paused = true)]
async fn no_secret_reaches_the_log() {
    let (provider, _) = account([]);
    let Opening::Call(open) = provider.open(&conformance::order(&CARD)).await.expect("an opening") else {
        panic!("a call")
    };
    let confirm = provider.describe_confirm(&conformance::order(&CARD), "7214408519", &code()).expect("a call");
    for call in [*open, confirm] {
        let logged = kit::mask::body(&call.request.body, call.secrets.body).expect("a body");
        for secret in [">1234<", ">1111<", "jisr-mocks-service", "911234567"] {
            assert!(!logged.contains(secret), "{secret}: {logged}");
        }
        assert!(logged.contains("913000001"), "{logged}");
    }
}
