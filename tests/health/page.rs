//! The public page and the badges: both languages, and nothing that is not for everybody.

use super::{down, until_it_is, watchful};
use crate::facade::party::nobody;
use crate::harness::{eventually, on_both};

on_both! {
    async fn everybody_may_see_how_services_do_and_nothing_else(backend) {
        let gateway = watchful(backend).await;
        until_it_is(&gateway, "moamalat", "healthy").await;
        let anybody = nobody(&gateway);
        let page = |lang: &'static str| {
            let anybody = anybody.clone();
            async move { anybody.get(&format!("/status?lang={lang}")).await }
        };
        let english = page("en").await;
        assert_eq!(english.status, 200, "{english:?}");
        eventually("all is well", || async { page("en").await.raw.contains("All services work.") }).await;
        down(&gateway, "moamalat");
        until_it_is(&gateway, "moamalat", "unhealthy").await;
        eventually("the page says so", || async { page("en").await.raw.contains("Some services do not work.") }).await;
        let (english, arabic) = (page("en").await, page("ar").await);
        assert!(english.raw.contains("lang=\"en\" dir=\"ltr\"") && english.raw.contains("does not work"), "{}", english.raw);
        assert!(arabic.raw.contains("lang=\"ar\" dir=\"rtl\"") && arabic.raw.contains("متعطلة"), "{}", arabic.raw);
        for secret in ["unavailable", "FilterTransactions", "127.0.0.1", "acc_"] {
            assert!(!english.raw.contains(secret) && !arabic.raw.contains(secret), "{secret}");
        }
        let badge = anybody.get("/badge/moamalat.svg").await;
        assert!(badge.raw.contains("moamalat: down"), "{}", badge.raw);
        assert_eq!(badge.headers["content-type"], "image/svg+xml");
        assert_eq!(anybody.get("/badge/nobody.svg").await.status, 404);
        assert_eq!(anybody.get("/badge/%3Cscript%3E").await.status, 404);
        gateway.stop().await;
    }
}
