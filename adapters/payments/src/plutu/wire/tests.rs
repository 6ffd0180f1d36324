//! Requests against the samples, byte for byte, and what a log may show of them.

use kit::testing::ScriptedWire;
use kit::{Kind, mask};
use schemas::payment::Customer;
use schemas::{Money, Phone};
use serde_json::json;

use super::super::{CARD, Plutu};
use super::*;
use crate::codes::Codes;
use crate::conformance;
use crate::port::{Opening, PaymentProvider};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/plutu/", $name)).trim_end_matches('\n')
    };
}

const RETURN_URL: &str = "https://gateway.example.ly/v1/returns/plutu/pay_01K9QJ";

fn account() -> Plutu {
    let configuration = json!({"gateways": Gateway::ALL.map(Gateway::name)});
    let credentials = json!({"api_key": "ak-geheim", "access_token": "at-geheim", "secret_key": "sk-geheim"});
    let parts = conformance::parts(ScriptedWire::new([]));
    Plutu::build(configuration, credentials, parts).unwrap_or_else(|error| panic!("{error}"))
}

/// The order of the samples.
fn order(gateway: Gateway) -> Order {
    let route = CARD.route(gateway.name()).expect("a route");
    let minor = if gateway == Gateway::Mpgs { 1_250 } else { 12_500 };
    Order {
        wire_reference: "pay_01K9QJ.a1".to_owned(),
        amount: Money::new(minor, gateway.currency()),
        customer: Customer { phone: Phone::parse("0912345678").ok(), birth_year: Some(1990), ..Customer::default() },
        return_url: RETURN_URL.to_owned(),
        callback_url: "https://gateway.example.ly/v1/callbacks/plutu".to_owned(),
        ..conformance::order_by(&CARD, route)
    }
}

async fn opened(order: &Order) -> Call {
    match account().open(order).await.expect("an opening") {
        Opening::Call(call) => *call,
        Opening::Ready(next) => panic!("nothing was called: {next:?}"),
    }
}

fn confirmed(gateway: Gateway, code: &str) -> Call {
    let order = Order { customer_address: "102.69.0.10".parse().ok(), ..order(gateway) };
    let code = Code::parse(code).expect("a code");
    account().describe_confirm(&order, "1732188600123", &code).expect("a call")
}

fn text(call: &Call) -> String {
    String::from_utf8(call.request.body.to_vec()).expect("a form is text")
}

#[tokio::test]
async fn openings_are_the_samples() {
    for (gateway, sample, operation) in [
        (Gateway::Sadad, sample!("sadadapi_verify_request.txt"), "sadadapi/verify"),
        (Gateway::Edfali, sample!("edfali_verify_request.txt"), "edfali/verify"),
        (Gateway::LocalBankCards, sample!("localbankcards_confirm_request.txt"), "localbankcards/confirm"),
        (Gateway::Mpgs, sample!("mpgs_confirm_request.txt"), "mpgs/confirm"),
        (Gateway::Tlync, sample!("tlync_confirm_request.txt"), "tlync/confirm"),
    ] {
        let call = opened(&order(gateway)).await;
        assert_eq!(text(&call), sample);
        assert_eq!(call.operation, operation);
        let url = format!("https://api.plutus.ly/api/v1/transaction/{operation}");
        assert_eq!((call.request.method.as_str(), call.request.url.as_str()), ("POST", url.as_str()));
        let header = |name: &str| call.request.headers[name].to_str().expect("text").to_owned();
        assert_eq!(header("content-type"), "application/x-www-form-urlencoded");
        assert_eq!(header("accept"), "application/json");
        assert_eq!((header("x-api-key"), header("authorization")), ("ak-geheim".into(), "Bearer at-geheim".into()));
    }
}

