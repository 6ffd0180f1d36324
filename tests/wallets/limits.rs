//! How often codes are sent, and what a wire cannot write.

use serde_json::json;

use super::{WALLETS, confirm, start_with};
use crate::harness::on_both;

on_both! {
    async fn codes_are_counted_for_a_telephone_a_store_and_an_address(backend) {
        let gateway = start_with(backend, &[
            ("JISR_PAYMENTS__CODES_PER_PHONE__BURST", "3"),
            ("JISR_PAYMENTS__CODES_PER_PHONE__EVERY_MS", "600000"),
            ("JISR_PAYMENTS__CODES_PER_ADDRESS__BURST", "5"),
            ("JISR_PAYMENTS__CODES_PER_ADDRESS__EVERY_MS", "600000"),
        ]).await;
        let sadad = WALLETS[0];
        let request = |number: usize, phone: &str, ip: &str| {
            let mut request = sadad.request(&format!("ORD-{number}"));
            request["customer"]["phone"] = json!(phone);
            request["customer"]["ip"] = json!(ip);
            request
        };
        for number in 0..3 {
            let answer = gateway.client.post("/v1/payments", request(number, "0911111111", "41.208.1.1")).await;
            assert_eq!(answer.status, 201, "{answer:?}");
        }
        // The same number in another spelling.
        let refused = gateway.client.post("/v1/payments", request(3, "+218 91 111 1111", "41.208.1.2")).await;
        assert_eq!((refused.status, refused.text("code")), (429, "rate_limited".to_owned()), "{refused:?}");
        assert!(refused.headers.contains_key("retry-after"), "{refused:?}");
        assert_eq!(gateway.client.get("/v1/payments?reference=ORD-3").await.body["data"], json!([]));
        for number in 4..6 {
            let phone = format!("091222222{number}");
            let answer = gateway.client.post("/v1/payments", request(number, &phone, "41.208.1.1")).await;
            assert_eq!(answer.status, 201, "{answer:?}");
        }
        let refused = gateway.client.post("/v1/payments", request(6, "0913333333", "41.208.1.1")).await;
        assert_eq!(refused.status, 429, "the address is spent: {refused:?}");
        assert_eq!(sadad.received(&gateway, sadad.opens), 5);
        // What is counted names nobody.
        let named = gateway.count("SELECT COUNT(*) FROM allowances WHERE scope LIKE '%91111%' OR scope LIKE '%41.208%'").await;
        assert_eq!(named, 0);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_code_that_is_over_is_not_sent_on(backend) {
        let gateway = start_with(backend, &[("JISR_PAYMENTS__WALLET_EXPIRES_MS", "700")]).await;
        let edfali = WALLETS[1];
        let opened = edfali.open(&gateway, "ORD-1").await;
        tokio::time::sleep(std::time::Duration::from_millis(900)).await;
        let over = confirm(&gateway, &opened.id, edfali.code).await;
        assert_eq!((over.status, over.text("code")), (409, "conflict".to_owned()), "{over:?}");
        assert_eq!(edfali.received(&gateway, edfali.confirms), 0);
        gateway.until(&opened.id, "expired").await;
        gateway.stop().await;
    }
}

on_both! {
    async fn amounts_that_a_wire_would_round_are_refused_by_name(backend) {
        let gateway = start_with(backend, &[]).await;
        for (number, wallet) in WALLETS.into_iter().enumerate() {
            let mut request = wallet.request(&format!("ORD-{number}"));
            request["amount"] = json!("12.505");
            let answer = gateway.client.post("/v1/payments", request).await;
            if matches!(wallet.provider, "plutu" | "edfali") {
                assert_eq!((answer.status, answer.at("/errors/0/field")), (400, "amount".to_owned()), "{wallet:?}: {answer:?}");
            } else {
                let paid = confirm(&gateway, &answer.text("id"), wallet.code).await;
                assert_eq!(paid.text("status"), "paid", "{wallet:?}: {paid:?}");
                let charges = gateway.mocks.charges(Some(wallet.provider));
                assert_eq!(charges.last().map(|charge| charge.dirham), Some(12_505), "{wallet:?}");
            }
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn what_a_wallet_must_know_of_its_customer_is_asked_for_by_name(backend) {
        let gateway = start_with(backend, &[]).await;
        let sadad = WALLETS[0];
        let cases = [
            (json!({"birth_year": 1987}), "customer.phone"),
            (json!({"phone": "0921234567", "birth_year": 1987}), "customer.phone"),
            (json!({"phone": "0911234567"}), "customer.birth_year"),
        ];
        for (customer, field) in cases {
            let mut request = sadad.request("ORD-1");
            request["customer"] = customer;
            let answer = gateway.client.post("/v1/payments", request).await;
            assert_eq!((answer.status, answer.at("/errors/0/field")), (400, field.to_owned()), "{answer:?}");
        }
        let mut unknown = sadad.request("ORD-1");
        unknown["brand"] = json!("paypal");
        let answer = gateway.client.post("/v1/payments", unknown).await;
        assert_eq!((answer.status, answer.at("/errors/0/field")), (400, "brand".to_owned()), "{answer:?}");
        gateway.stop().await;
    }
}
