//! The adapter over the real transport: what an answer, a bad status or a cut comes to.

use kit::testing::{Script, ScriptedWire};
use kit::{Delivery, Fault, testing};
use schemas::Money;
use serde_json::json;

use super::*;
use crate::conformance;
use crate::port::SessionStep;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../schemas/providers/plutu/", $name))
    };
}

const K1: &str = "sk_ac63978fe4bc6defb55045fe84492021d1e87555";

fn account(configuration: Value, script: impl IntoIterator<Item = Script>) -> (Plutu, Arc<ScriptedWire>) {
    let wire = ScriptedWire::new(script);
    let credentials = json!({"api_key": "ak", "access_token": "at", "secret_key": K1});
    let parts = conformance::parts(Arc::clone(&wire));
    let account = Plutu::build(configuration, credentials, parts).unwrap_or_else(|error| panic!("{error}"));
    (account, wire)
}

fn order(gateway: Gateway) -> Order {
    let order = conformance::order_by(&CARD, CARD.route(gateway.name()).expect("a route"));
    Order { amount: Money::new(order.amount.minor, gateway.currency()), ..order }
}

async fn act(account: &Plutu, call: Call) -> Result<Reply, Error> {
    account.parts.transport.act(&call, testing::intent(&call)).await
}

async fn open(account: &Plutu, order: &Order) -> Result<Session, Error> {
    let Opening::Call(call) = account.open(order).await? else { panic!("nothing is ready at once") };
    act(account, *call).await.and_then(|reply| account.read_opening(order, &reply))
}

