//! Returns and callbacks: the published vectors, what is mixed with them, and everything forged.

use bytes::Bytes;
use http::HeaderMap;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/plutu/", $name)).trim_end_matches('\n')
    };
}

const K1: &str = "sk_ac63978fe4bc6defb55045fe84492021d1e87555";
const K2: &str = "sk_40a07a6c0e63818dc2b292c8e302894e08acedfb";
const K4: &str = "sk_caf8cdd67e554180100dbee62d57dd12eb57acbd";
const P1: &str = include_str!("../../../../../schemas/providers/plutu/localbankcards_return_p1.txt");

fn returned(query: &str) -> RawCallback {
    RawCallback { headers: HeaderMap::new(), query: query.trim_end().to_owned(), body: Bytes::new() }
}

fn posted(body: impl Into<String>) -> RawCallback {
    RawCallback { headers: HeaderMap::new(), query: String::new(), body: body.into().into() }
}

fn believed(raw: &RawCallback, key: &str) -> Result<Hint, CallbackError> {
    read(raw, &Key::new(key.into()))
}

fn proof(raw: &RawCallback, key: &str) -> Transaction {
    believed(raw, key).expect("a true message").proof.expect("a proof")
}

fn lyd(minor: i64) -> Result<Money, String> {
    Ok(Money::new(minor, Currency::Lyd))
}

/// Signs with K2, for messages that no fixture has.
fn hash(message: &str) -> String {
    use hmac::{KeyInit, Mac};
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(K2.as_bytes()).expect("any key");
    mac.update(message.as_bytes());
    hex::encode_upper(mac.finalize().into_bytes())
}

/// A body of members, signed over this message.
fn signed(members: &[(&str, Value)], message: &str) -> String {
    let members = members.iter().map(|(name, value)| format!("{name:?}:{value}")).collect::<Vec<_>>().join(",");
    format!("{{{members},\"hashed\":\"{}\"}}", hash(message))
}

#[test]
fn a_return_of_cards_proves() {
    let hint = believed(&returned(P1), K1).expect("a true return");
    assert_eq!((hint.wire_reference.as_str(), hint.kind), ("14022023", TransactionKind::Sale));
    let paid = proof(&returned(P1), K1);
    assert_eq!((paid.id.as_str(), &paid.amount), ("100900", &lyd(5_000)));
    assert!(paid.approved && !paid.declined && paid.ours && !paid.only_whole && paid.remaining.is_none());
    assert_eq!(paid.raw_status, "approved=1");
    for (query, id) in [
        (sample!("localbankcards_return_canceled.txt"), "100901"),
        (sample!("localbankcards_return_declined.txt"), "100902"),
    ] {
        let refused = proof(&returned(query), K1);
        assert!(!refused.approved && refused.declined);
        assert_eq!((refused.id.as_str(), refused.amount), (id, lyd(12_500)));
    }
    assert_eq!(proof(&returned(sample!("localbankcards_return_canceled.txt")), K1).raw_status, "canceled=1");
}

#[test]
fn a_return_of_dollars_proves_dollars() {
    let paid = proof(&returned(sample!("mpgs_return_p4.txt")), K4);
    assert_eq!((paid.amount, paid.id.as_str()), (Ok(Money::new(500, Currency::Usd)), "100918"));
}

#[test]
fn t_lyncs_callback_proves_and_its_return_hints() {
    let paid = proof(&posted(sample!("tlync_callback_p2.json")), K2);
    assert_eq!((paid.id.as_str(), paid.amount, paid.approved), ("100932", lyd(6_010), true));
    assert_eq!(paid.raw_status, "approved=1 payment_method=mobicash");
    let refused = proof(&posted(sample!("tlync_callback_declined.json")), K2);
    assert!(refused.declined && !refused.approved);
    let hint = believed(&returned(sample!("tlync_return_p3.txt")), K2).expect("a true return");
    assert_eq!(hint, Hint { approved: true, ..Hint::at("43321", TransactionKind::Sale) });
    let refused = "approved=0&invoice_no=43321";
    let hint = believed(&returned(&format!("{refused}&hashed={}", hash(refused))), K2).expect("a true return");
    assert_eq!(hint, Hint::at("43321", TransactionKind::Sale));
}

#[test]
fn foreign_parameters_are_not_looked_at() {
    let mixed = format!("token=a%20b&{}&lang=ar&currency=USD&payment_method=x&token=c", P1.trim_end());
    assert_eq!(proof(&returned(&mixed), K1), proof(&returned(P1), K1));
    let between = P1.replace("&approved", "&utm=1&approved");
    assert!(believed(&returned(&between), K1).is_ok());
    let unsigned = format!("{}&amount=1&transaction_id=9", sample!("tlync_return_p3.txt"));
    assert_eq!(believed(&returned(&unsigned), K2).expect("a true return").proof, None);
    let body =
        sample!("tlync_callback_p2.json").replace("\"gateway\"", "\"more\": [1], \"currency\": \"USD\", \"gateway\"");
    assert_eq!(proof(&posted(body), K2).amount, lyd(6_010));
}

