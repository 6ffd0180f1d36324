//! The fake Edfali over real TCP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod client;
mod faults;
mod strictness;

use mocks::{Fault, FaultKind, edfali::Merchant};

use crate::client::{CUSTOMER, begin, begin_fields, call, confirm, confirm_fields, post, raw, session, start};

#[tokio::test]
async fn a_payment_is_begun_and_confirmed() {
    let mocks = start().await;
    let session = session(&mocks).await;
    assert!(session.len() == 10 && session.bytes().all(|byte| byte.is_ascii_digit()), "{session}");
    let sent = mocks.codes("edfali", &session).pop().unwrap();
    assert_eq!((sent.phone.as_str(), sent.code.as_str()), (CUSTOMER, "1111"));
    let answer = confirm(&mocks, "1111", &session).await;
    assert_eq!((answer.status, answer.result()), (200, Some("OK")));
    assert!(answer.head.contains("content-type: text/xml; charset=utf-8"));
    let charge = mocks.charges(Some("edfali")).pop().unwrap();
    assert_eq!((charge.transaction_id, charge.dirham), (session, 12_500));
    let journal = mocks.journal(Some("edfali"));
    let seen: Vec<_> = journal.iter().map(|entry| (entry.operation, entry.acted)).collect();
    assert_eq!(seen, [("DoPTrans", true), ("OnlineConfTrans", true)]);
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn the_samples_are_what_it_speaks() {
    let mocks = start().await;
    let request = include_str!("../../../schemas/providers/edfali/do_p_trans_request.xml");
    let session = post(&mocks, "DoPTrans", request).await.result().unwrap().to_owned();
    let request = include_str!("../../../schemas/providers/edfali/online_conf_trans_request.xml");
    let request = request.replace("7214408519", &session);
    assert_eq!(post(&mocks, "OnlineConfTrans", &request).await.result(), Some("OK"));
    let result = |sample: &str| {
        let start = sample.find("Result>").unwrap();
        sample[start..].split_once("</").unwrap().0.to_owned()
    };
    assert_eq!(result(include_str!("../../../schemas/providers/edfali/do_p_trans_refused.xml")), "Result>Bal");
    assert_eq!(begin(&mocks, "+218910000001", "5").await.result(), Some("Bal"));
    assert_eq!(mocks.charges(None).len(), 1);
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn customers_are_refused() {
    let mocks = start().await;
    for (customer, amount, expected) in [
        ("+218910000001", "12.50", "Bal"),
        ("+218930000002", "12.50", ""),
        (CUSTOMER, "10000.01", "Limit"),
        (CUSTOMER, "10000", "session"),
    ] {
        let answer = begin(&mocks, customer, amount).await;
        let result = answer.result().unwrap_or_else(|| panic!("{}", answer.body));
        let is_session = result.len() == 10;
        assert_eq!((answer.status, if is_session { "session" } else { result }), (200, expected));
    }
    let answer = begin(&mocks, "+218910000003", "12.50").await;
    assert_eq!(answer.status, 500);
    assert!(answer.body.contains("<faultcode>soap:Server</faultcode>"), "{}", answer.body);
    assert_eq!(mocks.journal(None).iter().filter(|entry| entry.acted).count(), 1);
    assert!(mocks.violations().is_empty(), "no mistake of the caller");
    assert!(mocks.charges(None).is_empty());
}

#[tokio::test]
async fn codes_can_be_wrong_and_too_late() {
    let mocks = start().await;
    let first = session(&mocks).await;
    for _ in 0..4 {
        assert_eq!(confirm(&mocks, "1112", &first).await.result(), Some("PW"));
    }
    assert_eq!(confirm(&mocks, "1111", &first).await.result(), Some("OK"));
    let mut short = serde_json::to_value(Merchant::default()).unwrap();
    (short["code"], short["session_seconds"], short["provider"]) = ("2222".into(), 0.into(), "edfali".into());
    let added = raw(&mocks, "POST", "/_accounts", "Content-Type: application/json", &short.to_string()).await;
    assert_eq!(added.status, 200, "{}", added.body);
    let second = session(&mocks).await;
    assert_eq!(mocks.codes("edfali", &second)[0].code, "2222");
    assert_eq!(confirm(&mocks, "2222", &second).await.result(), Some("NO"));
    assert!(mocks.violations().is_empty());
    assert_eq!(mocks.charges(None).len(), 1);
}

#[tokio::test]
async fn a_confirmation_is_not_repeated() {
    let mocks = start().await;
    let session = session(&mocks).await;
    assert_eq!(confirm(&mocks, "1111", &session).await.result(), Some("OK"));
    assert_eq!(confirm(&mocks, "1111", &session).await.result(), Some("NO"));
    let violation = mocks.violations().pop().unwrap();
    assert_eq!(violation.operation, "OnlineConfTrans");
    assert_eq!(violation.violation.unwrap(), "the session was paid before: a confirmation is repeated");
    assert_eq!(mocks.charges(None).len(), 1);
}

#[tokio::test]
async fn of_two_confirmations_at_once_one_counts() {
    let mocks = start().await;
    let session = session(&mocks).await;
    // Both have been looked at before either is done.
    let fault = Fault::new("edfali", FaultKind::Delay).on("OnlineConfTrans");
    mocks.fault(Fault { times: Some(2), delay_ms: Some(100), ..fault });
    let (first, second) = tokio::join!(confirm(&mocks, "1111", &session), confirm(&mocks, "1111", &session));
    let mut results = [first.result(), second.result()];
    results.sort_unstable();
    assert_eq!(results, [Some("NO"), Some("OK")]);
    assert_eq!((mocks.charges(None).len(), mocks.violations().len()), (1, 1));
}

#[tokio::test]
async fn merchants_can_be_added() {
    let mocks = start().await;
    let body = r#"{"provider":"edfali","mobile":"923000002","pin":"4321","password":"other"}"#;
    let added = raw(&mocks, "POST", "/_accounts", "Content-Type: application/json", body).await;
    assert_eq!(added.status, 200, "{}", added.body);
    let other: Merchant = serde_json::from_str(&body.replace("\"provider\":\"edfali\",", "")).unwrap();
    assert_eq!(other.code, "1111");
    let begun = call(&mocks, "DoPTrans", &begin_fields(&other, CUSTOMER, "1")).await;
    let session = begun.result().unwrap();
    let stranger = confirm(&mocks, "1111", session).await;
    assert_eq!(stranger.result(), Some("NO"));
    assert_eq!(mocks.violations().len(), 1);
    assert_eq!(call(&mocks, "OnlineConfTrans", &confirm_fields(&other, "1111", session)).await.result(), Some("OK"));
    let wrong = r#"{"provider":"edfali","mobile":"9","pin":"1","password":"x"}"#;
    assert_eq!(raw(&mocks, "POST", "/_accounts", "Content-Type: application/json", wrong).await.status, 422);
}

#[tokio::test]
async fn it_is_named_among_the_providers() {
    let mocks = start().await;
    assert!(mocks.urls().contains(&("edfali".to_owned(), mocks.base_url("edfali"))));
    let names: Vec<String> = mocks::environment("http://m").into_iter().map(|(name, _)| name).collect();
    for name in ["EDFALI_BASE_URL", "EDFALI_MOBILE", "EDFALI_PIN", "EDFALI_PASSWORD"] {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
}
