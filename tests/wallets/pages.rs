//! Wallets and cards that are paid on a page of the provider: asked where that can be, believed by signature where not.

use mocks::{Fault, FaultKind, Outcome, Pay};
use serde_json::json;

use super::{assert_clean, start, wire};
use crate::harness::{Answer, Gateway, eventually, on_both};

/// A way to pay on a page.
#[derive(Debug, Clone, Copy)]
struct Page {
    provider: &'static str,
    method: &'static str,
    brand: Option<&'static str>,
    /// Whether the browser's return is signed.
    signed: bool,
    /// Whether the provider can be asked.
    asks: bool,
}

const PAGES: [Page; 4] = [
    Page { provider: "tlync", method: "wallet", brand: Some("tadawul"), signed: false, asks: true },
    Page { provider: "onepay", method: "wallet", brand: Some("onepay"), signed: false, asks: true },
    Page { provider: "plutu", method: "wallet", brand: Some("mobicash"), signed: false, asks: false },
    Page { provider: "plutu", method: "card", brand: None, signed: true, asks: false },
];

impl Page {
    async fn open(&self, gateway: &Gateway, reference: &str) -> (String, String) {
        let mut request = json!({
            "reference": reference, "amount": "12.500", "currency": "LYD", "method": self.method,
            "provider": self.provider, "customer": {"phone": "0911234567", "birth_year": 1987},
        });
        if let Some(brand) = self.brand {
            request["brand"] = json!(brand);
        }
        let answer = gateway.client.post("/v1/payments", request).await;
        assert_eq!(
            (answer.status, answer.at("/next_action/type")),
            (201, "redirect".to_owned()),
            "{self:?}: {answer:?}"
        );
        assert!(answer.at("/next_action/url").starts_with("http"), "{self:?}: {answer:?}");
        let id = answer.text("id");
        let wire = wire(gateway, &id).await;
        (id, wire)
    }

    async fn act(&self, gateway: &Gateway, wire: &str, outcome: Outcome, amount: &str) -> Option<String> {
        let act = Pay::new(self.provider, wire, outcome, amount);
        gateway.mocks.pay(act).await.expect("the mock takes it").return_url
    }

    /// The customer pays, and the browser comes back.
    async fn pay(&self, gateway: &Gateway, wire: &str, outcome: Outcome) {
        if let Some(url) = self.act(gateway, wire, outcome, "12.50").await {
            come_back(gateway, &url).await;
        }
    }
}

/// The browser follows the provider's redirect to us.
async fn come_back(gateway: &Gateway, url: &str) -> Answer {
    let path = url::Url::parse(url).expect("an address");
    let path = match path.query() {
        Some(query) => format!("{}?{query}", path.path()),
        None => path.path().to_owned(),
    };
    gateway.client.get(&path).await
}

