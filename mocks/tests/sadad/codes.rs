//! Codes: wrong, over, sent again; and customers who cannot pay.

use mocks::sadad::{Merchant, Status};
use serde_json::json;

use crate::client::{CODE, PHONE, call, enquiry, open, opening, pay, start, violation};

fn settings(change: impl FnOnce(&mut Merchant)) -> serde_json::Value {
    let mut merchant = Merchant::default();
    change(&mut merchant);
    serde_json::to_value(merchant).unwrap()
}

#[tokio::test]
async fn the_third_wrong_code_closes() {
    let mocks = start().await;
    let id = open(&mocks, PHONE, "INV-1").await;
    assert_eq!(pay(&mocks, id, "222222").await.codes(), (200, 927));
    assert_eq!(pay(&mocks, id, "333333").await.codes(), (200, 927));
    assert_eq!(enquiry(&mocks, "INV-1").await["result"]["status"], "Pending");
    assert_eq!(pay(&mocks, id, "444444").await.codes(), (200, 929));
    assert_eq!(enquiry(&mocks, "INV-1").await["result"]["status"], format!("{:?}", Status::Failed));
    assert!(mocks.violations().is_empty(), "a customer who mistypes is no mistake of the gateway");
    assert_eq!(pay(&mocks, id, CODE).await.codes(), (200, 938));
    assert!(violation(&mocks).unwrap().contains("closed"));
    assert!(mocks.charges(None).is_empty());
}

#[tokio::test]
async fn a_right_code_after_a_wrong_one() {
    let mocks = start().await;
    let id = open(&mocks, PHONE, "INV-1").await;
    assert_eq!(pay(&mocks, id, "222222").await.codes(), (200, 927));
    assert_eq!(pay(&mocks, id, CODE).await.codes(), (200, 0));
}

#[tokio::test]
async fn a_second_payment_is_noticed() {
    let mocks = start().await;
    let id = open(&mocks, PHONE, "INV-1").await;
    assert_eq!(pay(&mocks, id, CODE).await.codes(), (200, 0));
    for code in [CODE, "222222"] {
        assert_eq!(pay(&mocks, id, code).await.codes(), (200, 935));
        assert!(violation(&mocks).unwrap().contains("paid"));
    }
    assert_eq!(call(&mocks, "otp-resend", &json!({ "TransactionId": id })).await.codes(), (200, 935));
    assert_eq!((mocks.charges(None).len(), mocks.violations().len()), (1, 3));
}

#[tokio::test]
async fn codes_run_out_and_are_sent_again() {
    let mocks = start().await;
    mocks.add_account("sadad", settings(|merchant| merchant.code_seconds = 0)).unwrap();
    let id = open(&mocks, PHONE, "INV-1").await;
    assert_eq!(pay(&mocks, id, CODE).await.codes(), (200, 928));
    mocks.add_account("sadad", settings(|merchant| merchant.resend_seconds = 60)).unwrap();
    let resend = json!({ "TransactionId": id });
    assert_eq!(call(&mocks, "otp-resend", &resend).await.codes(), (200, 937));
    assert_eq!(mocks.codes("sadad", "INV-1").len(), 1);
    mocks.add_account("sadad", settings(|merchant| merchant.code = "654321".to_owned())).unwrap();
    assert_eq!(call(&mocks, "otp-resend", &resend).await.codes(), (200, 0));
    assert_eq!(mocks.codes("sadad", "INV-1").last().unwrap().code, "654321");
    assert_eq!(pay(&mocks, id, "654321").await.codes(), (200, 0));
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn customers_who_cannot_pay() {
    let mocks = start().await;
    for (phone, code) in [("0910000002", 931), ("0930000002", 931), ("0910000003", 932), ("930000003", 932)] {
        assert_eq!(call(&mocks, "Validate", &opening(phone, phone)).await.codes(), (200, code), "{phone}");
        assert_eq!(enquiry(&mocks, phone).await["statusCode"], 936, "no transaction was opened");
        assert!(mocks.codes("sadad", phone).is_empty());
    }
    for (phone, invoice) in [("0910000001", "INV-1"), ("930000001", "INV-2")] {
        let id = open(&mocks, phone, invoice).await;
        assert_eq!(pay(&mocks, id, CODE).await.codes(), (200, 930));
        assert_eq!(enquiry(&mocks, invoice).await["result"]["status"], "Failed");
    }
    assert!(mocks.violations().is_empty() && mocks.charges(None).is_empty());
}

#[tokio::test]
async fn what_is_not_there() {
    let mocks = start().await;
    assert_eq!(pay(&mocks, 1, CODE).await.codes(), (200, 934));
    assert_eq!(call(&mocks, "otp-resend", &json!({ "TransactionId": 1 })).await.codes(), (200, 934));
    assert_eq!(mocks.violations().len(), 2);
    assert_eq!(enquiry(&mocks, "INV-9").await["statusCode"], 936);
    assert_eq!(violation(&mocks), None, "to ask for what may not have arrived is no mistake");
}
