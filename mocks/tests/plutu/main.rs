//! The fake Plutu over real TCP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod client;
mod faults;
mod pages;
mod strictness;

use mocks::{Fault, FaultKind, plutu::Merchant};
use serde_json::{Value, json};

use crate::client::{PHONE, post, process, raw, start};

fn sample(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn wallets_are_charged_by_their_codes() {
    let mocks = start().await;
    for (wallet, code, invoice) in [("edfali", "1111", "a-1"), ("sadadapi", "111111", "a-2")] {
        let process = process(&mocks, wallet, "12.50").await;
        let sent = mocks.codes("plutu", &process).pop().unwrap();
        assert_eq!((sent.phone.as_str(), sent.code.as_str()), (PHONE, code));
        let form = format!("process_id={process}&code={code}&amount=12.50&invoice_no={invoice}&customer_ip=10.0.0.1");
        let answer = post(&mocks, &format!("{wallet}/confirm"), &form).await;
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!(200)), "{}", answer.body);
        let charge = mocks.charges(Some("plutu")).pop().unwrap();
        assert_eq!((charge.reference.as_str(), charge.dirham), (invoice, 12_500));
        assert_eq!(answer.json()["result"]["transaction_id"].to_string(), charge.transaction_id);
        assert!(answer.body.contains("\"amount\":12.5}"), "{}", answer.body);
    }
    let seen: Vec<_> = mocks.journal(Some("plutu")).iter().map(|entry| entry.operation).collect();
    assert_eq!(seen, ["edfali_verify", "edfali_confirm", "sadadapi_verify", "sadadapi_confirm"]);
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn the_samples_are_what_it_speaks() {
    let mocks = start().await;
    let verify = include_str!("../../../schemas/providers/plutu/sadadapi_verify_request.txt").trim_end();
    let answer = post(&mocks, "sadadapi/verify", verify).await.json();
    let mut expected = sample(include_str!("../../../schemas/providers/plutu/verify_sent.json"));
    assert!(answer["result"]["process_id"].to_string().len() == 13);
    expected["result"]["process_id"] = answer["result"]["process_id"].clone();
    assert_eq!(answer, expected);
    let confirm = include_str!("../../../schemas/providers/plutu/sadadapi_confirm_request.txt").trim_end();
    let confirm = confirm.replace("1732188600123", &answer["result"]["process_id"].to_string());
    let wrong = post(&mocks, "sadadapi/confirm", &confirm.replace("111111", "222222")).await;
    let refused = sample(include_str!("../../../schemas/providers/plutu/confirm_wrong_code.json"));
    assert_eq!((wrong.status, wrong.json()), (400, refused));
    let paid = post(&mocks, "sadadapi/confirm", &confirm).await.json();
    let mut expected = sample(include_str!("../../../schemas/providers/plutu/confirm_paid.json"));
    expected["result"]["transaction_id"] = paid["result"]["transaction_id"].clone();
    assert_eq!(paid, expected);
    assert!(mocks.violations().is_empty());
    for (gateway, form) in [
        ("localbankcards", include_str!("../../../schemas/providers/plutu/localbankcards_confirm_request.txt")),
        ("mpgs", include_str!("../../../schemas/providers/plutu/mpgs_confirm_request.txt")),
        ("tlync", include_str!("../../../schemas/providers/plutu/tlync_confirm_request.txt")),
    ] {
        let form = form.trim_end().replace("pay_01K9QJ.a1", gateway);
        let answer = post(&mocks, &format!("{gateway}/confirm"), &form).await.json();
        let mut expected = sample(include_str!("../../../schemas/providers/plutu/checkout_redirect.json"));
        expected["result"]["redirect_url"] = answer["result"]["redirect_url"].clone();
        assert_eq!(answer, expected);
    }
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn customers_are_refused() {
    let mocks = start().await;
    for (action, form, status, code) in [
        ("edfali/verify", "mobile_number=0920000002&amount=5", 400, "NOT_SUBSCRIBED"),
        ("edfali/verify", "mobile_number=0920000003&amount=5", 500, "BACKEND_SERVER_ERROR"),
        ("edfali/verify", "mobile_number=0920000009&amount=10000.01", 400, "AMOUNT_EXCEEDED_MAXIMUM"),
        (
            "sadadapi/verify",
            "mobile_number=0910000002&birth_year=1990&amount=5",
            400,
            "INVALID_MOBILE_NUMBER_OR_BIRTH_YEAR",
        ),
        (
            "sadadapi/verify",
            "mobile_number=0910000009&birth_year=1900&amount=5",
            400,
            "INVALID_MOBILE_NUMBER_OR_BIRTH_YEAR",
        ),
    ] {
        let answer = post(&mocks, action, form).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{form}");
        assert_eq!(answer.json()["error"]["status"], status);
    }
    let answer = post(&mocks, "edfali/verify", "mobile_number=0920000001&amount=5").await;
    let process = answer.json()["result"]["process_id"].to_string();
    let form = format!("process_id={process}&code=1111&amount=5&invoice_no=poor");
    let answer = post(&mocks, "edfali/confirm", &form).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "INSUFFICIENT_BALANCE"));
    assert!(mocks.violations().is_empty(), "no mistake of the caller");
    assert!(mocks.charges(None).is_empty());
}