#[test]
fn confirmations_are_the_samples() {
    let edfali = confirmed(Gateway::Edfali, "1111");
    assert_eq!((edfali.operation, text(&edfali).as_str()), ("edfali/confirm", sample!("edfali_confirm_request.txt")));
    let sadad = confirmed(Gateway::Sadad, "111111");
    assert_eq!((sadad.operation, text(&sadad).as_str()), ("sadadapi/confirm", sample!("sadadapi_confirm_request.txt")));
    let code = Code::parse("1111").expect("a code");
    let call = account().describe_confirm(&order(Gateway::Edfali), "17&code=9", &code).expect("a call");
    assert_eq!(text(&call), "process_id=17%26code%3D9&code=1111&amount=12.50&invoice_no=pay_01K9QJ.a1");
}

#[test]
fn sending_again_is_opening_again() {
    let account = account();
    let call = account.describe_resend(&order(Gateway::Sadad), "1732188600123").expect("a call");
    assert_eq!((call.operation, text(&call).as_str()), ("sadadapi/verify", sample!("sadadapi_verify_request.txt")));
    for page in [Gateway::Tlync, Gateway::LocalBankCards, Gateway::Mpgs] {
        let error = account.describe_resend(&order(page), "x").expect_err("a page has no code");
        assert_eq!(error.kind, Kind::Unsupported);
        let code = Code::parse("1111").expect("a code");
        let error = account.describe_confirm(&order(page), "x", &code).expect_err("a page has no code");
        assert_eq!(error.kind, Kind::Unsupported);
    }
    let short = Code::parse("1111").expect("a code");
    let error = account.describe_confirm(&order(Gateway::Sadad), "x", &short).expect_err("Sadad's has six digits");
    assert_eq!((error.kind, error.delivery), (Kind::Invalid, kit::Delivery::Never));
}

#[tokio::test]
async fn what_may_be_absent_is_sent_where_it_is_known() {
    let mut order = order(Gateway::Tlync);
    order.customer.email = Some("a+b@shop.example".to_owned());
    order.customer_address = "2001:db8::1".parse().ok();
    let sent = text(&opened(&order).await);
    assert!(sent.starts_with("mobile_number=0912345678&email=a%2Bb%40shop.example&amount=12.50&"), "{sent}");
    assert!(sent.ends_with("&customer_ip=2001%3Adb8%3A%3A1&lang=ar"), "{sent}");
    order.customer.email = Some(" ".to_owned());
    assert!(!text(&opened(&order).await).contains("email"));
}

#[tokio::test]
async fn a_fixed_line_gets_no_message() {
    for gateway in [Gateway::Edfali, Gateway::Tlync] {
        let mut order = order(gateway);
        order.customer.phone = Phone::parse("0213334444").ok();
        let error = account().open(&order).await.expect_err("a refusal");
        assert_eq!((error.kind, error.delivery), (Kind::Invalid, kit::Delivery::Never), "{error}");
    }
}

#[tokio::test]
async fn no_log_shows_a_secret() {
    let mut calls = vec![confirmed(Gateway::Edfali, "1111"), confirmed(Gateway::Sadad, "111111")];
    for gateway in Gateway::ALL {
        let mut order = order(gateway);
        order.customer.email = Some("a@shop.example".to_owned());
        order.customer_address = "102.69.0.10".parse().ok();
        calls.push(opened(&order).await);
    }
    for call in calls {
        let body = mask::body(&call.request.body, call.secrets.body).expect("a body");
        let headers = mask::headers(&call.request.headers, call.secrets.headers);
        for secret in ["0912345678", "1990", "1111", "102.69.0.10", "shop.example", "returns", "geheim"] {
            assert!(!body.contains(secret) && !headers.contains(secret), "{secret}: {headers} {body}");
        }
        assert!(body.contains("12.50"), "{body}");
        assert!(!format!("{:?}", call.request).contains("geheim"));
    }
}

#[tokio::test]
async fn no_log_shows_the_way_to_a_customers_page() {
    for gateway in [Gateway::Tlync, Gateway::LocalBankCards, Gateway::Mpgs] {
        let call = opened(&order(gateway)).await;
        let page = mask::body(sample!("checkout_redirect.json").as_bytes(), call.secrets.body).expect("a body");
        assert!(page.contains("CHECKOUT_REDIRECT") && !page.contains("checkout.example.ly"), "{page}");
    }
}
