//! Requests against the samples, byte for byte, and what a log may show of them and of the answers.

use kit::mask;
use kit::testing::ScriptedWire;
use schemas::Phone;
use schemas::payment::Customer;
use schemas::store::Mode;
use serde_json::json;

use super::super::CARD;
use super::*;
use crate::conformance;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/tlync/", $name))
    };
}

fn settings() -> Settings {
    Settings::read(json!({"store_id": "w9ZqjR4bM2"}), Mode::Test).expect("settings")
}

/// The order of the sample.
fn order() -> Order {
    Order {
        customer: Customer {
            phone: Phone::parse("0913456789").ok(),
            email: Some("customer@shop.example".to_owned()),
            ..Customer::default()
        },
        return_url: "https://jisr.example/v1/returns/token".to_owned(),
        callback_url: "https://jisr.example/v1/callbacks/tlync".to_owned(),
        ..conformance::order(&CARD)
    }
}

fn with_sender<T>(settings: &Settings, use_it: impl FnOnce(&Sender<'_>) -> T) -> T {
    let token = SecretString::from("geheim.token");
    let parts = conformance::parts(ScriptedWire::new([]));
    use_it(&Sender { account: parts.account, destination: parts.destination, settings, token: &token })
}

fn initiate(order: &Order) -> Result<Call, Error> {
    with_sender(&settings(), |sender| sender.initiate(order))
}

fn text(call: &Call) -> String {
    String::from_utf8(call.request.body.to_vec()).expect("a form is text")
}

#[test]
fn requests_are_the_samples() {
    let page = initiate(&order()).expect("a call");
    assert_eq!(text(&page), sample!("initiate_request.form").trim_end());
    assert_eq!(page.request.url.as_str(), "https://uat-api.tlync.ly/api/v3/payment/initiate");
    assert_eq!((page.safety.clone(), page.operation), (Safety::Once, "payment/initiate"));
    let receipt = with_sender(&settings(), |sender| sender.receipt("jisr-0190a3f2-1"));
    assert_eq!(text(&receipt), sample!("receipt_request.form").trim_end());
    assert_eq!(receipt.request.url.as_str(), "https://uat-api.tlync.ly/api/v3/receipt/transaction");
    assert_eq!((receipt.safety.clone(), receipt.operation), (Safety::Read, "receipt/transaction"));
    assert_eq!(receipt.reference.as_deref(), Some("jisr-0190a3f2-1"));
    for call in [page, receipt] {
        let header = |name: &str| call.request.headers[name].to_str().expect("text").to_owned();
        assert_eq!(header("content-type"), "application/x-www-form-urlencoded");
        assert_eq!(
            (header("accept"), header("authorization")),
            ("application/json".into(), "Bearer geheim.token".into())
        );
        assert_eq!(call.request.method, http::Method::POST);
    }
}

#[test]
fn paths_are_configuration() {
    let older = json!({"store_id": "a", "base_url": "http://127.0.0.1:9090/mock/",
        "initiate_path": "api/v1/payment/initiate", "receipt_path": "api/v1/cp-payment/receipt"});
    let older = Settings::read(older, Mode::Test).expect("settings");
    let (page, receipt) =
        with_sender(&older, |sender| (sender.initiate(&order()).expect("a call"), sender.receipt("x")));
    assert_eq!(page.request.url.as_str(), "http://127.0.0.1:9090/mock/api/v1/payment/initiate");
    assert_eq!(receipt.request.url.as_str(), "http://127.0.0.1:9090/mock/api/v1/cp-payment/receipt");
}

#[test]
fn an_empty_address_is_left_out_and_a_fixed_line_refused() {
    for email in [None, Some(String::new()), Some(" ".to_owned())] {
        let order = Order { customer: Customer { email, ..order().customer }, ..order() };
        let sent = text(&initiate(&order).expect("a call"));
        assert!(!sent.contains("email") && sent.contains("&phone=0913456789&backend_url="), "{sent}");
    }
    let fixed = Customer { phone: Phone::parse("0213334444").ok(), ..Customer::default() };
    let error = initiate(&Order { customer: fixed, ..order() }).expect_err("a refusal");
    assert_eq!((error.kind, error.delivery), (Kind::Invalid, kit::Delivery::Never));
}

#[test]
fn no_log_shows_a_secret() {
    let call = initiate(&order()).expect("a call");
    let headers = mask::headers(&call.request.headers, call.secrets.headers);
    assert!(!headers.contains("geheim") && !format!("{:?}", call.request).contains("geheim"), "{headers}");
    let shown = |body: &[u8]| mask::body(body, call.secrets.body).expect("a body");
    let request = shown(&call.request.body);
    let answers = [
        sample!("initiate_accepted.json"),
        sample!("receipt_success_flat.json"),
        sample!("receipt_success_data.json"),
        sample!("receipt_success_full.json"),
    ];
    let secrets =
        ["0913456789", "customer@shop.example", "customer%40shop.example", "returns", "CUSTOMER", "OWNER", "tdi/"];
    for body in answers.map(|answer| shown(answer.as_bytes())).iter().chain([&request]) {
        for secret in secrets {
            assert!(!body.contains(secret), "{secret}: {body}");
        }
    }
    assert!(request.contains("amount=12.50") && request.contains("jisr-0190a3f2-1"), "{request}");
}
