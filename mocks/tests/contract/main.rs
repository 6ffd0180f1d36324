//! The four wallets that speak our contract, over real TCP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]
#![expect(clippy::disallowed_methods, reason = "a client of the mocks has a clock of its own")]

mod client;
mod faults;
mod pages;
mod services;
mod strictness;

use mocks::{Fault, FaultKind, contract::Account};
use serde_json::{Value, json};

use crate::client::{PHONE, by_code, change, confirm, get, payment, post, post_as, raw, start, status};

fn sample(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Takes ids and times over from what was answered, since they are always others.
fn same(mut expected: Value, answered: &Value, names: &[&str]) -> Value {
    for name in names {
        expected[*name] = answered[*name].clone();
    }
    expected
}

#[tokio::test]
async fn a_payment_is_made_confirmed_and_found() {
    let mocks = start().await;
    for (wallet, phone) in
        [("mobicash", "+218952345678"), ("almadar_pay", "+218932345678"), ("libyana_pay", "+218942345678")]
    {
        let reference = format!("ref-{wallet}");
        let made = post(&mocks, wallet, "payments", &by_code(&reference, phone)).await;
        assert_eq!((made.status, &made.json()["status"]), (201, &json!("code_sent")), "{}", made.body);
        let id = made.json()["payment_id"].as_str().unwrap().to_owned();
        let sent = mocks.codes(wallet, &reference).pop().unwrap();
        assert_eq!((sent.transaction_id.as_str(), sent.phone.as_str(), sent.code.as_str()), (&*id, phone, "111111"));
        let path = format!("payments?reference={reference}");
        assert_eq!(get(&mocks, wallet, &path).await.json()["data"][0]["status"], "code_sent");
        let paid = post(&mocks, wallet, &format!("payments/{id}/confirm"), &json!({ "code": "111111" })).await;
        assert_eq!((paid.status, &paid.json()["status"]), (200, &json!("paid")));
        let found = get(&mocks, wallet, &path).await.json();
        assert_eq!(found["data"][0]["transaction_id"], paid.json()["transaction_id"]);
        let charge = mocks.charges(Some(wallet)).pop().unwrap();
        assert_eq!((charge.reference, charge.dirham), (reference, 12_500));
    }
    assert!(mocks.violations().is_empty());
    assert_eq!(get(&mocks, "mobicash", "payments?reference=ref-libyana_pay").await.json(), json!({ "data": [] }));
}

#[tokio::test]
async fn the_samples_are_what_it_speaks() {
    let mocks = start().await;
    let mut request = sample(include_str!("../../../schemas/providers/wallet_contract/payment_code_request.json"));
    request["callback_url"] = "http://127.0.0.1:1/hook".into();
    let made = post(&mocks, "mobicash", "payments", &request).await.json();
    let expected = sample(include_str!("../../../schemas/providers/wallet_contract/payment_code_sent.json"));
    assert_eq!(made, same(expected, &made, &["payment_id", "expires_at"]));
    let id = made["payment_id"].as_str().unwrap();
    let code = sample(include_str!("../../../schemas/providers/wallet_contract/confirm_request.json"));
    let wrong = confirm(&mocks, id, "222222").await;
    assert_eq!(wrong.json(), sample(include_str!("../../../schemas/providers/wallet_contract/wrong_code.json")));
    let path = format!("payments/{id}/confirm");
    let paid = post(&mocks, "mobicash", &path, &code).await.json();
    let expected = sample(include_str!("../../../schemas/providers/wallet_contract/confirm_paid.json"));
    assert_eq!(paid, same(expected, &paid, &["payment_id", "transaction_id"]));
    let found = get(&mocks, "mobicash", "payments?reference=pay_01K9QJ7Z5T.a1").await.json();
    let expected = sample(include_str!("../../../schemas/providers/wallet_contract/payments_paid.json"));
    let row = same(expected["data"][0].clone(), &paid, &["payment_id", "transaction_id"]);
    assert_eq!(found, json!({ "data": [row] }));
    for (path, text) in [
        ("bills/inquire", include_str!("../../../schemas/providers/wallet_contract/bill_inquiry_request.json")),
        ("services", include_str!("../../../schemas/providers/wallet_contract/service_bill_request.json")),
    ] {
        let answer = post(&mocks, "mobicash", path, &sample(text)).await;
        assert!(answer.status < 300, "{}", answer.body);
        if path == "bills/inquire" {
            let expected = sample(include_str!("../../../schemas/providers/wallet_contract/bill.json"));
            assert_eq!(answer.json(), same(expected, &answer.json(), &["due_date"]));
        }
    }
    let page = sample(include_str!("../../../schemas/providers/wallet_contract/payment_page_request.json"));
    let made = post(&mocks, "onepay", "payments", &page).await.json();
    let expected = sample(include_str!("../../../schemas/providers/wallet_contract/payment_page.json"));
    assert_eq!(made, same(expected, &made, &["payment_id", "expires_at", "url"]));
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn customers_are_refused() {
    let mocks = start().await;
    for (phone, amount, status, code) in [
        ("+218910000002", "1.000", 422, "not_registered"),
        ("+218910000003", "1.000", 503, "unavailable"),
        (PHONE, "5000.001", 422, "limit_exceeded"),
    ] {
        let mut body = by_code("refused", phone);
        body["amount"] = amount.into();
        let answer = post(&mocks, "mobicash", "payments", &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
    }
    let poor = post(&mocks, "mobicash", "payments", &by_code("refused", "+218910000001")).await;
    assert_eq!(poor.status, 201, "a refused request leaves its reference free");
    let id = poor.json()["payment_id"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        let answer = confirm(&mocks, &id, "111111").await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "insufficient_balance"));
    }
    assert_eq!(status(&mocks, "refused").await, "declined");
    assert!(mocks.violations().is_empty(), "no mistake of the caller");
    assert!(mocks.charges(None).is_empty());
}

#[tokio::test]
async fn wrong_codes_lock() {
    let mocks = start().await;
    let id = payment(&mocks, "a").await;
    for left in [2, 1] {
        let answer = confirm(&mocks, &id, "000000").await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "wrong_code"));
        assert_eq!(answer.json()["error"]["attempts_left"], left);
    }
    for code in ["000000", "111111"] {
        let answer = confirm(&mocks, &id, code).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "locked"));
    }
    assert_eq!(status(&mocks, "a").await, "declined");
    let resend = post(&mocks, "mobicash", &format!("payments/{id}/resend"), &json!({})).await;
    assert_eq!((resend.status, resend.code().as_str()), (422, "locked"));
    assert!(mocks.violations().is_empty() && mocks.charges(None).is_empty());
}