#[tokio::test(start_paused = true)]
async fn a_wallet_is_opened_confirmed_and_paid() {
    let (sent, wrong, paid) = (
        Script::Answer(200, sample!("verify_sent.json")),
        Script::Answer(400, sample!("confirm_wrong_code.json")),
        Script::Answer(200, sample!("confirm_paid.json")),
    );
    let (account, wire) = account(json!({}), [sent.clone(), wrong, sent, paid]);
    let order = order(Gateway::Sadad);
    let session = open(&account, &order).await.expect("a session");
    let codes = account.codes().expect("codes");
    let code = Code::parse("111112").expect("a code");
    let call = codes.describe_confirm(&order, &session.id, &code).expect("a call");
    let reply = act(&account, call).await.expect("a wrong code is an answer");
    assert_eq!(codes.read_confirm(&order, &reply), Confirmed::WrongCode);
    let call = codes.describe_resend(&order, &session.id).expect("a call");
    let reply = act(&account, call).await.expect("an answer");
    let session = codes.read_resend(&order, &session.id, &reply).expect("a session");
    assert_eq!(session.next, SessionStep::Code { length: 6, expires_at: None });
    let code = Code::parse("111111").expect("a code");
    let call = codes.describe_confirm(&order, &session.id, &code).expect("a call");
    let reply = act(&account, call).await.expect("an answer");
    let Confirmed::Paid(transaction) = codes.read_confirm(&order, &reply) else { panic!("it was paid") };
    assert_eq!(transaction.amount, Ok(order.amount));
    assert_eq!(wire.carried().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn failures_say_what_to_do() {
    for (script, kind, delivery) in [
        (Script::Answer(401, sample!("unauthorized.json")), Kind::Unauthorized, Delivery::Never),
        (Script::Answer(403, "<html>"), Kind::Unauthorized, Delivery::Never),
        (Script::Answer(404, "<html>"), Kind::Protocol, Delivery::Maybe),
        (Script::Answer(404, r#"{"error":{"code":"INVALID_GATEWAY"}}"#), Kind::Unsupported, Delivery::Never),
        (Script::Answer(422, sample!("invalid_inputs.json")), Kind::Invalid, Delivery::Never),
        (Script::Answer(429, ""), Kind::RateLimited, Delivery::Never),
        (Script::Answer(500, sample!("backend_server_error.json")), Kind::Unavailable, Delivery::Maybe),
        (Script::Answer(200, "<html>"), Kind::Protocol, Delivery::Maybe),
        (Script::Answer(400, sample!("not_subscribed.json")), Kind::Rejected, Delivery::Done),
        (Script::Refused, Kind::Unavailable, Delivery::Never),
        (Script::Cut, Kind::Unavailable, Delivery::Maybe),
        (
            Script::Late(std::time::Duration::from_secs(60), 200, sample!("verify_sent.json")),
            Kind::Timeout,
            Delivery::Maybe,
        ),
    ] {
        let (account, wire) = account(json!({}), [script.clone()]);
        let error = open(&account, &order(Gateway::Edfali)).await.expect_err("a failure");
        assert_eq!((error.kind, error.delivery, error.provider), (kind, delivery, NAME), "{script:?}");
        assert_eq!(wire.carried().len(), 1, "it is not repeated");
    }
    let (account, _) = account(json!({}), [Script::Answer(401, sample!("unauthorized.json"))]);
    let error = open(&account, &order(Gateway::Edfali)).await.expect_err("a failure");
    assert!(error.message.ends_with("401: AUTH_ERROR"), "{}", error.message);
}

#[tokio::test(start_paused = true)]
async fn an_uncertain_confirmation_is_never_a_refusal() {
    for (script, delivery) in [
        (Script::Answer(500, sample!("backend_server_error.json")), Delivery::Maybe),
        (Script::Answer(200, ""), Delivery::Maybe),
        (Script::Cut, Delivery::Maybe),
        (Script::Answer(401, sample!("unauthorized.json")), Delivery::Never),
        (Script::Refused, Delivery::Never),
    ] {
        let (account, _) = account(json!({}), [script.clone()]);
        let code = Code::parse("1111").expect("a code");
        let call = account.describe_confirm(&order(Gateway::Edfali), "1", &code).expect("a call");
        let error = act(&account, call).await.expect_err("a failure");
        assert_eq!(error.delivery, delivery, "{script:?}");
    }
    let (account, _) = account(json!({}), [Script::Answer(400, sample!("duplicated_invoice.json"))]);
    let order = order(Gateway::Edfali);
    let code = Code::parse("1111").expect("a code");
    let call = account.describe_confirm(&order, "1", &code).expect("a call");
    let reply = act(&account, call).await.expect("an answer");
    assert!(matches!(account.read_confirm(&order, &reply), Confirmed::Unclear { .. }));
}

#[tokio::test]
async fn a_gateway_that_is_not_subscribed_or_takes_another_currency_is_refused() {
    let (usual, wire) = account(json!({}), []);
    let (dollars, _) = account(json!({"gateways": ["mpgs"]}), []);
    let euros = |order: Order| Order { amount: Money::new(12_500, Currency::Eur), ..order };
    let swapped = |gateway: Gateway| {
        let other = if gateway == Gateway::Mpgs { Currency::Lyd } else { Currency::Usd };
        Order { amount: Money::new(12_500, other), ..order(gateway) }
    };
    for gateway in Gateway::ALL {
        let has = if gateway == Gateway::Mpgs { &dollars } else { &usual };
        let has_not = if gateway == Gateway::Mpgs { &usual } else { &dollars };
        assert!(has.open(&order(gateway)).await.is_ok());
        for (account, order) in [(has_not, order(gateway)), (has, swapped(gateway)), (has, euros(order(gateway)))] {
            let error = account.open(&order).await.expect_err("a refusal");
            assert_eq!((error.kind, error.delivery, error.origin), (Kind::Unsupported, Delivery::Never, Fault::Us));
        }
    }
    assert!(wire.carried().is_empty());
}

#[tokio::test(start_paused = true)]
async fn it_believes_its_own_return_and_callback() {
    let (account, _) = account(json!({}), []);
    let query = sample!("localbankcards_return_p1.txt").trim_end().to_owned();
    let raw = RawCallback { headers: http::HeaderMap::new(), query, body: bytes::Bytes::new() };
    let hint = account.read_callback(&raw).expect("a true return");
    assert!(hint.proof.is_some_and(|proof| proof.approved && proof.ours));
    let forged = RawCallback { query: raw.query.replace("5.00", "5.01"), ..raw };
    assert_eq!(account.read_callback(&forged), Err(CallbackError::Forged));
    assert!((PROVIDER.identity)(&json!({"base_url": "x"})).is_none() && account.identity().is_none());
}
