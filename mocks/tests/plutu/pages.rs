//! Pages, the returns from them, and T-Lync's callbacks.

use mocks::{Fault, FaultKind, Outcome, Pay};
use serde_json::json;

use crate::client::{body_hashes, checkout, hashes, query, raw, receiver, start, wait_for};

const PHONE: &str = "&mobile_number=0912345678";

#[tokio::test]
async fn cards_return_with_a_signed_query() {
    let mocks = start().await;
    for (gateway, outcome, expected) in [
        (
            "localbankcards",
            Outcome::Approved,
            "gateway=localbankcards&approved=1&invoice_no=i&amount=12.50&transaction_id=",
        ),
        (
            "localbankcards",
            Outcome::Cancelled,
            "gateway=localbankcards&canceled=1&invoice_no=i&amount=12.50&transaction_id=",
        ),
        ("localbankcards", Outcome::Declined, "gateway=localbankcards&invoice_no=i&amount=12.50&transaction_id="),
        ("mpgs", Outcome::Approved, "gateway=mpgs&approved=1&amount=12.50&currency=USD&invoice_no=i&transaction_id="),
    ] {
        let invoice = format!("{gateway}-{outcome:?}");
        checkout(&mocks, gateway, &invoice, "").await;
        let act = Pay { amount: None, ..Pay::new("plutu", &invoice, outcome, "") };
        let result = mocks.pay(act).await.unwrap();
        let query = query(&result.return_url.unwrap());
        assert!(query.starts_with(&expected.replace("=i&", &format!("={invoice}&"))), "{query}");
        let (computed, given) = hashes(&query);
        assert_eq!(computed, given);
        assert_eq!(result.transaction_id.is_some(), outcome != Outcome::Cancelled);
    }
    assert_eq!(mocks.charges(Some("plutu")).len(), 2);
    assert!(mocks.journal(Some("plutu")).iter().all(|entry| entry.operation != "callback"));
}

#[tokio::test]
async fn tlync_returns_and_calls_back() {
    let mocks = start().await;
    let (parameter, received) = receiver().await;
    let more = format!("{PHONE}{parameter}");
    for (position, (outcome, flag)) in
        [(Outcome::Declined, "0"), (Outcome::Cancelled, "0"), (Outcome::Approved, "1")].into_iter().enumerate()
    {
        let invoice = format!("t-{position}");
        checkout(&mocks, "tlync", &invoice, &more).await;
        let parameters = Some(json!({ "payment_method": "sadad" }));
        let act = Pay { amount: None, parameters, ..Pay::new("plutu", &invoice, outcome, "") };
        let query = query(&mocks.pay(act).await.unwrap().return_url.unwrap());
        assert!(query.starts_with(&format!("approved={flag}&invoice_no={invoice}&hashed=")), "{query}");
        assert_eq!(hashes(&query).0, hashes(&query).1);
    }
    let mut bodies = wait_for(&received, 2).await;
    bodies.sort_by_key(|body| body["invoice_no"].to_string());
    let names: Vec<&String> = bodies[0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["gateway", "approved", "amount", "invoice_no", "payment_method", "transaction_id", "hashed"]);
    let said: Vec<_> =
        bodies.iter().map(|body| (&body["invoice_no"], &body["approved"], &body["payment_method"])).collect();
    assert_eq!(said, [(&json!("t-0"), &json!("0"), &json!("sadad")), (&json!("t-2"), &json!("1"), &json!("sadad"))]);
    for body in &bodies {
        let (computed, given) = body_hashes(body);
        assert_eq!(computed, given);
    }
}

#[tokio::test]
async fn the_page_is_for_a_person() {
    let mocks = start().await;
    let path = checkout(&mocks, "localbankcards", "p-1", "&lang=en").await;
    let page = raw(&mocks, "GET", &path, "", "").await;
    assert_eq!(page.status, 200);
    for words in ["Pay · ادفع", "12.50 LYD", "p-1", "lang=\"en\"", "value=\"cancelled\""] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let arabic = checkout(&mocks, "mpgs", "p-2", "").await;
    let arabic = raw(&mocks, "GET", &arabic, "", "").await.body;
    assert!(
        arabic.contains("dir=\"rtl\"") && arabic.contains("ادفع · Pay") && arabic.contains("12.50 USD"),
        "{arabic}"
    );
    let form = "Content-Type: application/x-www-form-urlencoded";
    let turned = raw(&mocks, "POST", &path, form, "outcome=cancelled").await;
    assert_eq!(turned.status, 303);
    let paid = raw(&mocks, "POST", &path, form, "outcome=approved").await;
    let location = paid.head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
    assert!(query(location).contains("approved=1"), "{location}");
    assert_eq!(mocks.charges(None).len(), 1);
    for (path, body) in
        [(path.as_str(), "outcome=approved"), (path.as_str(), "outcome=x"), ("/plutu/checkout/x", "outcome=declined")]
    {
        assert_eq!(raw(&mocks, "POST", path, form, body).await.status, 404, "{path} {body}");
    }
    assert_eq!(raw(&mocks, "GET", "/plutu/checkout/x", "", "").await.status, 404);
    assert_eq!(mocks.charges(None).len(), 1, "whoever paid does not pay again");
    assert_eq!(mocks.journal(Some("plutu")).len(), 2, "a page is no call");
}

