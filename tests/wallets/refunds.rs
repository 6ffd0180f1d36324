//! Refunds where no provider has a call for them: by hand, with evidence, and by two persons where the settings say so.

use serde_json::{Value, json};

use super::{WALLETS, Wallet, confirm, start_with};
use crate::harness::{Gateway, key, on_both};

async fn paid(gateway: &Gateway, wallet: Wallet) -> String {
    let opened = wallet.open(gateway, "ORD-1").await;
    assert_eq!(confirm(gateway, &opened.id, wallet.code).await.text("status"), "paid");
    opened.id
}

fn by(name: &str) -> Value {
    json!({"evidence": {"by": name, "document": "cash receipt 12"}})
}

on_both! {
    async fn one_person_gives_the_money_back_with_evidence(backend) {
        let gateway = start_with(backend, &[]).await;
        let id = paid(&gateway, WALLETS[0]).await;
        let refund = gateway.client.post(&format!("/v1/payments/{id}/refunds"), json!({"amount": "2.500"})).await;
        assert_eq!((refund.status, refund.text("way"), refund.text("status")), (201, "manual".to_owned(), "pending".to_owned()));
        let settled = gateway.client.post(&format!("/v1/refunds/{}/settle", refund.text("id")), by("Salma")).await;
        assert_eq!((settled.status, settled.text("status")), (200, "succeeded".to_owned()), "{settled:?}");
        assert_eq!(gateway.read(&id).await.text("status"), "partially_refunded");
        gateway.stop().await;
    }
}

on_both! {
    async fn two_persons_each_with_a_key_of_their_own(backend) {
        let gateway = start_with(backend, &[("JISR_PAYMENTS__REFUND_SECOND_PERSON", "true")]).await;
        let id = paid(&gateway, WALLETS[1]).await;
        let refund = gateway.client.post(&format!("/v1/payments/{id}/refunds"), json!({})).await;
        let path = format!("/v1/refunds/{}/settle", refund.text("id"));
        let first = gateway.client.post(&path, by("Salma")).await;
        assert_eq!((first.status, first.text("status")), (200, "pending".to_owned()), "{first:?}");
        assert_eq!(first.body["awaits_second_person"], true, "{first:?}");
        assert_eq!(gateway.read(&id).await.text("status"), "paid", "nothing has gone back yet");
        let other = gateway.client.clone().with_key(&key(&gateway.facade, Some(gateway.store), &["all"]).await);
        let same_key = gateway.client.post(&path, by("Omar")).await;
        let same_name = other.post(&path, by(" SALMA ")).await;
        assert_eq!((same_key.status, same_name.status), (409, 409), "{same_key:?} {same_name:?}");
        let second = other.post(&path, by("Omar")).await;
        assert_eq!((second.status, second.text("status")), (200, "succeeded".to_owned()), "{second:?}");
        assert!(second.body.get("awaits_second_person").is_none(), "{second:?}");
        assert_eq!(gateway.read(&id).await.text("status"), "refunded");
        gateway.stop().await;
    }
}