#[tokio::test]
async fn codes_are_sent_again() {
    let mocks = start().await;
    let id = payment(&mocks, "a").await;
    let path = format!("payments/{id}/resend");
    let soon = post(&mocks, "mobicash", &path, &json!({})).await;
    assert_eq!((soon.status, soon.code().as_str(), soon.header("retry-after")), (429, "too_soon", Some("30")));
    assert_eq!(mocks.codes("mobicash", "a").len(), 1);
    change(&mocks, "mobicash", "resend_seconds", 0.into()).await;
    let resent = post(&mocks, "mobicash", &path, &json!({})).await;
    let expected = sample(include_str!("../../../schemas/providers/wallet_contract/resent.json"));
    assert_eq!((resent.status, resent.json()), (200, same(expected, &resent.json(), &["payment_id", "expires_at"])));
    assert_eq!(mocks.codes("mobicash", &id).len(), 2);
    assert_eq!(confirm(&mocks, &id, "111111").await.status, 200);
    let paid = post(&mocks, "mobicash", &path, &json!({})).await;
    assert_eq!((paid.status, paid.code().as_str()), (409, "already_paid"));
    assert_eq!(mocks.violations().len(), 1);
}

#[tokio::test]
async fn codes_and_payments_run_out() {
    let mocks = start().await;
    change(&mocks, "mobicash", "code_seconds", 0.into()).await;
    let id = payment(&mocks, "code").await;
    assert_eq!(confirm(&mocks, &id, "111111").await.code(), "code_expired");
    assert_eq!(status(&mocks, "code").await, "code_sent");
    change(&mocks, "mobicash", "payment_seconds", 0.into()).await;
    let id = payment(&mocks, "payment").await;
    assert_eq!(status(&mocks, "payment").await, "expired");
    assert_eq!(confirm(&mocks, &id, "111111").await.code(), "expired");
    let resend = post(&mocks, "mobicash", &format!("payments/{id}/resend"), &json!({})).await;
    assert_eq!((resend.status, resend.code().as_str()), (422, "expired"));
    change(&mocks, "mobicash", "code", "654321".into()).await;
    let id = payment(&mocks, "other").await;
    assert_eq!(mocks.codes("mobicash", &id)[0].code, "654321");
    assert_eq!(confirm(&mocks, &id, "654321").await.status, 200);
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn references_and_confirmations_are_not_repeated() {
    let mocks = start().await;
    let id = payment(&mocks, "a").await;
    let again = post(&mocks, "mobicash", "payments", &by_code("a", PHONE)).await;
    assert_eq!((again.status, again.code().as_str()), (409, "duplicate_reference"));
    assert_eq!(confirm(&mocks, &id, "111111").await.status, 200);
    for code in ["111111", "222222"] {
        let again = confirm(&mocks, &id, code).await;
        assert_eq!((again.status, again.code().as_str()), (409, "already_paid"));
    }
    let reasons: Vec<_> =
        mocks.violations().into_iter().map(|entry| (entry.operation, entry.violation.unwrap())).collect();
    assert_eq!(reasons[0], ("create_payment", "this reference was used before".to_owned()));
    assert_eq!(reasons[2], ("confirm_payment", "this payment is paid: it is asked for again".to_owned()));
    assert_eq!((reasons.len(), mocks.charges(None).len()), (3, 1));
    let elsewhere = post(&mocks, "almadar_pay", "payments", &by_code("a", PHONE)).await;
    assert_eq!(elsewhere.status, 201, "another wallet knows nothing of it");
}

#[tokio::test]
async fn of_two_at_once_one_counts() {
    let mocks = start().await;
    // Both have been looked at before either is done.
    let late = |operation| {
        let fault = Fault::new("mobicash", FaultKind::Delay).on(operation);
        mocks.fault(Fault { times: Some(2), delay_ms: Some(100), ..fault });
    };
    let sorted = |first: u16, second: u16| [first.min(second), first.max(second)];
    late("create_payment");
    let body = by_code("a", PHONE);
    let make = || post(&mocks, "mobicash", "payments", &body);
    let (first, second) = tokio::join!(make(), make());
    assert_eq!(sorted(first.status, second.status), [201, 409]);
    let made = if first.status == 201 { first } else { second };
    let id = made.json()["payment_id"].as_str().unwrap().to_owned();
    late("confirm_payment");
    let (first, second) = tokio::join!(confirm(&mocks, &id, "111111"), confirm(&mocks, &id, "111111"));
    assert_eq!(sorted(first.status, second.status), [200, 409]);
    assert_eq!((mocks.charges(None).len(), mocks.violations().len()), (1, 2));
}

#[tokio::test]
async fn a_code_that_is_sent_again_holds_anew() {
    let mocks = start().await;
    change(&mocks, "mobicash", "code_seconds", 1.into()).await;
    let id = payment(&mocks, "a").await;
    tokio::time::sleep(std::time::Duration::from_millis(1_050)).await;
    assert_eq!(confirm(&mocks, &id, "111111").await.code(), "code_expired");
    change(&mocks, "mobicash", "resend_seconds", 0.into()).await;
    let resent = post(&mocks, "mobicash", &format!("payments/{id}/resend"), &json!({})).await;
    assert_eq!(resent.status, 200, "{}", resent.body);
    assert_eq!(confirm(&mocks, &id, "111111").await.status, 200);
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn a_day_is_listed() {
    let mocks = start().await;
    change(&mocks, "mobicash", "api_key", "other".into()).await;
    let other = Account { api_key: "other".to_owned(), ..Account::of("mobicash") };
    let foreign = post_as(&mocks, &other, "payments", &by_code("foreign", PHONE)).await.json();
    let path = format!("payments/{}/confirm", foreign["payment_id"].as_str().unwrap());
    post_as(&mocks, &other, &path, &json!({ "code": "111111" })).await;
    for number in 0..51 {
        let id = payment(&mocks, &format!("r{number:02}")).await;
        confirm(&mocks, &id, "111111").await;
    }
    let date = jiff::Timestamp::now().in_tz("Africa/Tripoli").unwrap().date();
    let page = async |date: jiff::civil::Date, page: u32| {
        get(&mocks, "mobicash", &format!("transactions?date={date}&page={page}")).await.json()
    };
    let first = page(date, 1).await;
    assert_eq!((first["pages"].clone(), first["data"].as_array().unwrap().len()), (json!(2), 50));
    let row = &first["data"][0];
    let shown = ["reference", "kind", "amount", "fee", "currency"].map(|name| row[name].as_str().unwrap());
    assert_eq!(shown, ["r00", "sale", "12.500", "0.125", "LYD"]);
    assert_eq!(page(date, 2).await["data"][0]["reference"], "r50");
    assert_eq!(page(date, 3).await["data"], json!([]));
    assert_eq!(page(date.yesterday().unwrap(), 1).await, json!({ "data": [], "pages": 1 }));
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn they_are_named_among_the_providers() {
    let mocks = start().await;
    let pairs = mocks::environment("http://m");
    for (name, prefix) in
        [("mobicash", "MOBICASH"), ("almadar_pay", "ALMADAR_PAY"), ("libyana_pay", "LIBYANA_PAY"), ("onepay", "ONEPAY")]
    {
        assert!(pairs.contains(&(format!("{prefix}_BASE_URL"), format!("http://m/{name}"))));
        for secret in ["API_KEY", "SECRET_KEY"] {
            assert!(pairs.iter().any(|(known, _)| *known == format!("{prefix}_{secret}")), "{prefix}_{secret}");
        }
        assert!(mocks.urls().contains(&(name.to_owned(), mocks.base_url(name))));
    }
    let wrong = r#"{"provider":"mobicash","api_key":"","secret_key":"x"}"#;
    assert_eq!(raw(&mocks, "POST", "/_accounts", "Content-Type: application/json", wrong).await.status, 422);
}