#[test]
fn a_changed_message_is_forged() {
    let changes = [
        ("approved=1", "approved=01"),
        ("approved=1&", ""),
        ("approved=1", "approved=1&canceled=1"),
        ("14022023", "14022024"),
        ("5.00", "5.0"),
        ("100900", "100901"),
        ("gateway=localbankcards&approved=1", "approved=1&gateway=localbankcards"),
        ("79CA", "79CB"),
        ("hashed=79CA", "hashed="),
        ("gateway=localbankcards", "gateway=mpgs"),
        ("gateway=localbankcards&", ""),
        ("gateway=localbankcards", "gateway=tlync"),
    ];
    for (from, to) in changes {
        assert!(P1.contains(from), "{from}");
        assert_eq!(believed(&returned(&P1.replacen(from, to, 1)), K1), Err(CallbackError::Forged), "{from} {to}");
    }
    assert_eq!(believed(&returned(P1), K2), Err(CallbackError::Forged));
    assert_eq!(believed(&returned(P1), ""), Err(CallbackError::Forged));
    for (from, to) in
        [("6.01", "6.02"), ("43321", "43322"), ("\"1\"", "\"0\""), ("mobicash", "sadad"), ("1DDC", "1DDD")]
    {
        let body = sample!("tlync_callback_p2.json").replacen(from, to, 1);
        assert_eq!(believed(&posted(body), K2), Err(CallbackError::Forged), "{from}");
    }
}

#[test]
fn one_message_is_not_taken_for_another() {
    // The hash of a return covers no amount: whoever posts it with one of his own proves nothing.
    let hash = "E6E3486C137F4260C2C598C7A903836CDDBC1FAF87240A58660FA91F363D5DBA";
    for gateway in [json!("tlync"), json!(null), json!([])] {
        let body = json!({"gateway": gateway, "approved": "1", "invoice_no": "43321", "hashed": hash});
        assert!(believed(&posted(body.to_string()), K2).is_err());
    }
    // Cards have no callback of JSON, and T-Lync's callback is no query.
    let body = json!({"gateway": "localbankcards", "approved": "1", "invoice_no": "14022023", "amount": "5.00",
        "transaction_id": "100900", "hashed": &P1.trim_end()[P1.trim_end().len() - 64..]});
    assert_eq!(believed(&posted(body.to_string()), K1), Err(CallbackError::Malformed));
    let query = "gateway=tlync&approved=1&amount=6.01&invoice_no=43321&payment_method=mobicash&transaction_id=100932\
        &hashed=1DDC1EE6D589555B58D70CAAB5118D1BECC5DF1BED1E0EFA5B51AED7E6C69FD6";
    assert_eq!(believed(&returned(query), K2), Err(CallbackError::Forged));
    // A body comes first: the query beside it is not read.
    let both = RawCallback { query: P1.trim_end().to_owned(), ..posted("{}") };
    assert_eq!(believed(&both, K1), Err(CallbackError::Malformed));
}

#[test]
fn what_is_there_twice_or_not_at_all_is_malformed() {
    for name in ["approved=1", "invoice_no=14022023", "amount=5.00", "gateway=mpgs", "transaction_id=1", "hashed=00"] {
        assert_eq!(
            believed(&returned(&format!("{}&{name}", P1.trim_end())), K1),
            Err(CallbackError::Malformed),
            "{name}"
        );
    }
    for member in ["\"amount\": \"6.01\"", "\"gateway\": \"tlync\"", "\"hashed\": \"00\"", "\"more\": 1, \"more\": 1"] {
        let body = sample!("tlync_callback_p2.json").replacen('{', &format!("{{{member},"), 1);
        assert_eq!(believed(&posted(body), K2), Err(CallbackError::Malformed), "{member}");
    }
    for query in ["", "approved=1", "gateway=edfali&approved=1&invoice_no=1&hashed=00", "approved=1&invoice_no=1"] {
        assert_eq!(believed(&returned(query), K1), Err(CallbackError::Malformed), "{query}");
    }
    for body in ["null", "[]", "<html>", "\u{0}", "{", P1] {
        assert_eq!(believed(&posted(body), K2), Err(CallbackError::Malformed), "{body}");
    }
    let nobody = signed(&[("gateway", json!("tlync")), ("approved", json!("1"))], "gateway=tlync&approved=1");
    assert_eq!(believed(&posted(nobody), K2), Err(CallbackError::Malformed));
}

