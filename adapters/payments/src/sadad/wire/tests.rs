//! Requests compared with the samples: JSON byte for byte, SOAP by what its documents say.

use kit::testing::ScriptedWire;
use schemas::Currency;
use serde_json::json;

use super::super::config::Settings;
use super::*;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/sadad/", $name)).trim_end()
    };
}

const REFERENCE: &str = "jisr-0190a3f2-1";
const TOKEN: &str = "header.claims.signature";

fn rest() -> Gateway {
    gateway(json!({"base_url": "http://127.0.0.1:9090/sadad/"}), json!({"token": TOKEN}))
}

fn soap() -> Gateway {
    let configuration = json!({"protocol": "soap", "soap_url": "http://127.0.0.1:9090/sadad/soap"});
    gateway(configuration, json!({"username": "jisr-mocks", "password": "soap-password"}))
}

fn gateway(configuration: serde_json::Value, credentials: serde_json::Value) -> Gateway {
    let settings = Settings::read(configuration, credentials, schemas::store::Mode::Test);
    settings.unwrap_or_else(|error| panic!("{error}")).gateway
}

fn call(gateway: &Gateway, request: &Request) -> Call {
    let account = crate::conformance::parts(ScriptedWire::new([])).account;
    let sender = Sender { gateway, account, destination: Destination::Trusted };
    sender.call(request, REFERENCE).expect("a call")
}

fn validate(minor: i64) -> Request {
    let phone = Phone::parse("0913456789").expect("a Libyan number");
    Request::validate(REFERENCE, &phone, 1990, Money::new(minor, Currency::Lyd), 20)
}

fn pay(session: &str) -> Request {
    Request::pay(session, &Code::parse("111111").expect("digits"))
}

fn body(call: &Call) -> &str {
    std::str::from_utf8(&call.request.body).expect("UTF-8")
}

/// Without the white space between elements, and without the attribute by which we want the header understood.
fn plain(text: &str) -> String {
    let text = text.replace(" soap:mustUnderstand=\"1\"", "");
    text.split('>').map(str::trim_start).collect::<Vec<_>>().join(">")
}

#[test]
fn json_as_in_the_samples() {
    for (request, sample, path) in [
        (validate(12_500), sample!("validate_request.json"), "Validate"),
        (pay("4801233"), sample!("pay_request.json"), "Pay"),
        (Request::resend("4801233"), sample!("resend_request.json"), "otp-resend"),
        (Request::enquiry(REFERENCE), sample!("enquiry_request.json"), "enquiry"),
    ] {
        let call = call(&rest(), &request);
        assert_eq!(body(&call), sample);
        assert_eq!(call.request.url.as_str(), format!("http://127.0.0.1:9090/sadad/api/{path}"));
        assert_eq!(call.request.headers["authorization"], format!("Bearer {TOKEN}"));
        assert_eq!((call.operation, call.reference.as_deref()), (path, Some(REFERENCE)));
        assert_eq!(call.answers, [400]);
    }
}

#[test]
fn soap_as_in_the_samples() {
    for (request, sample, action) in [
        (validate(12_500), sample!("soap_validate_request.xml"), "Validate"),
        (pay("4801233"), sample!("soap_pay_request.xml"), "Pay"),
        (Request::resend("4801233"), sample!("soap_resend_request.xml"), "ResendOtp"),
        (Request::enquiry(REFERENCE), sample!("soap_enquiry_request.xml"), "Enquiry"),
    ] {
        let call = call(&soap(), &request);
        assert_eq!(plain(body(&call)), plain(sample));
        assert_eq!(call.request.url.as_str(), "http://127.0.0.1:9090/sadad/soap");
        assert_eq!(call.request.headers["soapaction"], format!("\"http://sadad.ly/pgw/{action}\""));
        assert!(call.request.headers.get("authorization").is_none());
        assert_eq!(call.answers, [500]);
    }
}

#[test]
fn only_asking_may_be_repeated() {
    for gateway in [rest(), soap()] {
        for request in [validate(1), pay("1"), Request::resend("1")] {
            assert_eq!(call(&gateway, &request).safety, Safety::Once);
        }
        assert_eq!(call(&gateway, &Request::enquiry(REFERENCE)).safety, Safety::Read);
    }
}

#[test]
fn amounts_are_written_to_the_last_dirham() {
    for (minor, text) in [(1, "0.001"), (12_505, "12.505"), (100_000, "100.000"), (999_999_999_999, "999999999.999")] {
        let call = call(&rest(), &validate(minor));
        assert!(body(&call).contains(&format!("\"Amount\":{text},")), "{}", body(&call));
    }
}

#[test]
fn a_transaction_goes_back_as_it_came() {
    for (session, written) in [
        ("4801233", "4801233"),
        ("TX987654321", "\"TX987654321\""),
        ("0480", "\"0480\""),
        ("1234567890123456789", "\"1234567890123456789\""),
        ("-1", "\"-1\""),
        ("1,\"OTP\":1", "\"1,\\\"OTP\\\":1\""),
        ("", "\"\""),
    ] {
        let call = call(&rest(), &Request::resend(session));
        assert_eq!(body(&call), format!("{{\"TransactionId\":{written}}}"));
    }
}

#[test]
fn every_secret_of_the_samples_is_masked() {
    let masked = |body: &str| kit::mask::body(body.as_bytes(), SECRETS.body).expect("a body");
    for sample in [sample!("validate_request.json"), sample!("soap_validate_request.xml")] {
        let shown = masked(sample);
        for secret in ["0913456789", "1990", "soap-password", "jisr-mocks"] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
        assert!(shown.contains(REFERENCE) && shown.contains("12.500"), "{shown}");
    }
    for sample in [sample!("pay_request.json"), sample!("soap_pay_request.xml")] {
        let shown = masked(sample);
        assert!(!shown.contains("111111") && !shown.contains("soap-password"), "{shown}");
        assert!(shown.contains("4801233"), "{shown}");
    }
    let headers = kit::mask::headers(&call(&rest(), &validate(1)).request.headers, SECRETS.headers);
    assert!(!headers.contains(TOKEN) && headers.contains("authorization"), "{headers}");
}