#[tokio::test]
async fn codes_can_be_wrong_and_too_late() {
    let mocks = start().await;
    let first = process(&mocks, "edfali", "5").await;
    let form = |process: &str, code: &str| format!("process_id={process}&code={code}&amount=5.00&invoice_no=i");
    assert_eq!(post(&mocks, "edfali/confirm", &form(&first, "2222")).await.code(), "INVLIAD_OTP");
    assert_eq!(post(&mocks, "edfali/confirm", &form(&first, "1111")).await.status, 200, "the invoice is still free");
    let mut short = serde_json::to_value(Merchant::default()).unwrap();
    (short["code_seconds"], short["provider"]) = (0.into(), "plutu".into());
    let added = raw(&mocks, "POST", "/_accounts", "Content-Type: application/json", &short.to_string()).await;
    assert_eq!(added.status, 200, "{}", added.body);
    let late = process(&mocks, "edfali", "5").await;
    let answer = post(&mocks, "edfali/confirm", &form(&late, "1111").replace("=i", "=j")).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "OTP_EXPIRED"));
    assert!(mocks.violations().is_empty());
    assert_eq!(mocks.charges(None).len(), 1);
}

#[tokio::test]
async fn a_confirmation_is_not_repeated() {
    let mocks = start().await;
    let process = process(&mocks, "edfali", "5").await;
    let form = |invoice: &str| format!("process_id={process}&code=1111&amount=5&invoice_no={invoice}");
    assert_eq!(post(&mocks, "edfali/confirm", &form("a")).await.status, 200);
    for (invoice, code) in [("a", "DUPLICATED_INVOICE_NUMBER"), ("b", "CONFIRMATION_ERROR")] {
        let answer = post(&mocks, "edfali/confirm", &form(invoice)).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, code));
        let reason = mocks.violations().pop().unwrap().violation.unwrap();
        assert_eq!(reason, "the process was paid before: a confirmation is repeated");
    }
    assert_eq!(mocks.charges(None).len(), 1);
}

#[tokio::test]
async fn of_two_confirmations_at_once_one_counts() {
    let mocks = start().await;
    let process = process(&mocks, "edfali", "5").await;
    // Both have been looked at before either is done.
    let fault = Fault::new("plutu", FaultKind::Delay).on("edfali_confirm");
    mocks.fault(Fault { times: Some(2), delay_ms: Some(100), ..fault });
    let form = format!("process_id={process}&code=1111&amount=5&invoice_no=a");
    let (first, second) = tokio::join!(post(&mocks, "edfali/confirm", &form), post(&mocks, "edfali/confirm", &form));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!((statuses, mocks.charges(None).len(), mocks.violations().len()), ([200, 400], 1, 1));
}

#[tokio::test]
async fn invoices_are_unique_for_a_merchant() {
    let mocks = start().await;
    let process = process(&mocks, "sadadapi", "5").await;
    client::checkout(&mocks, "localbankcards", "same", "").await;
    let paid = format!("process_id={process}&code=111111&amount=5&invoice_no=same");
    let answer = post(&mocks, "sadadapi/confirm", &paid).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "DUPLICATED_INVOICE_NUMBER"));
    let again = format!("amount=1&invoice_no=same&{}", client::RETURN);
    assert_eq!(post(&mocks, "mpgs/confirm", &again).await.code(), "DUPLICATED_INVOICE_NUMBER");
    let paid = paid.replace("same", "paid");
    assert_eq!(post(&mocks, "sadadapi/confirm", &paid).await.status, 200);
    let page = again.replace("same", "paid");
    assert_eq!(post(&mocks, "mpgs/confirm", &page).await.code(), "DUPLICATED_INVOICE_NUMBER");
    assert_eq!(mocks.violations().len(), 3);
    let other = Merchant { api_key: "other".to_owned(), ..Merchant::default() };
    let mut account = serde_json::to_value(&other).unwrap();
    account["provider"] = "plutu".into();
    raw(&mocks, "POST", "/_accounts", "Content-Type: application/json", &account.to_string()).await;
    assert_eq!(client::post_as(&mocks, &other, "mpgs/confirm", &again).await.status, 200);
}

#[tokio::test]
async fn it_is_named_among_the_providers() {
    let mocks = start().await;
    let pairs = mocks::environment("http://m");
    assert!(pairs.contains(&("PLUTU_BASE_URL".to_owned(), "http://m/plutu/api/v1".to_owned())));
    for name in ["PLUTU_API_KEY", "PLUTU_ACCESS_TOKEN", "PLUTU_SECRET_KEY"] {
        assert!(pairs.iter().any(|(known, _)| known == name), "{name}");
    }
    assert!(mocks.urls().iter().any(|(name, _)| name == "plutu"));
}