#[tokio::test]
async fn another_amount_can_be_paid() {
    let mocks = start().await;
    checkout(&mocks, "localbankcards", "short", "").await;
    let result = mocks.pay(Pay::new("plutu", "short", Outcome::Approved, "12.40")).await.unwrap();
    let query = query(&result.return_url.unwrap());
    assert!(query.contains("&amount=12.40&"), "{query}");
    assert_eq!(hashes(&query).0, hashes(&query).1);
    assert_eq!(mocks.charges(None)[0].dirham, 12_400);
}

#[tokio::test]
async fn acts_must_fit() {
    let mocks = start().await;
    checkout(&mocks, "localbankcards", "i", "").await;
    let act = |reference: &str| Pay { amount: None, ..Pay::new("plutu", reference, Outcome::Approved, "") };
    assert!(mocks.pay(act("unknown")).await.unwrap_err().contains("/_codes"));
    assert!(mocks.pay(Pay { terminal: Some("x".to_owned()), ..act("i") }).await.is_err());
    assert!(mocks.pay(Pay { parameters: Some(json!({ "payment_method": "gold" })), ..act("i") }).await.is_err());
    assert!(mocks.pay(Pay { amount: Some("1.005".to_owned()), ..act("i") }).await.is_err());
    assert!(mocks.pay(act("i")).await.is_ok());
    assert!(mocks.pay(act("i")).await.unwrap_err().contains("paid"));
}

/// Pays these invoices in turn under one fault of the callback; says what was received.
async fn called_back(fault: Fault, invoices: &[&str], count: usize) -> Vec<serde_json::Value> {
    let mocks = start().await;
    let (parameter, received) = receiver().await;
    mocks.fault(fault);
    for invoice in invoices {
        checkout(&mocks, "tlync", invoice, &format!("{PHONE}{parameter}")).await;
        let act = Pay { amount: None, ..Pay::new("plutu", invoice, Outcome::Approved, "") };
        mocks.pay(act).await.unwrap();
    }
    let bodies = wait_for(&received, count).await;
    assert!(mocks.violations().is_empty());
    bodies
}

#[tokio::test]
async fn callbacks_can_be_forged_repeated_late_and_out_of_order() {
    let genuine = |body: &serde_json::Value| {
        let (computed, given) = body_hashes(body);
        computed == given
    };
    let fault = |kind| Fault::new("plutu", kind);
    let forged = called_back(fault(FaultKind::ForgedCallback), &["f"], 4).await;
    assert!(!forged.iter().any(genuine), "{forged:?}");
    let copies = called_back(Fault { times: Some(2), ..fault(FaultKind::DuplicateCallback) }, &["d"], 3).await;
    assert!(copies.iter().all(|body| genuine(body) && body == &copies[0]));
    let began = std::time::Instant::now();
    called_back(Fault { delay_ms: Some(300), ..fault(FaultKind::LateCallback) }, &["l"], 1).await;
    assert!(began.elapsed() >= std::time::Duration::from_millis(300));
    let turned = called_back(fault(FaultKind::ReorderedCallback), &["first", "second"], 2).await;
    let order: Vec<_> = turned.iter().map(|body| body["invoice_no"].as_str().unwrap()).collect();
    assert_eq!(order, ["second", "first"]);
}

#[tokio::test]
async fn a_callback_can_be_left_out() {
    let mocks = start().await;
    let (parameter, received) = receiver().await;
    checkout(&mocks, "tlync", "quiet", &format!("{PHONE}{parameter}")).await;
    let act = Pay { amount: None, notify: Some(false), ..Pay::new("plutu", "quiet", Outcome::Approved, "") };
    mocks.pay(act).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(received.lock().unwrap().is_empty());
    assert_eq!(mocks.charges(None).len(), 1);
}
