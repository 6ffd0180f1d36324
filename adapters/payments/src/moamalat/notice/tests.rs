//! Notifications and browser results: the published vectors, and everything forged.

use proptest::prelude::*;
use schemas::store::Mode;
use serde_json::json;

use super::*;

const CURRENT: &str = "3a488a89b3f7993476c252f017c488bb";
const FIXTURE: &str = "39353638663431622d303136622d343235322d623330632d383361633838383965373965";
const V1: &str = include_str!("../../../../../schemas/providers/moamalat/notification_v1.json");
const D4: &str = include_str!("../../../../../schemas/providers/moamalat/notification_d4.json");
const D5: &str = include_str!("../../../../../schemas/providers/moamalat/complete_callback_d5.json");

fn account(merchant: &str, terminal: &str, notification: &str) -> (Settings, Keys) {
    let configuration = json!({"merchant_id": merchant, "terminal_id": terminal});
    let settings = Settings::read(configuration, Mode::Test).expect("settings");
    let keys = Keys::read(json!({"secret_key": CURRENT, "notification_key": notification}), Mode::Test).expect("keys");
    (settings, keys)
}

fn ours() -> (Settings, Keys) {
    account("10081014649", "99179395", CURRENT)
}

fn notify(body: &str) -> Result<Hint, CallbackError> {
    let (settings, keys) = ours();
    notification(body.as_bytes(), &settings, &keys)
}

fn changed(body: &str, field: &str, value: Value) -> String {
    let mut message: Value = serde_json::from_str(body).expect("JSON");
    message[field] = value;
    message.to_string()
}

fn browser(result: &str, data: Value) -> Result<Hint, CallbackError> {
    let (settings, keys) = ours();
    client_result(&json!({"result": result, "data": data}), &settings, &keys)
}

#[test]
fn the_published_notification_verifies() {
    let (settings, keys) = account("10004188779", "49077229", FIXTURE);
    let hint = notification(V1.as_bytes(), &settings, &keys).expect("a hint");
    assert_eq!(hint, Hint::at("475217323", TransactionKind::Sale));
    let address = address(V1.as_bytes()).expect("an address");
    assert_eq!(address.identity.as_deref(), Some("10004188779/49077229"));
    assert_eq!(address.wire_reference.as_deref(), Some("475217323"));
}

#[test]
fn a_notification_hints_and_numbers_are_hashed_as_written() {
    assert_eq!(notify(D4).expect("a hint").wire_reference, "jisr-0190a3f2-1");
    assert!(notify(&changed(D4, "Amount", json!(12_500))).is_ok());
    assert!(notify(&D4.replace("628E00E7", "628e00e7")).is_ok());
    assert_eq!(notify(&D4.replace("\"12500\"", "12500.0")), Err(CallbackError::Forged));
    for (written, kind) in [
        (json!("1"), TransactionKind::Sale),
        (json!(2), TransactionKind::Refund),
        (json!(3), TransactionKind::Refund),
        (json!(4), TransactionKind::Other),
        (json!(null), TransactionKind::Other),
    ] {
        assert_eq!(notify(&changed(D4, "TxnType", written)).expect("a hint").kind, kind);
    }
}

#[test]
fn a_forged_notification_is_refused() {
    for (field, value) in [
        ("Amount", json!("12501")),
        ("Currency", json!("840")),
        ("DateTimeLocalTrxn", json!("20250131153046")),
        ("MerchantId", json!("10081014640")),
        ("TerminalId", json!("99179396")),
        ("SecureHash", json!("00")),
        ("SecureHash", json!("628E00E757E86394D30D03D3E60E2A9F2F18FA67C61568EADAC84DDA0F185C99")),
    ] {
        assert_eq!(notify(&changed(D4, field, value)), Err(CallbackError::Forged), "{field}");
    }
    // The key that signs requests is not the key that signs notifications.
    let (settings, keys) = account("10081014649", "99179395", FIXTURE);
    assert_eq!(notification(D4.as_bytes(), &settings, &keys), Err(CallbackError::Forged));
    // A true message of another merchant's, signed with a key that both share.
    let (settings, keys) = account("10081014649", "99179396", CURRENT);
    assert_eq!(notification(D4.as_bytes(), &settings, &keys), Err(CallbackError::Forged));
}

#[test]
fn what_is_no_notification_is_malformed() {
    for field in
        ["Amount", "Currency", "DateTimeLocalTrxn", "MerchantId", "TerminalId", "SecureHash", "MerchantReference"]
    {
        assert_eq!(notify(&changed(D4, field, json!(null))), Err(CallbackError::Malformed), "{field}");
    }
    assert_eq!(notify(&changed(D4, "MerchantReference", json!("a\u{0}b"))), Err(CallbackError::Malformed));
    for body in ["", "null", "<html>", "Amount=12500", "{}", &D4[..D4.len() / 2], r#"{"Amount":"1","Amount":"2"}"#] {
        assert_eq!(notify(body), Err(CallbackError::Malformed), "{body}");
    }
    assert!(address(b"{\"MerchantId\":\"1\"}").is_none() && address(b"").is_none());
}

#[test]
fn without_its_key_no_notification_is_read() {
    let (settings, _) = ours();
    let keys = Keys::read(json!({"secret_key": CURRENT}), Mode::Test).expect("keys");
    assert_eq!(notification(D4.as_bytes(), &settings, &keys), Err(CallbackError::Unsupported));
}

#[test]
fn the_browsers_success_is_proved() {
    let data: Value = serde_json::from_str(D5).expect("JSON");
    assert_eq!(browser("complete", data.clone()).expect("a hint").wire_reference, "ORD-1001");
    for field in ["Amount", "Currency", "MerchantId", "MerchantReference", "PaidThrough", "TerminalId", "TxnDate"] {
        let mut forged = data.clone();
        forged[field] = json!("ORD-1002");
        assert_eq!(browser("complete", forged), Err(CallbackError::Forged), "{field}");
        let mut missing = data.clone();
        missing[field] = json!(null);
        assert_eq!(browser("complete", missing), Err(CallbackError::Malformed), "{field}");
    }
    // Not covered by the hash, and not read either.
    let mut other = data;
    other["SystemReference"] = json!("9");
    assert!(browser("complete", other).is_ok());
}

#[test]
fn error_and_cancel_only_name_what_to_ask_about() {
    for result in ["error", "cancel"] {
        let hint = browser(result, json!({"MerchantReference": "jisr-0190a3f2-1", "error": "x"})).expect("a hint");
        assert_eq!(hint.wire_reference, "jisr-0190a3f2-1");
        assert_eq!(browser(result, json!({})), Err(CallbackError::Malformed));
        assert_eq!(browser(result, json!(null)), Err(CallbackError::Malformed));
    }
    assert_eq!(browser("paid", json!({"MerchantReference": "jisr-0190a3f2-1"})), Err(CallbackError::Malformed));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let (settings, keys) = ours();
        prop_assert!(notification(&body, &settings, &keys).is_err());
        let _ = address(&body);
    }

    #[test]
    fn a_changed_byte_never_verifies_another_amount(at in 0usize..800, byte in any::<u8>()) {
        let mut body = D4.as_bytes().to_vec();
        if let Some(place) = body.get_mut(at) {
            *place = byte;
        }
        let (settings, keys) = ours();
        if notification(&body, &settings, &keys).is_ok() {
            let read: Notification = serde_json::from_slice(&body).expect("a notification");
            prop_assert_eq!(read.amount.text(), "12500");
        }
    }
}
