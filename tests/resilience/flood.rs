//! Ten thousand notifications of nothing: each is answered and counted, and none is kept or queued.

use futures_util::{StreamExt, stream};
use mocks::Outcome;

use super::scene::Notice;
use crate::harness::{Gateway, on_both};

const MANY: u32 = 10_000;

on_both! {
    async fn ten_thousand_notifications_of_unknown_references_queue_nothing(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD-1").await;
        let tasks = gateway.count("SELECT COUNT(*) FROM tasks").await;
        let counted = gateway.counted("unknown_reference").await;
        let sent = stream::iter(0..MANY).map(|number| {
            let (reference, time) = (format!("JUNKNOWN{number:018}"), format!("20261121{:06}", 100_000 + number));
            let notice = Notice { time: &time, ..Notice::of(&reference) }.signed();
            let gateway = &gateway;
            async move { gateway.notify(&notice).await.status }
        });
        let statuses: Vec<u16> = sent.buffer_unordered(64).collect().await;
        assert!(statuses.iter().all(|status| *status == 200));
        assert!(gateway.counted("unknown_reference").await - counted >= f64::from(MANY));
        assert_eq!(gateway.count("SELECT COUNT(*) FROM tasks").await, tasks);
        assert_eq!(gateway.count("SELECT COUNT(*) FROM callbacks").await, 0);
        assert_eq!(gateway.received("FilterTransactions"), 0);
        // And what is real is served as ever.
        gateway.pay(&payment, Outcome::Approved).await;
        gateway.until(&payment.id, "paid").await;
        gateway.stop().await;
    }
}