on_both! {
    async fn paid_on_the_page(backend) {
        let gateway = start(backend).await;
        for (number, page) in PAGES.into_iter().enumerate() {
            let (id, wire) = page.open(&gateway, &format!("ORD-{number}")).await;
            page.pay(&gateway, &wire, Outcome::Approved).await;
            gateway.until(&id, "paid").await;
            assert_eq!(gateway.count("SELECT COUNT(*) FROM payments WHERE paid_amount <> 12500 AND status = 'paid'").await, 0);
        }
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn declined_on_the_page(backend) {
        let gateway = start(backend).await;
        for (number, page) in PAGES.into_iter().enumerate() {
            let (id, wire) = page.open(&gateway, &format!("ORD-{number}")).await;
            page.pay(&gateway, &wire, Outcome::Declined).await;
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            let status = gateway.read(&id).await.text("status");
            // T-Lync says of a page that was not paid that it is incomplete: the customer may go back to it.
            assert!(matches!(status.as_str(), "declined" | "requires_action"), "{page:?}: {status}");
            assert_eq!(gateway.mocks.charges(Some(page.provider)).len(), 0, "{page:?}");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn forged_repeated_and_reordered_messages_change_nothing(backend) {
        let gateway = start(backend).await;
        for kind in [FaultKind::ForgedCallback, FaultKind::DuplicateCallback, FaultKind::LateCallback, FaultKind::ReorderedCallback] {
            for (number, page) in PAGES.into_iter().enumerate().filter(|(_, page)| !page.signed) {
                let (id, wire) = page.open(&gateway, &format!("ORD-{number}-{kind:?}")).await;
                gateway.mocks.fault(Fault { delay_ms: Some(300), ..Fault::new(page.provider, kind) });
                page.act(&gateway, &wire, Outcome::Approved, "12.50").await;
                gateway.mocks.clear_faults();
                let proves = page.asks || kind != FaultKind::ForgedCallback;
                if proves {
                    gateway.client.post(&format!("/v1/payments/{id}/sync"), json!({})).await;
                    gateway.until(&id, "paid").await;
                } else {
                    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
                    assert_eq!(gateway.read(&id).await.text("status"), "requires_action", "{page:?} {kind:?}");
                }
                let paid = gateway.events(&id).await.iter().filter(|name| *name == "payment.paid").count();
                assert_eq!(paid, usize::from(proves), "{page:?} {kind:?}");
            }
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn a_signed_return_is_believed_once_and_a_changed_one_never(backend) {
        let gateway = start(backend).await;
        let page = PAGES[3];
        let (id, wire) = page.open(&gateway, "ORD-1").await;
        let url = page.act(&gateway, &wire, Outcome::Approved, "12.50").await.expect("the way back");
        for (from, to) in [("approved=1", "approved=0"), ("amount=12.50", "amount=1.00"), ("hashed=", "hashed=A")] {
            assert!(url.contains(from), "{url}");
            let answer = come_back(&gateway, &url.replace(from, to)).await;
            assert_eq!(answer.status, 200, "the customer is told how it stands all the same: {answer:?}");
            assert_eq!(gateway.read(&id).await.text("status"), "requires_action", "{from} → {to}");
        }
        for _ in 0..3 {
            come_back(&gateway, &url).await;
        }
        gateway.until(&id, "paid").await;
        assert_eq!(gateway.count("SELECT CAST(paid_amount AS BIGINT) FROM payments").await, 12_500);
        // The same message at the return of another attempt pays nothing there.
        let (other, _) = page.open(&gateway, "ORD-2").await;
        let token = gateway.return_path(&other).await;
        let query = url.split_once('?').expect("a query").1;
        gateway.client.get(&format!("{token}?{query}")).await;
        assert_eq!(gateway.read(&other).await.text("status"), "requires_action");
        gateway.stop().await;
    }
}

on_both! {
    async fn an_amount_that_is_not_ours_waits_for_a_person(backend) {
        let gateway = start(backend).await;
        for (number, page) in PAGES.into_iter().enumerate() {
            let (id, wire) = page.open(&gateway, &format!("ORD-{number}")).await;
            if let Some(url) = page.act(&gateway, &wire, Outcome::Approved, "12.49").await {
                come_back(&gateway, &url).await;
            }
            let review = gateway.until(&id, "needs_review").await;
            assert_eq!(review.at("/review/reason"), "amount_mismatch", "{page:?}: {review:?}");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn tlyncs_thirty_requests_a_minute_are_kept(backend) {
        let gateway = start(backend).await;
        let page = PAGES[0];
        let mut opened = 0;
        for number in 0..14 {
            let request = json!({
                "reference": format!("ORD-{number}"), "amount": "12.500", "currency": "LYD", "method": "wallet",
                "brand": "tadawul", "provider": "tlync", "customer": {"phone": "0911234567"},
            });
            let answer = gateway.client.post("/v1/payments", request).await;
            match answer.status {
                201 => opened += 1,
                429 => assert!(answer.headers.contains_key("retry-after"), "{answer:?}"),
                _ => panic!("{answer:?}"),
            }
        }
        assert!((10..=12).contains(&opened), "{opened}: ten at once, then one in three seconds");
        // However impatiently a store asks, the provider is asked as often as it allows and no more.
        let payments = gateway.client.get("/v1/payments").await;
        for payment in payments.body["data"].as_array().expect("a list") {
            let id = payment["id"].as_str().unwrap_or_default();
            gateway.client.post(&format!("/v1/payments/{id}/sync"), json!({})).await;
        }
        let asked = || gateway.mocks.journal(Some(page.provider)).iter().filter(|entry| entry.status == Some(429)).count();
        assert_eq!(asked(), 0, "the provider has turned us away");
        eventually("some have been answered about, as far as the provider lets itself be asked", || async {
            gateway.count("SELECT COUNT(*) FROM attempts WHERE asked_at IS NOT NULL").await >= 8
        })
        .await;
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_return_that_says_paid_without_proving_it_goes_to_a_person_and_never_expires(backend) {
        let own = [("JISR_PAYMENTS__WALLET_EXPIRES_MS", "1500")];
        let gateway = crate::wallets::start_with(backend, &own).await;
        let page = PAGES[2];
        let (id, wire) = page.open(&gateway, "ORD-1").await;
        // Plutu's message to our server is lost, and the browser comes back with the return alone: it carries no amount.
        let act = Pay { notify: Some(false), ..Pay::new("plutu", &wire, Outcome::Approved, "12.50") };
        let url = gateway.mocks.pay(act).await.expect("the mock takes it").return_url.expect("the way back");
        come_back(&gateway, &url).await;
        assert_eq!(gateway.read(&id).await.text("status"), "requires_action", "it proves nothing");
        let review = gateway.until(&id, "needs_review").await;
        assert_eq!(review.at("/review/reason"), "unresolved", "{review:?}");
        assert!(!gateway.events(&id).await.contains(&"payment.expired".to_owned()));
        // One that nobody says anything of is over by time.
        let (other, _) = page.open(&gateway, "ORD-2").await;
        gateway.until(&other, "expired").await;
        gateway.stop().await;
    }
}
