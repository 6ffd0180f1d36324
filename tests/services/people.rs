//! Whose number it is stays between the store and the provider: sealed in the database, masked in the log, in no event.

use mocks::FaultKind;
use serde_json::json;

use super::{CREATE, Kind, fault, made, start, until};
use crate::harness::{Backend, Gateway, eventually, on_both};

/// What must be found nowhere: nobody else has these.
const PRIVATE: [&str; 4] = ["917364518", "458273645", "secret-of-salma", "أحمد علي"];

/// Every row of every table that could tell, as text.
async fn everything(gateway: &Gateway) -> String {
    let mut all = Vec::new();
    let rows = gateway.log_rows("services.create").await.into_iter().chain(gateway.log_rows("services.find").await);
    for row in rows.chain(gateway.log_rows("bills.inquire").await) {
        all.push(format!("{row:?}"));
    }
    all.push(gateway.client.get("/v1/feed?limit=500").await.raw);
    all.push(gateway.client.get("/v1/logs?limit=100").await.raw);
    let mut tx = gateway.facade.db.begin().await.expect("a transaction");
    for reference in ["P-1", "P-2", "P-3"] {
        let row = jisr::db::wallet_services::holding(&mut tx, gateway.store, false, reference).await.expect("readable");
        let row = row.expect("there");
        assert!(row.subject.len() > 40, "it is sealed");
        all.push(String::from_utf8_lossy(&row.subject).into_owned());
        all.push(format!("{:?} {:?}", row.provider_message, row.provider_reference));
    }
    all.push(format!(
        "{:?}",
        jisr::db::tasks::list(&gateway.facade.db, &jisr::db::tasks::Filter { limit: 100, ..Default::default() }).await
    ));
    all.join("\n")
}

on_both! {
    async fn numbers_names_and_notes_are_in_no_log_and_no_event(backend) {
        let gateway = start(backend).await;
        let question = json!({"provider": "mobicash", "biller": "water", "number": "458273645"});
        let bill = gateway.client.post("/v1/bills/inquiries", question).await;
        assert_eq!(bill.text("name"), PRIVATE[3], "{bill:?}");
        let bill = json!({
            "reference": "P-1", "provider": "mobicash", "biller": "water", "number": "458273645",
            "amount": bill.text("amount"), "currency": "LYD",
        });
        made(&gateway, Kind::Bill, bill).await;
        let note = format!("for {}", PRIVATE[2]);
        let transfer = json!({
            "reference": "P-2", "provider": "mobicash", "phone": "+218917364518", "note": note, "amount": "5", "currency": "LYD",
        });
        let shown = made(&gateway, Kind::Transfer, transfer).await;
        assert_eq!((shown.text("phone"), shown.text("note")), ("+218917364518".to_owned(), note), "its store sees it");
        fault(&gateway, "mobicash", CREATE, FaultKind::WrongBody);
        let top_up = json!({"reference": "P-3", "provider": "mobicash", "phone": "0917364518", "amount": "5", "currency": "LYD"});
        let lost = made(&gateway, Kind::TopUp, top_up).await.text("id");
        until(&gateway, &lost, "succeeded").await;
        eventually("the log is written", || async { gateway.log_rows("services.find").await.len() + gateway.log_rows("bills.inquire").await.len() >= 2 }).await;
        let all = everything(&gateway).await;
        assert!(all.contains("service.succeeded") && all.contains("***"), "{all}");
        for private in PRIVATE {
            assert!(!all.contains(private), "{private} is in {all}");
        }
        gateway.stop().await;
    }
}

#[tokio::test]
async fn a_rotation_of_the_key_seals_them_anew() {
    let gateway = start(Backend::Sqlite).await;
    made(&gateway, Kind::TopUp, Kind::TopUp.order("R-1", "mobicash", "1234567")).await;
    let (old, new) = ("7f8e9dacbb0a192837465564738291a0bfcedddcebfa09182736455463728190", "11".repeat(32));
    let ring = jisr::vault::Vault::new(&format!("{new}\n{old}").into(), gateway.facade.ambient.clone()).expect("keys");
    let rotated = jisr::rotation::rotate(&gateway.facade.db, &ring).await.expect("rotated");
    let own: Vec<_> = rotated.iter().filter(|one| one.column.table == "wallet_services").collect();
    assert_eq!(
        own.iter().map(|one| (one.column.field, one.sealed, one.closed)).collect::<Vec<_>>(),
        [("subject", 1, 0), ("evidence", 0, 0)]
    );
    gateway.stop().await;
}
