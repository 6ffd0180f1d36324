//! What the mock refuses, and how.

use mocks::{Mocks, edfali::Merchant};

use crate::client::{
    Answer, CUSTOMER, PATH, begin_fields, call, confirm_fields, envelope, operation, post, raw, start,
};

/// Whether the last call was noted as a mistake and not acted on.
fn assert_noted(mocks: &Mocks, answer: &Answer) {
    let entry = mocks.journal(Some("edfali")).pop().unwrap();
    assert!(entry.violation.is_some() && !entry.acted, "{}", answer.body);
    assert!(mocks.codes("edfali", "").is_empty() && mocks.charges(None).is_empty());
}

fn assert_fault(mocks: &Mocks, answer: &Answer, words: &str) {
    assert_eq!(answer.status, 500);
    assert!(answer.body.contains("<faultcode>soap:Client</faultcode>"), "{}", answer.body);
    assert!(answer.body.contains(words), "{}", answer.body);
    assert_noted(mocks, answer);
}

#[tokio::test]
async fn secrets_must_be_right() {
    let mocks = start().await;
    let with = |change: fn(&mut Merchant)| {
        let mut merchant = Merchant::default();
        change(&mut merchant);
        merchant
    };
    for (merchant, expected) in [
        (with(|merchant| merchant.password = "wrong".to_owned()), "PW1"),
        (with(|merchant| merchant.mobile = "920000000".to_owned()), "ACC"),
        (with(|merchant| merchant.pin = "0000".to_owned()), "PW"),
    ] {
        let answer = call(&mocks, "DoPTrans", &begin_fields(&merchant, CUSTOMER, "1")).await;
        assert_eq!((answer.status, answer.result()), (200, Some(expected)));
        assert_noted(&mocks, &answer);
    }
    let wrong = with(|merchant| merchant.password = "wrong".to_owned());
    let answer = call(&mocks, "OnlineConfTrans", &confirm_fields(&wrong, "1111", "1")).await;
    assert_eq!(answer.result(), Some("PW1"));
    let answer = call(&mocks, "OnlineConfTrans", &confirm_fields(&Merchant::default(), "1111", "1")).await;
    assert_eq!(answer.result(), Some("NO"));
    assert_noted(&mocks, &answer);
}

#[tokio::test]
async fn elements_must_be_in_order() {
    let mocks = start().await;
    let merchant = Merchant::default();
    let right = begin_fields(&merchant, CUSTOMER, "1");
    let mut swapped = right;
    swapped.swap(0, 1);
    let mut named = right;
    named[3].0 = "decimalAmount";
    let more = [right.as_slice(), &[("Reference", "r")]].concat();
    for fields in [swapped.as_slice(), &named, &more, &right[..4]] {
        assert_fault(&mocks, &call(&mocks, "DoPTrans", fields).await, "Server was unable to read request.");
    }
    let confirmation = confirm_fields(&merchant, "1111", "1");
    assert_fault(&mocks, &call(&mocks, "OnlineConfTrans", &confirmation[..3]).await, "PW");
}

#[tokio::test]
async fn values_must_be_right() {
    let mocks = start().await;
    let merchant = Merchant::default();
    for (position, value) in [
        (0, "0913000001"),
        (0, "+218913000001"),
        (1, "12345"),
        (2, "0912345678"),
        (2, "218912345678"),
        (2, "+21891234567"),
        (2, "+218212345678"),
        (3, "0"),
        (3, "-1"),
        (3, "1.005"),
        (3, "12,50"),
        (3, ""),
    ] {
        let mut fields = begin_fields(&merchant, CUSTOMER, "1");
        fields[position].1 = value;
        assert_fault(&mocks, &call(&mocks, "DoPTrans", &fields).await, "unable to read request");
    }
    for (code, session) in [("111", "1"), ("11111", "1"), ("abcd", "1"), ("1111", "")] {
        let answer = call(&mocks, "OnlineConfTrans", &confirm_fields(&merchant, code, session)).await;
        assert_fault(&mocks, &answer, "unable to read request");
    }
}

#[tokio::test]
async fn the_envelope_must_be_right() {
    let mocks = start().await;
    let merchant = Merchant::default();
    let fields = begin_fields(&merchant, CUSTOMER, "1");
    let right = operation("DoPTrans", &fields);
    for body in [
        right.replace("http://tempuri.org/", "http://example.org/"),
        right.replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"),
        right.replace("<soap:Body>", "<soap:Header><a/></soap:Header><soap:Body>"),
        right.replace("<Mobile>", "<Mobile xmlns=\"\">"),
        right.replace("</soap:Body>", ""),
        envelope(""),
        "{}".to_owned(),
        String::new(),
    ] {
        assert_fault(&mocks, &post(&mocks, "DoPTrans", &body).await, "unable to read request");
    }
    assert_fault(&mocks, &post(&mocks, "OnlineConfTrans", &right).await, "not what SOAPAction says");
    assert_fault(
        &mocks,
        &post(&mocks, "DoTrans", &right).await,
        "did not recognize the value of HTTP Header SOAPAction",
    );
    let xml = "Content-Type: text/xml; charset=utf-8";
    assert_fault(&mocks, &raw(&mocks, "POST", PATH, xml, &right).await, "SOAPAction");
    let unquoted = format!("{xml}\r\nSOAPAction: http://tempuri.org/DoPTrans");
    assert_fault(&mocks, &raw(&mocks, "POST", PATH, &unquoted, &right).await, "SOAPAction");
}

#[tokio::test]
async fn only_posts_of_xml_below_the_path_are_served() {
    let mocks = start().await;
    let merchant = Merchant::default();
    let right = operation("DoPTrans", &begin_fields(&merchant, CUSTOMER, "1"));
    let action = "SOAPAction: \"http://tempuri.org/DoPTrans\"";
    let head = |kind: &str| format!("Content-Type: {kind}\r\n{action}");
    for (method, path, kind, status) in [
        ("GET", PATH, "text/xml", 405),
        ("POST", PATH, "application/soap+xml", 415),
        ("POST", "/edfali/BCDUssd/Edfali.asmx", "text/xml", 404),
        ("POST", "/edfali/", "text/xml", 404),
    ] {
        let answer = raw(&mocks, method, path, &head(kind), &right).await;
        assert_eq!(answer.status, status, "{method} {path} {kind}");
        assert_noted(&mocks, &answer);
    }
    let lower = raw(&mocks, "POST", "/edfali/bcdussd/newedfali.asmx", &head("text/xml"), &right).await;
    assert_eq!((lower.status, lower.result().map(str::len)), (200, Some(10)), "the path's case does not matter");
}
