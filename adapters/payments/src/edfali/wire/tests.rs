//! Requests compared with the samples.

use kit::testing::ScriptedWire;
use schemas::Currency;
use schemas::store::Mode;
use serde_json::json;

use super::*;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/edfali/", $name))
    };
}

const REFERENCE: &str = "jisr-0190a3f2-1";

fn built(build: impl FnOnce(&Merchant<'_>) -> Result<Call, BuildError>) -> Call {
    let configuration = json!({"base_url": "http://127.0.0.1:9090/edfali", "mobile": "913000001"});
    let settings = Settings::read(configuration, Mode::Test).expect("settings");
    let keys = Keys::read(json!({"pin": "1234", "password": "jisr-mocks-service"})).expect("keys");
    let account = crate::conformance::parts(ScriptedWire::new([])).account;
    let merchant = Merchant { settings: &settings, keys: &keys, account, destination: Destination::Trusted };
    build(&merchant).expect("a call")
}

fn customer() -> Phone {
    Phone::parse("0912345678").expect("a Libyan number")
}

fn lyd(minor: i64) -> Money {
    Money::new(minor, Currency::Lyd)
}

/// Without the white space between elements, which means nothing.
fn plain(body: &[u8]) -> String {
    let text = std::str::from_utf8(body).expect("UTF-8");
    text.split('>').map(str::trim_start).collect::<Vec<_>>().join(">")
}

#[test]
fn an_opening_as_in_the_sample() {
    let call = built(|merchant| merchant.open(REFERENCE, &customer(), lyd(12_500)));
    assert_eq!(plain(&call.request.body), plain(sample!("do_p_trans_request.xml").as_bytes()));
    assert_eq!((call.operation, call.reference.as_deref()), ("DoPTrans", Some(REFERENCE)));
}

#[test]
fn a_confirmation_as_in_the_sample() {
    let call = built(|merchant| merchant.confirm(REFERENCE, "7214408519", "1111"));
    assert_eq!(plain(&call.request.body), plain(sample!("online_conf_trans_request.xml").as_bytes()));
    assert_eq!((call.operation, call.reference.as_deref()), ("OnlineConfTrans", Some(REFERENCE)));
}

#[test]
fn calls_are_once_and_carry_their_action() {
    for (call, action) in [
        (built(|merchant| merchant.open(REFERENCE, &customer(), lyd(1_000))), "\"http://tempuri.org/DoPTrans\""),
        (built(|merchant| merchant.confirm(REFERENCE, "1", "1111")), "\"http://tempuri.org/OnlineConfTrans\""),
    ] {
        assert_eq!((call.safety, call.answers), (Safety::Once, &[500][..]));
        assert_eq!(call.request.headers["soapaction"], action);
        assert_eq!(call.request.headers["content-type"], "text/xml; charset=utf-8");
        assert_eq!(call.request.url.as_str(), "http://127.0.0.1:9090/edfali/BCDUssd/NewEdfali.asmx");
    }
}

#[test]
fn amounts_are_whole_or_have_two_decimals() {
    for (minor, text) in
        [(1_000, "1"), (12_500, "12.50"), (12_050, "12.05"), (10, "0.01"), (500, "0.50"), (25_000_000, "25000")]
    {
        assert_eq!(dinars(lyd(minor)), text);
    }
}

#[test]
fn what_is_written_by_people_does_not_change_the_document() {
    let call = built(|merchant| merchant.confirm(REFERENCE, "1</sessionID><PW>x</PW>&amp;", "1111"));
    let body = std::str::from_utf8(&call.request.body).expect("UTF-8");
    assert!(body.contains("<sessionID>1&lt;/sessionID&gt;&lt;PW&gt;x&lt;/PW&gt;&amp;amp;</sessionID>"), "{body}");
}

#[test]
fn every_secret_of_the_samples_is_masked() {
    let masked = |body: &str| kit::mask::body(body.as_bytes(), SECRETS.body).expect("a body");
    let opening = masked(sample!("do_p_trans_request.xml"));
    for secret in [">1234<", "912345678", "jisr-mocks-service"] {
        assert!(!opening.contains(secret), "{secret}: {opening}");
    }
    assert!(opening.contains("913000001") && opening.contains("12.50"), "{opening}");
    let confirmation = masked(sample!("online_conf_trans_request.xml"));
    assert!(!confirmation.contains("1111") && !confirmation.contains("jisr-mocks-service"), "{confirmation}");
    assert!(confirmation.contains("7214408519"), "{confirmation}");
    assert!(masked(sample!("do_p_trans_session.xml")).contains("7214408519"));
}
