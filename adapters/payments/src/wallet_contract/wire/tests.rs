//! Requests compared with the samples, byte for byte.

use schemas::{Currency, Money, Phone};

use super::super::tests::{REFERENCE, account, order};
use super::super::{ALMADAR_PAY, MOBICASH, ONEPAY, WalletContract};
use super::*;
use crate::port::{Opening, PaymentProvider};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/wallet_contract/", $name)).trim_end()
    };
}

fn text(body: Vec<u8>) -> String {
    String::from_utf8(body).expect("JSON is UTF-8")
}

fn ordered(kind: ServiceKind, minor: i64) -> ServiceOrder {
    ServiceOrder {
        reference: "srv_01K9QJ8A2M".to_owned(),
        kind,
        amount: Money::new(minor, Currency::Lyd),
        // All of it is given each time: only what belongs to the kind is sent.
        biller: Some("electricity".to_owned()),
        number: Some("104500123".to_owned()),
        phone: Some(Phone::parse("0912345678").expect("a number")),
        note: None,
    }
}

/// The account at the moment of the contract's vector.
fn sender(account: &WalletContract) -> Sender<'_> {
    Sender { now: Timestamp::from_second(1_795_600_000).expect("a time"), ..account.sender() }
}

fn header<'a>(call: &'a Call, name: &str) -> &'a str {
    call.request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[test]
fn payments_as_in_the_samples() {
    assert_eq!(text(payment(&order(&MOBICASH), true)), sample!("payment_code_request.json"));
    assert_eq!(text(payment(&order(&ONEPAY), false)), sample!("payment_page_request.json"));
    assert_eq!(text(confirmation(&Code::parse("١١١ 111").expect("a code"))), sample!("confirm_request.json"));
    assert_eq!(sample!("resend_request.json"), "{}");
}

#[test]
fn services_as_in_the_samples() {
    let bill = BillInquiry { biller: "electricity".to_owned(), number: "104500123".to_owned() };
    assert_eq!(text(inquiry(&bill)), sample!("bill_inquiry_request.json"));
    assert_eq!(text(service(&ordered(ServiceKind::Bill, 20_750))), sample!("service_bill_request.json"));
    assert_eq!(text(service(&ordered(ServiceKind::TopUp, 10_000))), sample!("service_top_up_request.json"));
    let transfer = ServiceOrder { note: Some("إيجار".to_owned()), ..ordered(ServiceKind::Transfer, 50_000) };
    assert_eq!(text(service(&transfer)), sample!("service_transfer_request.json"));
}

#[test]
fn a_request_is_signed_with_the_path_of_its_base_as_in_the_vector() {
    let (account, _) = account(&MOBICASH, []);
    let body = payment(&order(&MOBICASH), true);
    let call = sender(&account).post(Operation::CreatePayment, &["payments"], body);
    assert_eq!(call.request.url.as_str(), "https://w.example.ly/mobicash/v1/payments");
    assert_eq!(header(&call, "authorization"), "Bearer api-key-1");
    assert_eq!(header(&call, "x-timestamp"), "1795600000");
    assert_eq!(header(&call, "x-signature"), "d0526db1693f253055f33e5ff20b68b043f15225181e3dbcb6cb08cb71044321");
    assert_eq!(header(&call, "content-type"), "application/json");
    let call = sender(&account).find(Operation::FindPayments, &["payments"], REFERENCE);
    assert_eq!(call.request.url.as_str(), "https://w.example.ly/mobicash/v1/payments?reference=pay_01K9QJ7Z5T.a1");
    assert_eq!(header(&call, "x-signature"), "1d648e420222520075cb708d84f2f2fc428f94d966f9667b775b409f81d23070");
    assert_eq!((call.request.body.len(), call.reference.as_deref()), (0, Some(REFERENCE)));
}

#[test]
fn each_operation_says_how_safe_it_is() {
    let (account, _) = account(&ALMADAR_PAY, []);
    for (operation, safety, answers) in [
        (Operation::CreatePayment, Safety::Once, &[422][..]),
        (Operation::ConfirmPayment, Safety::Once, &[409, 422]),
        (Operation::ResendCode, Safety::Once, &[422]),
        (Operation::FindPayments, Safety::Read, &[]),
        (Operation::InquireBill, Safety::Read, &[422]),
        (Operation::CreateService, Safety::Once, &[422]),
        (Operation::FindServices, Safety::Read, &[]),
    ] {
        let call = sender(&account).post(operation, &["x"], Vec::new());
        assert_eq!((&call.safety, call.answers, call.operation), (&safety, answers, operation.name()));
        assert_eq!((call.provider, call.account), ("almadar_pay", *account.account()));
        let shown = kit::mask::headers(&call.request.headers, call.secrets.headers);
        assert!(!shown.contains("api-key-1") && !shown.contains(header(&call, "x-signature")), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_the_way_needs_is_handed_over() {
    let (account, _) = account(&ONEPAY, []);
    let Ok(Opening::Call(call)) = account.open(&order(&ONEPAY)).await else { panic!("it is called") };
    let body = String::from_utf8_lossy(&call.request.body);
    assert!(!body.contains("218912345678") && body.contains("return_url"), "{body}");
}

#[test]
fn every_secret_of_the_samples_is_masked() {
    let masked =
        |operation: Operation, body: &str| kit::mask::body(body.as_bytes(), operation.secrets().body).expect("a body");
    for (operation, body, hidden, shown) in [
        (Operation::CreatePayment, sample!("payment_code_request.json"), "218912345678", REFERENCE),
        (Operation::CreatePayment, sample!("payment_page_request.json"), "/v1/returns", "/v1/callbacks"),
        (Operation::CreatePayment, sample!("payment_page.json"), "page.example.ly", REFERENCE),
        (Operation::CreatePayment, sample!("not_registered.json"), "218", "not_registered"),
        (Operation::ConfirmPayment, sample!("confirm_request.json"), "111111", "code"),
        (Operation::ConfirmPayment, sample!("wrong_code.json"), "wrong_code", "the code is wrong"),
        (Operation::InquireBill, sample!("bill_inquiry_request.json"), "104500123", "electricity"),
        (Operation::InquireBill, sample!("bill.json"), "104500123", "20.750"),
        (Operation::InquireBill, sample!("bill.json"), "أحمد", "2026-12-01"),
        (Operation::CreateService, sample!("service_bill_request.json"), "104500123", "20.750"),
        (Operation::CreateService, sample!("service_top_up_request.json"), "218912345678", "top_up"),
        (Operation::CreateService, sample!("service_transfer_request.json"), "218912345678", "50.000"),
        (Operation::CreateService, sample!("service_transfer_request.json"), "إيجار", "transfer"),
    ] {
        let logged = masked(operation, body);
        assert!(!logged.contains(hidden) && logged.contains(shown), "{hidden}: {logged}");
    }
}
