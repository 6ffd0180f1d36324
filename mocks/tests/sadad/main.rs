//! The fake Sadad over real TCP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod client;
mod codes;
mod faults;
mod samples;
mod soap;
mod strictness;

use mocks::sadad::Merchant;
use serde_json::json;

use crate::client::{CODE, PHONE, bearer, call, control, enquiry, open, opening, pay, raw, start};

#[tokio::test]
async fn a_payment_from_code_to_enquiry() {
    let mocks = start().await;
    let id = open(&mocks, PHONE, "INV-1").await;
    assert_eq!(enquiry(&mocks, "INV-1").await["result"]["status"], "Pending");
    let codes = mocks.codes("sadad", "INV-1");
    assert_eq!((codes.len(), codes[0].code.as_str(), codes[0].phone.as_str()), (1, CODE, PHONE));
    assert_eq!(mocks.codes("sadad", &id.to_string()), codes);
    let listed = control(&mocks, "GET", "/_codes?provider=sadad&reference=INV-1", &json!({})).await.json();
    assert_eq!((&listed[0]["code"], &listed[0]["transaction_id"]), (&json!(CODE), &json!(id.to_string())));
    assert!(mocks.charges(None).is_empty());

    let paid = pay(&mocks, id, CODE).await;
    assert_eq!(paid.codes(), (200, 0));
    let paid = paid.json();
    let reference = paid["result"].as_str().unwrap();
    assert!(reference.starts_with("SD-") && reference.ends_with(&id.to_string()), "{reference}");
    assert_eq!(
        (&paid["commission"], &paid["total"], &paid["merchantNo"]),
        (&json!(0.25), &json!(12.75), &json!("M-001"))
    );
    let found = enquiry(&mocks, "INV-1").await["result"].clone();
    assert_eq!((&found["status"], &found["amount"]), (&json!("Paid"), &json!(12.5)));
    assert_eq!((&found["reference"], &found["transactionId"]), (&json!(reference), &json!(id)));
    let charges = mocks.charges(Some("sadad"));
    assert_eq!((charges.len(), charges[0].dirham, charges[0].reference.as_str()), (1, 12_500, "INV-1"));
    let listed = control(&mocks, "GET", "/_charges?reference=INV-1", &json!({})).await.json();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["dirham"]), (1, &json!(12_500)));
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn merchants_are_apart() {
    let mocks = start().await;
    let id = open(&mocks, PHONE, "INV-1").await;
    let account =
        json!({ "provider": "sadad", "merchant_no": "M-002", "token": "another", "code": "222222", "nested": true });
    assert_eq!(control(&mocks, "POST", "/_accounts", &account).await.status, 200);
    let head = bearer("another");
    let send = async |operation: &str, body: serde_json::Value| {
        raw(&mocks, "POST", &format!("/sadad/api/{operation}"), &head, &body.to_string()).await
    };
    assert_eq!(send("Pay", json!({ "TransactionId": id, "OTP": CODE })).await.codes(), (200, 934));
    assert_eq!(send("enquiry", json!({ "InvoiceNo": "INV-1" })).await.codes(), (200, 936));
    let opened = send("Validate", opening(PHONE, "INV-1")).await.json();
    let other = opened["result"]["transactionId"].as_u64().unwrap();
    let paid = send("Pay", json!({ "TransactionId": other, "OTP": "222222" })).await.json();
    assert_eq!((&paid["result"]["transactionId"], &paid["result"]["merchantNo"]), (&json!(other), &json!("M-002")));
    assert!(paid["result"]["reference"].as_str().unwrap().starts_with("SD-"));
    for wrong in [json!({ "provider": "sadad", "colour": "red" }), json!({ "provider": "sadad", "token": "" })] {
        assert_eq!(control(&mocks, "POST", "/_accounts", &wrong).await.status, 422, "{wrong}");
    }
}

#[tokio::test]
async fn the_path_has_no_case_and_names_are_served() {
    let mocks = start().await;
    assert_eq!(call(&mocks, "VALIDATE", &opening(PHONE, "INV-1")).await.codes(), (200, 0));
    assert!(mocks.urls().contains(&("sadad".to_owned(), mocks.base_url("sadad"))));
    let environment = mocks::environment(&format!("http://{}", mocks.address()));
    let value = |name: &str| environment.iter().find(|(known, _)| known == name).unwrap().1.clone();
    assert_eq!((value("SADAD_BASE_URL"), value("SADAD_TOKEN")), (mocks.base_url("sadad"), Merchant::default().token));
    let act = json!({ "provider": "sadad", "reference": "INV-1", "outcome": "approved" });
    assert_eq!(control(&mocks, "POST", "/_pay", &act).await.status, 422, "the customer enters the code at the gateway");
    assert_eq!(control(&mocks, "POST", "/_settle", &json!({ "provider": "sadad" })).await.status, 422);
}
