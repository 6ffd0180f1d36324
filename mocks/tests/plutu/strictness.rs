//! What the mock refuses, and how.

use mocks::{Mocks, plutu::Merchant};

use crate::client::{Answer, PHONE, RETURN, post, post_as, process, raw, secrets, start};

/// Whether the last call was noted as a mistake and not acted on.
fn assert_noted(mocks: &Mocks, answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.body);
    let entry = mocks.journal(Some("plutu")).pop().unwrap();
    assert!(entry.violation.is_some() && !entry.acted, "{}", answer.body);
    assert!(mocks.charges(None).is_empty());
}

#[tokio::test]
async fn secrets_must_be_right() {
    let mocks = start().await;
    let form = format!("mobile_number={PHONE}&amount=5");
    let default = Merchant::default();
    for merchant in [
        Merchant { api_key: "wrong".to_owned(), ..default.clone() },
        Merchant { access_token: "wrong".to_owned(), ..default.clone() },
        Merchant { access_token: default.secret_key.clone(), ..default.clone() },
    ] {
        assert_noted(&mocks, &post_as(&mocks, &merchant, "edfali/verify", &form).await, 401, "AUTH_ERROR");
    }
    let path = "/plutu/api/v1/transaction/edfali/verify";
    let kind = "Content-Type: application/x-www-form-urlencoded";
    for head in [
        kind.to_owned(),
        format!("{kind}\r\nX-API-KEY: {}", default.api_key),
        format!("{kind}\r\nAuthorization: Bearer {}", default.access_token),
    ] {
        assert_noted(&mocks, &raw(&mocks, "POST", path, &head, &form).await, 401, "AUTH_ERROR");
    }
}

#[tokio::test]
async fn fields_must_be_right() {
    let mocks = start().await;
    let process = process(&mocks, "edfali", "5").await;
    let confirm = format!("process_id={process}&code=1111&amount=5&invoice_no=i");
    let page = format!("amount=5&invoice_no=i&{RETURN}");
    let tlync = format!("{page}&mobile_number={PHONE}&callback_url=https%3A%2F%2Fa.ly");
    for (action, form, field) in [
        ("edfali/verify", "amount=5".to_owned(), "mobile_number"),
        ("edfali/verify", "mobile_number=912345678&amount=5".to_owned(), "mobile_number"),
        ("edfali/verify", "mobile_number=0972345678&amount=5".to_owned(), "mobile_number"),
        ("edfali/verify", format!("mobile_number={PHONE}"), "amount"),
        ("edfali/verify", format!("mobile_number={PHONE}&amount=5.005"), "amount"),
        ("edfali/verify", format!("mobile_number={PHONE}&amount=0"), "amount"),
        ("edfali/verify", format!("mobile_number={PHONE}&amount=5&birth_year=1990"), "birth_year"),
        ("edfali/verify", format!("mobile_number={PHONE}&amount=5&amount=6"), "body"),
        ("sadadapi/verify", "mobile_number=0922345678&birth_year=1990&amount=5".to_owned(), "mobile_number"),
        ("sadadapi/verify", format!("mobile_number={PHONE}&birth_year=90&amount=5"), "birth_year"),
        ("edfali/confirm", confirm.replace("1111", "111111"), "code"),
        ("edfali/confirm", confirm.replace("=i", "=i%2F1"), "invoice_no"),
        ("edfali/confirm", confirm.replace("process_id=", "process_id=x"), "process_id"),
        ("edfali/confirm", format!("{confirm}&customer_ip=here"), "customer_ip"),
        ("edfali/confirm", format!("{confirm}&colour=red"), "colour"),
        ("localbankcards/confirm", page.replace(RETURN, "return_url=here"), "return_url"),
        ("localbankcards/confirm", format!("{page}&lang=fr"), "lang"),
        ("localbankcards/confirm", format!("{page}&callback_url=https%3A%2F%2Fa.ly"), "callback_url"),
        ("mpgs/confirm", format!("{page}&mobile_number={PHONE}"), "mobile_number"),
        ("tlync/confirm", page.clone(), "mobile_number"),
        ("tlync/confirm", format!("{page}&mobile_number={PHONE}"), "callback_url"),
        ("tlync/confirm", format!("{tlync}&email=nobody"), "email"),
    ] {
        let answer = post(&mocks, action, &form).await;
        assert_noted(&mocks, &answer, 422, "INVALID_INPUTS");
        assert!(answer.json()["error"]["fields"][field][0].is_string(), "{action} {form}: {}", answer.body);
    }
    assert_eq!(post(&mocks, "tlync/confirm", &format!("{tlync}&email=a%40b.ly&customer_ip=::1")).await.status, 200);
}

#[tokio::test]
async fn processes_must_fit() {
    let mocks = start().await;
    let process = process(&mocks, "edfali", "5").await;
    let form = |process: &str, amount: &str| format!("process_id={process}&code=1111&amount={amount}&invoice_no=i");
    let unknown = "REFERENCE_NUMBER_DOES_NOT_EXIST";
    assert_noted(&mocks, &post(&mocks, "edfali/confirm", &form("1000000000000", "5")).await, 400, unknown);
    let longer = form(&process, "5").replace("1111", "111111");
    assert_noted(&mocks, &post(&mocks, "sadadapi/confirm", &longer).await, 400, unknown);
    let other = post(&mocks, "edfali/confirm", &form(&process, "5.01")).await;
    assert_noted(&mocks, &other, 400, "INVALID_INVOICE_AMOUNT_OR_NUMBER");
    assert_eq!(post(&mocks, "edfali/confirm", &form(&process, "5.00")).await.status, 200);
}

#[tokio::test]
async fn only_posts_of_forms_to_gateways_are_served() {
    let mocks = start().await;
    let merchant = Merchant::default();
    let form = format!("mobile_number={PHONE}&amount=5");
    let head = |kind: &str| format!("{}\r\nContent-Type: {kind}", secrets(&merchant));
    let path = "/plutu/api/v1/transaction/edfali/verify";
    for (method, path, kind, status, code) in [
        ("GET", path, "application/x-www-form-urlencoded", 405, "INVALID_INPUTS"),
        ("POST", path, "application/json", 422, "INVALID_INPUTS"),
        ("POST", "/plutu/api/v1/transaction/tlync/verify", "application/x-www-form-urlencoded", 404, "INVALID_GATEWAY"),
        ("POST", "/plutu/transaction/edfali/verify", "application/x-www-form-urlencoded", 404, "INVALID_GATEWAY"),
    ] {
        let answer = raw(&mocks, method, path, &head(kind), &form).await;
        assert_noted(&mocks, &answer, status, code);
    }
}
