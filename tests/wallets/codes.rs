//! One-time codes where every answer comes.

use serde_json::json;

use super::{WALLETS, assert_clean, confirm, start};
use crate::harness::on_both;

on_both! {
    async fn the_right_code_pays_once(backend) {
        let gateway = start(backend).await;
        for (number, wallet) in WALLETS.into_iter().enumerate() {
            let opened = wallet.open(&gateway, &format!("ORD-{number}")).await;
            assert_eq!(wallet.charges(&gateway, &opened.wire), 0, "{wallet:?}: opening charges nothing");
            assert_eq!(opened.answer.body["next_action"]["length"], wallet.code.len(), "{wallet:?}");
            let paid = confirm(&gateway, &opened.id, wallet.code).await;
            assert_eq!((paid.status, paid.text("status")), (200, "paid".to_owned()), "{wallet:?}: {paid:?}");
            assert_eq!(wallet.charges(&gateway, &opened.wire), 1, "{wallet:?}");
            // A code is taken once, whatever the key.
            let again = confirm(&gateway, &opened.id, wallet.code).await;
            assert_eq!((again.status, again.text("code")), (409, "conflict".to_owned()), "{wallet:?}: {again:?}");
            assert_eq!(wallet.received(&gateway, wallet.confirms), 1, "{wallet:?}");
            gateway.mocks.clear_journal();
            let events = gateway.events(&opened.id).await;
            assert_eq!(events, ["payment.created", "payment.paid"], "{wallet:?}");
        }
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_wrong_code_leaves_the_payment_open_and_five_end_it(backend) {
        let gateway = start(backend).await;
        for (number, wallet) in WALLETS.into_iter().enumerate() {
            let wrong = &"246802"[..wallet.code.len()];
            let opened = wallet.open(&gateway, &format!("ORD-{number}")).await;
            let open = confirm(&gateway, &opened.id, wrong).await;
            assert_eq!((open.status, open.text("status")), (200, "requires_action".to_owned()), "{wallet:?}: {open:?}");
            assert_eq!(open.body["codes_left"], 4, "{wallet:?}: {open:?}");
            let paid = confirm(&gateway, &opened.id, wallet.code).await;
            assert_eq!(paid.text("status"), "paid", "{wallet:?}: {paid:?}");

            let guessed = wallet.open(&gateway, &format!("ORD-{number}-guessed")).await;
            let mut status = String::new();
            for guess in 1..=5 {
                let answer = confirm(&gateway, &guessed.id, wrong).await;
                status = answer.text("status");
                assert_eq!(answer.status, 200, "{wallet:?}: {answer:?}");
                // A provider may lock it before we do, and never after.
                assert!(status == "declined" || (status == "requires_action" && guess < 5), "{wallet:?}: {answer:?}");
                if status == "declined" {
                    break;
                }
            }
            assert_eq!(status, "declined", "{wallet:?}");
            assert_eq!(confirm(&gateway, &guessed.id, wallet.code).await.status, 409, "{wallet:?}: it is locked");
            assert_eq!(wallet.charges(&gateway, &guessed.wire), 0, "{wallet:?}");
        }
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn what_is_no_code_of_the_wallet_is_not_sent(backend) {
        let gateway = start(backend).await;
        for (number, wallet) in WALLETS.into_iter().enumerate() {
            let opened = wallet.open(&gateway, &format!("ORD-{number}")).await;
            for wrong in ["", "12", "12345678", "123456789", "1111a1", "１１１１１１"] {
                let refused = confirm(&gateway, &opened.id, wrong).await;
                assert_eq!((refused.status, refused.text("code")), (400, "invalid_request".to_owned()), "{wrong}: {refused:?}");
                assert_eq!(refused.at("/errors/0/field"), "otp", "{wrong}: {refused:?}");
            }
            assert_eq!(wallet.received(&gateway, wallet.confirms), 0, "{wallet:?}");
            // Arabic-Indic digits are digits.
            let arabic: String = wallet.code.chars().map(|digit| if digit == '1' { '١' } else { digit }).collect();
            assert_eq!(confirm(&gateway, &opened.id, &arabic).await.text("status"), "paid", "{wallet:?}");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn customers_without_money_or_wallet_are_declined(backend) {
        let gateway = start(backend).await;
        for (number, wallet) in WALLETS.into_iter().enumerate() {
            let of = |end: &str| {
                let mut request = wallet.request(&format!("ORD-{number}-{end}"));
                request["customer"]["phone"] = json!(format!("{}0000{end}", &wallet.phone[..3]).to_string());
                request
            };
            let unknown = gateway.client.post("/v1/payments", of("002")).await;
            assert_eq!((unknown.status, unknown.text("status")), (201, "declined".to_owned()), "{wallet:?}: {unknown:?}");
            assert_eq!(unknown.at("/failure/reason"), "provider_rejected", "{wallet:?}: {unknown:?}");

            let poor = gateway.client.post("/v1/payments", of("001")).await;
            assert_eq!(poor.status, 201, "{wallet:?}: {poor:?}");
            if poor.text("status") == "requires_action" {
                let declined = confirm(&gateway, &poor.text("id"), wallet.code).await;
                assert_eq!(declined.text("status"), "declined", "{wallet:?}: {declined:?}");
            } else {
                assert_eq!(poor.text("status"), "declined", "{wallet:?}: {poor:?}");
            }
            assert!(gateway.mocks.charges(Some(wallet.provider)).is_empty(), "{wallet:?}");
        }
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn another_code_can_be_sent_and_is_the_one_that_counts(backend) {
        let gateway = start(backend).await;
        for (number, wallet) in WALLETS.into_iter().enumerate() {
            let opened = wallet.open(&gateway, &format!("ORD-{number}")).await;
            let path = format!("/v1/payments/{}/resend-otp", opened.id);
            let sent = gateway.client.post(&path, json!({})).await;
            // The contract's wallets and Plutu count for themselves how often a code is sent.
            if sent.status == 429 {
                assert_eq!(sent.text("code"), "rate_limited", "{wallet:?}: {sent:?}");
                assert!(sent.headers.contains_key("retry-after"), "{wallet:?}: {sent:?}");
            } else {
                assert_eq!((sent.status, sent.at("/next_action/type")), (200, "otp".to_owned()), "{wallet:?}: {sent:?}");
            }
            let paid = confirm(&gateway, &opened.id, wallet.code).await;
            assert_eq!(paid.text("status"), "paid", "{wallet:?}: {paid:?}");
            let late = gateway.client.post(&path, json!({})).await;
            assert_eq!((late.status, late.text("code")), (409, "conflict".to_owned()), "{wallet:?}: {late:?}");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn one_key_is_one_confirmation_however_often_it_comes(backend) {
        let gateway = start(backend).await;
        for (number, wallet) in WALLETS.into_iter().enumerate() {
            let opened = wallet.open(&gateway, &format!("ORD-{number}")).await;
            let path = format!("/v1/payments/{}/confirm", opened.id);
            let body = json!({"otp": wallet.code}).to_string();
            let headers = [("Idempotency-Key", "the-one"), ("Content-Type", "application/json")];
            let send = || gateway.client.send("POST", &path, Some(body.clone()), &headers);
            let answers = futures_util::future::join_all((0..8).map(|_| send())).await;
            for answer in &answers {
                assert!(matches!(answer.status, 200 | 409), "{wallet:?}: {answer:?}");
            }
            assert_eq!(send().await.text("status"), "paid", "{wallet:?}");
            assert_eq!(wallet.charges(&gateway, &opened.wire), 1, "{wallet:?}");
            assert_eq!(wallet.received(&gateway, wallet.confirms), 1, "{wallet:?}");
            gateway.mocks.clear_journal();
        }
        gateway.stop().await;
    }
}
