//! 1Pay's page, and the webhooks of all of them.

use mocks::{Fault, FaultKind, Mocks, Outcome, Pay};
use serde_json::{Value, json};

use crate::client::{PHONE, Webhook, by_code, by_page, change, confirm, get, post, raw, receiver, start, wait_for};

fn act(reference: &str, outcome: Outcome) -> Pay {
    Pay { amount: None, ..Pay::new("onepay", reference, outcome, "") }
}

/// A payment on a page; says the path of the page.
async fn page(mocks: &Mocks, reference: &str, callback_url: Option<&str>) -> String {
    let mut body = by_page(reference);
    if let Some(url) = callback_url {
        body["callback_url"] = url.into();
    }
    let made = post(mocks, "onepay", "payments", &body).await.json();
    made["url"].as_str().unwrap().strip_prefix("http://mock").unwrap().to_owned()
}

async fn row(mocks: &Mocks, reference: &str) -> Value {
    get(mocks, "onepay", &format!("payments?reference={reference}")).await.json()["data"][0].clone()
}

#[tokio::test]
async fn acts_end_a_payment_but_turning_back_does_not() {
    let mocks = start().await;
    for (reference, outcome, word, status) in [
        ("a", Outcome::Approved, "paid", "paid"),
        ("d", Outcome::Declined, "declined", "declined"),
        ("c", Outcome::Cancelled, "cancelled", "pending"),
    ] {
        page(&mocks, reference, None).await;
        assert_eq!(row(&mocks, reference).await["status"], "pending");
        let result = mocks.pay(act(reference, outcome)).await.unwrap();
        let row = row(&mocks, reference).await;
        assert_eq!(row["status"], status);
        assert_eq!(row["transaction_id"].as_str(), result.transaction_id.as_deref());
        let expected = format!(
            "https://g.example.ly/return?of=shop&payment_id={}&reference={reference}&status={word}",
            row["payment_id"].as_str().unwrap()
        );
        assert_eq!(result.return_url.unwrap(), expected);
    }
    assert!(mocks.pay(act("a", Outcome::Approved)).await.unwrap_err().contains("paid"));
    assert!(mocks.pay(act("d", Outcome::Approved)).await.unwrap_err().contains("declined"));
    assert!(mocks.pay(act("c", Outcome::Approved)).await.is_ok(), "whoever turned back may come again");
    assert!(mocks.pay(act("unknown", Outcome::Approved)).await.is_err());
    assert!(mocks.pay(Pay { parameters: Some(json!({})), ..act("c", Outcome::Approved) }).await.is_err());
    assert_eq!(mocks.charges(Some("onepay")).len(), 2);
}

#[tokio::test]
async fn the_page_is_for_a_person() {
    let mocks = start().await;
    let path = page(&mocks, "p", None).await;
    let shown = raw(&mocks, "GET", &path, "", "").await;
    for words in ["1Pay", "12.500 LYD", "ادفع · Pay", "dir=\"rtl\"", "value=\"declined\""] {
        assert!(shown.body.contains(words), "{words}: {}", shown.body);
    }
    let form = "Content-Type: application/x-www-form-urlencoded";
    let paid = raw(&mocks, "POST", &path, form, "outcome=approved").await;
    assert_eq!(paid.status, 303);
    assert!(paid.header("location").unwrap().ends_with("&reference=p&status=paid"));
    assert_eq!(raw(&mocks, "POST", &path, form, "outcome=approved").await.status, 404);
    assert_eq!(raw(&mocks, "GET", "/onepay/pay/x", "", "").await.status, 404);
    let code = post(&mocks, "mobicash", "payments", &by_code("c", PHONE)).await.json();
    let path = format!("/mobicash/pay/{}", code["payment_id"].as_str().unwrap());
    assert_eq!(raw(&mocks, "GET", &path, "", "").await.status, 404, "a payment with a code has no page");
    assert!(mocks.pay(Pay::new("mobicash", "c", Outcome::Approved, "1")).await.unwrap_err().contains("/_codes"));
    assert_eq!(mocks.charges(None).len(), 1);
    change(&mocks, "onepay", "payment_seconds", 0.into()).await;
    page(&mocks, "late", None).await;
    assert!(mocks.pay(act("late", Outcome::Approved)).await.unwrap_err().contains("expired"));
}

