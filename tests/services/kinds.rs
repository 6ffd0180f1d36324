//! Every kind by every provider where every answer comes.

use serde_json::json;

use super::{
    CREATE, KINDS, Kind, PROVIDERS, asked_for_longer_than_a_doubt_lasts, assert_all_asked, assert_clean, calls,
    close_the_day, events, made, start, until,
};
use crate::harness::on_both;

on_both! {
    async fn every_kind_is_paid_once(backend) {
        let gateway = start(backend).await;
        for (number, provider) in PROVIDERS.into_iter().enumerate() {
            for kind in KINDS {
                let order = kind.order(&format!("OUT-{number}-{kind:?}"), provider, &format!("{number}234567"));
                let done = made(&gateway, kind, order.clone()).await;
                let id = done.text("id");
                assert!(id.starts_with("svc_") && id.len() == 30, "{done:?}");
                assert_eq!((done.text("kind"), done.text("provider")), (kind.word().to_owned(), provider.to_owned()));
                assert_eq!(done.text("status"), "succeeded", "{done:?}");
                assert!(done.text("provider_reference").starts_with("wt_"), "{done:?}");
                for field in ["reference", "amount", "currency", "biller", "number", "phone", "note"] {
                    assert_eq!(done.body.get(field), order.get(field), "{field}: {done:?}");
                }
                assert_eq!((done.text("store"), &done.body["livemode"]), ("default".to_owned(), &json!(false)));
                let read = gateway.client.get(&format!("/v1/wallet-services/{id}")).await;
                assert_eq!((read.status, read.body), (200, done.body.clone()));
                assert_eq!(events(&gateway, &id).await, ["service.succeeded"]);
            }
            assert_eq!(calls(&gateway, provider, CREATE), (3, 3), "{provider}");
        }
        assert_all_asked(&gateway).await;
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_bill_is_asked_about_and_paid_as_it_says(backend) {
        let gateway = start(backend).await;
        for provider in PROVIDERS {
            // Arabic-Indic digits are digits.
            for number in ["104500123", "١٠٤٥٠٠١٢٤"] {
                let question = json!({"provider": provider, "biller": "water", "number": number});
                let bill = gateway.client.post("/v1/bills/inquiries", question).await;
                assert_eq!(bill.status, 200, "{bill:?}");
                assert_eq!((bill.text("provider"), bill.text("biller")), (provider.to_owned(), "water".to_owned()));
                assert_eq!((bill.text("name"), bill.text("currency")), ("أحمد علي".to_owned(), "LYD".to_owned()));
                assert!(bill.text("number").starts_with("104500") && bill.text("due_date").len() == 10, "{bill:?}");
                let order = json!({
                    "reference": format!("BILL-{provider}-{number}"), "provider": provider, "biller": "water",
                    "number": number, "amount": bill.text("amount"), "currency": "LYD",
                });
                let paid = made(&gateway, Kind::Bill, order).await;
                assert_eq!((paid.text("status"), paid.text("number")), ("succeeded".to_owned(), bill.text("number")));
            }
        }
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_top_up_without_a_provider_goes_to_the_numbers_operator(backend) {
        let gateway = start(backend).await;
        let expected =
            [("0911234567", "almadar_pay"), ("0921234567", "libyana_pay"), ("0931234567", "almadar_pay"), ("94 123 4567", "libyana_pay")];
        for (phone, provider) in expected {
            let order = json!({"reference": phone, "phone": phone, "amount": "5", "currency": "LYD"});
            let done = made(&gateway, Kind::TopUp, order).await;
            assert_eq!((done.text("provider"), done.text("status")), (provider.to_owned(), "succeeded".to_owned()));
            assert_eq!(done.text("amount"), "5.000");
        }
        for phone in ["0951234567", "0961234567", "0213334444"] {
            let order = json!({"reference": phone, "phone": phone, "amount": "5", "currency": "LYD"});
            let refused = gateway.client.post("/v1/top-ups", order).await;
            assert_eq!((refused.status, refused.fields()), (400, vec!["provider".to_owned()]), "{refused:?}");
        }
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn what_the_provider_is_at_is_processing_until_it_says_more(backend) {
        let gateway = start(backend).await;
        let mut waiting = Vec::new();
        for kind in KINDS {
            let service = made(&gateway, kind, kind.order(&format!("SLOW-{kind:?}"), "mobicash", "0000004")).await;
            assert_eq!(service.text("status"), "processing", "{service:?}");
            waiting.push(service.text("id"));
        }
        asked_for_longer_than_a_doubt_lasts(&gateway, "mobicash").await;
        for id in &waiting {
            assert_eq!(until(&gateway, id, "processing").await.body.get("review"), None);
            assert!(events(&gateway, id).await.is_empty());
        }
        close_the_day(&gateway, "mobicash").await;
        for id in &waiting {
            let done = until(&gateway, id, "succeeded").await;
            assert!(done.text("provider_reference").starts_with("wt_"), "{done:?}");
            assert_eq!(events(&gateway, id).await, ["service.succeeded"]);
        }
        assert_eq!(calls(&gateway, "mobicash", CREATE), (3, 3));
        assert_all_asked(&gateway).await;
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn lists_are_narrowed_and_paged(backend) {
        let gateway = start(backend).await;
        for number in 0..3 {
            for kind in KINDS {
                made(&gateway, kind, kind.order(&format!("L-{number}-{kind:?}"), "mobicash", &format!("{number}111111"))).await;
            }
        }
        made(&gateway, Kind::TopUp, Kind::TopUp.order("L-none", "mobicash", "0000001")).await;
        let list = async |query: &str| {
            let answer = gateway.client.get(&format!("/v1/wallet-services{query}")).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            answer
        };
        let references = |answer: &crate::harness::Answer| -> Vec<String> {
            let data = answer.body["data"].as_array().expect("a list");
            data.iter().map(|one| one["reference"].as_str().expect("a text").to_owned()).collect()
        };
        assert_eq!(references(&list("").await).len(), 10);
        assert_eq!(references(&list("").await)[0], "L-none", "newest first");
        assert_eq!(references(&list("?reference=L-1-Bill").await), ["L-1-Bill"]);
        assert_eq!(references(&list("?kind=transfer").await), ["L-2-Transfer", "L-1-Transfer", "L-0-Transfer"]);
        assert_eq!(references(&list("?status=failed").await), ["L-none"]);
        assert_eq!(references(&list("?kind=top_up&status=succeeded").await).len(), 3);
        let (mut read, mut cursor) = (Vec::new(), String::new());
        for _ in 0..4 {
            let page = list(&format!("?limit=3{cursor}")).await;
            read.extend(references(&page));
            cursor = format!("&cursor={}", page.text("next_cursor"));
        }
        assert_eq!((read.len(), cursor.as_str()), (10, "&cursor="), "the last page has no cursor");
        read.sort();
        read.dedup();
        assert_eq!(read.len(), 10);
        for (query, field) in [("?status=paid", "status"), ("?kind=rent", "kind"), ("?cursor=pay_1", "cursor"), ("?name=x", "name")] {
            let refused = gateway.client.get(&format!("/v1/wallet-services{query}")).await;
            assert_eq!((refused.status, refused.text("code")), (400, "invalid_request".to_owned()), "{field}: {refused:?}");
        }
        gateway.stop().await;
    }
}