#[test]
fn values_are_hashed_as_php_writes_them() {
    let members = [
        ("gateway", json!("tlync")),
        ("approved", json!(true)),
        ("amount", serde_json::from_str("6.00").expect("a number")),
        ("invoice_no", json!("a b~1")),
        ("payment_method", json!(null)),
        ("transaction_id", json!(100_932)),
    ];
    let body = signed(&members, "gateway=tlync&approved=1&amount=6&invoice_no=a+b%7E1&transaction_id=100932");
    // The literal itself, as `Value` has no trailing zeros.
    let paid = proof(&posted(body.replace("6.0,", "6.00,")), K2);
    assert_eq!((paid.approved, paid.amount, paid.id.as_str()), (true, lyd(6_000), "100932"));
    for (text, php) in [
        ("6.00", "6"),
        ("6.10", "6.1"),
        ("0.0", "0"),
        ("6", "6"),
        ("600", "600"),
        ("1e2", "1e2"),
        ("-6.0", "-6.0"),
        ("12345678901234567.50", "12345678901234567.50"),
    ] {
        assert_eq!(number(text), php);
    }
    let refused = [("gateway", json!("tlync")), ("approved", json!(false)), ("invoice_no", json!("x"))];
    assert!(proof(&posted(signed(&refused, "gateway=tlync&approved=0&invoice_no=x")), K2).declined);
}

#[test]
fn what_proves_too_little_or_too_much_goes_to_a_person() {
    let base = [("gateway", json!("tlync")), ("approved", json!("1")), ("invoice_no", json!("x"))];
    let without_id = signed(&base, "gateway=tlync&approved=1&invoice_no=x");
    let says_so = Hint { approved: true, ..Hint::at("x", TransactionKind::Sale) };
    assert_eq!(believed(&posted(without_id), K2).expect("true"), says_so);
    for (amount, message) in [("", ""), ("6.0101", "6.0101"), ("6,01", "6%2C01"), ("-1", "-1")] {
        let mut members = base.to_vec();
        members.extend([("amount", json!(amount)), ("transaction_id", json!("7"))]);
        let body =
            signed(&members, &format!("gateway=tlync&approved=1&invoice_no=x&amount={message}&transaction_id=7"));
        let paid = proof(&posted(body), K2);
        assert!(paid.approved && paid.amount == Err(amount.to_owned()), "{amount}");
    }
    let message = |signed: Vec<(&str, &str)>| Message {
        signed: signed.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        hash: String::new(),
        proves: None,
    };
    let both = message(vec![("approved", "1"), ("canceled", "1"), ("amount", "5.00"), ("transaction_id", "7")]);
    let both = both.transaction(Gateway::LocalBankCards).expect("a transaction");
    assert!(both.approved && both.amount.is_err());
    let not = message(vec![("approved", "1"), ("canceled", "0"), ("amount", "5.00"), ("transaction_id", "7")]);
    assert_eq!(not.transaction(Gateway::LocalBankCards).expect("a transaction").amount, lyd(5_000));
    for currency in [vec![], vec![("currency", "XXX")]] {
        let parts = [vec![("approved", "1"), ("amount", "5.00"), ("transaction_id", "7")], currency].concat();
        assert!(message(parts).transaction(Gateway::Mpgs).expect("a transaction").amount.is_err());
    }
}

#[test]
fn the_address_is_the_invoice() {
    let named = |raw: &RawCallback| address(raw).and_then(|address| address.wire_reference);
    assert_eq!(named(&returned(P1)).as_deref(), Some("14022023"));
    assert_eq!(named(&returned(sample!("tlync_return_p3.txt"))).as_deref(), Some("43321"));
    assert_eq!(named(&posted(sample!("tlync_callback_p2.json"))).as_deref(), Some("43321"));
    assert!(address(&returned(P1)).is_some_and(|address| address.identity.is_none()));
    for raw in [returned(""), posted("{}"), returned("gateway=mpgs&hashed=00"), returned("invoice_no=%00&hashed=0")] {
        assert_eq!(address(&raw), None);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 1..200), query in "\\PC{0,120}") {
        let raw = RawCallback { headers: HeaderMap::new(), query: String::new(), body: body.into() };
        prop_assert!(believed(&raw, K1).is_err());
        prop_assert!(believed(&returned(&query), K1).is_err());
        let _ = (address(&raw), address(&returned(&query)));
    }

    #[test]
    fn a_changed_byte_never_proves_anything_else(at in 0usize..160, byte in 32u8..127) {
        let mut query = P1.trim_end().as_bytes().to_vec();
        if let Some(place) = query.get_mut(at) {
            *place = byte;
        }
        let raw = returned(&String::from_utf8(query).expect("ASCII"));
        if let Ok(hint) = believed(&raw, K1) {
            let paid = hint.proof.expect("a proof");
            prop_assert_eq!((hint.wire_reference.as_str(), paid.amount, paid.approved), ("14022023", lyd(5_000), true));
        }
    }
}