#[tokio::test]
async fn another_amount_can_be_paid() {
    let mocks = start().await;
    page(&mocks, "short", None).await;
    mocks.pay(Pay::new("onepay", "short", Outcome::Approved, "12.499")).await.unwrap();
    assert_eq!(row(&mocks, "short").await["amount"], "12.499");
    assert_eq!(mocks.charges(None)[0].dirham, 12_499);
}

#[tokio::test]
async fn the_gateway_is_told_of_every_end() {
    let mocks = start().await;
    let (url, received) = receiver().await;
    page(&mocks, "a", Some(&url)).await;
    mocks.pay(act("a", Outcome::Cancelled)).await.unwrap();
    mocks.pay(act("a", Outcome::Approved)).await.unwrap();
    let paid = wait_for(&received, 1).await.remove(0);
    assert!(paid.is_genuine() && paid.json()["transaction_id"].is_string());
    let mut expected: Value =
        serde_json::from_str(include_str!("../../../schemas/providers/wallet_contract/webhook_paid.json")).unwrap();
    for name in ["payment_id", "reference", "transaction_id"] {
        expected[name] = paid.json()[name].clone();
    }
    assert_eq!(paid.json(), expected);
    page(&mocks, "d", Some(&url)).await;
    mocks.pay(act("d", Outcome::Declined)).await.unwrap();
    let declined = wait_for(&received, 2).await.remove(1);
    assert!(declined.is_genuine());
    assert_eq!((&declined.json()["event"], declined.json().get("transaction_id")), (&json!("payment.declined"), None));
    page(&mocks, "quiet", Some(&url)).await;
    mocks.pay(Pay { notify: Some(false), ..act("quiet", Outcome::Approved) }).await.unwrap();
    for (reference, code) in [("code", "111111"), ("poor", "111111")] {
        let phone = if reference == "poor" { "+218910000001" } else { PHONE };
        let mut body = by_code(reference, phone);
        body["callback_url"] = json!(url);
        let made = post(&mocks, "mobicash", "payments", &body).await.json();
        confirm(&mocks, made["payment_id"].as_str().unwrap(), "222222").await;
        confirm(&mocks, made["payment_id"].as_str().unwrap(), code).await;
    }
    let all = wait_for(&received, 4).await;
    let mut events: Vec<String> = all[2..].iter().map(|webhook| webhook.json()["event"].to_string()).collect();
    events.sort();
    assert_eq!(events, ["\"payment.declined\"", "\"payment.paid\""]);
    let entry = mocks.journal(Some("onepay")).into_iter().find(|entry| entry.operation == "callback").unwrap();
    assert!(entry.headers.iter().any(|(name, value)| name == "x-signature" && value.len() == 64));
}

/// Pays these in turn under one fault of the webhook; says what was received.
async fn told(fault: Fault, references: &[&str], count: usize) -> Vec<Webhook> {
    let mocks = start().await;
    let (url, received) = receiver().await;
    mocks.fault(fault);
    for reference in references {
        page(&mocks, reference, Some(&url)).await;
        mocks.pay(act(reference, Outcome::Approved)).await.unwrap();
    }
    wait_for(&received, count).await
}

#[tokio::test]
async fn webhooks_can_be_forged_repeated_late_and_out_of_order() {
    let fault = |kind| Fault::new("onepay", kind);
    let forged = told(fault(FaultKind::ForgedCallback), &["f"], 3).await;
    assert!(!forged.iter().any(Webhook::is_genuine), "{forged:?}");
    let copies = told(Fault { times: Some(2), ..fault(FaultKind::DuplicateCallback) }, &["d"], 3).await;
    assert!(copies.iter().all(|copy| copy.is_genuine() && copy.body == copies[0].body));
    let began = std::time::Instant::now();
    told(Fault { delay_ms: Some(300), ..fault(FaultKind::LateCallback) }, &["l"], 1).await;
    assert!(began.elapsed() >= std::time::Duration::from_millis(300));
    let turned = told(fault(FaultKind::ReorderedCallback), &["first", "second"], 2).await;
    let order: Vec<String> = turned.iter().map(|webhook| webhook.json()["reference"].to_string()).collect();
    assert_eq!(order, ["\"second\"", "\"first\""]);
}
