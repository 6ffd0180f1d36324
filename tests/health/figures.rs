//! Figures: what was counted is rolled up, kept as long as it should be, and told exactly.

use std::time::Duration;

use jisr::db::health_figures::{self, Figures, Span};
use jisr::db::{Time, account_health};
use serde_json::{Value, json};
use sqlx::types::Json;

use super::{service, until_it_is, watchful};
use crate::harness::{Gateway, eventually, on_both};

const DAY: Duration = Duration::from_secs(86_400);

fn tally(good: u32, failed: u32) -> Json<Value> {
    let mut classes = vec![0u32; 17];
    classes[4] = good + failed;
    let none = vec![0u32; 17];
    Json(json!({"good": good, "declined": 0, "failed": failed, "served": 0, "denied": 0, "probes_good": 0,
        "probes_failed": 0, "calls": classes, "probes": none}))
}

async fn plant(gateway: &Gateway, span: Span, rows: impl IntoIterator<Item = (Time, u32, u32, i64)>) {
    let account = account_health::all(&gateway.facade.db).await.expect("read").remove(0).account_id;
    let mut tx = gateway.facade.db.begin().await.expect("begun");
    for (at, good, failed, down_ms) in rows {
        let figures = Figures { account_id: account, at, tally: tally(good, failed), down_ms };
        health_figures::put(&mut tx, span, uuid::Uuid::nil(), &figures).await.expect("written");
    }
    tx.commit().await.expect("committed");
}

on_both! {
    async fn four_hundred_days_are_told_exactly(backend) {
        let gateway = watchful(backend).await;
        until_it_is(&gateway, "moamalat", "healthy").await;
        let today = Time::from(gateway.facade.ambient.now()).before(DAY).next_multiple(DAY);
        plant(&gateway, Span::Day, (1..400).map(|day| (today.before(DAY * day), 990, 10, 86_400))).await;
        let history = gateway.client.get("/v1/health/services/moamalat/history?window=400d").await;
        assert_eq!(history.body["span"], "day");
        let points = history.body["points"].as_array().cloned().unwrap_or_default();
        assert_eq!(points.len(), 399);
        assert_eq!((&points[0]["calls"], &points[0]["failed"], &points[0]["down_seconds"]), (&json!(1_000), &json!(10), &json!(86.4)));
        assert_eq!(history.body["total"]["calls"], 399_000);
        assert_eq!(history.body["total"]["success_rate"], 0.99);
        assert_eq!(history.body["uptime"], 0.999);
        let p50 = history.body["total"]["p50_ms"].as_f64().unwrap_or_default();
        assert!((35.0..=50.0).contains(&p50), "the class of all: {p50}");
        gateway.stop().await;
    }
}

on_both! {
    async fn minutes_become_hours_and_hours_days_once(backend) {
        let gateway = watchful(backend).await;
        until_it_is(&gateway, "moamalat", "healthy").await;
        let hour = Duration::from_secs(3_600);
        let this_hour = Time::from(gateway.facade.ambient.now()).before(hour).next_multiple(hour);
        let from = this_hour.before(hour * 30);
        let minutes = (0..30 * 60).map(|minute| (from.after(Duration::from_secs(60) * minute), 9, 1, 0));
        plant(&gateway, Span::Minute, minutes).await;
        gateway.client.post("/v1/health/services/moamalat/check", json!({})).await;
        eventually("it is rolled up", || async {
            jisr::health::RollUp(gateway.facade.health.clone()).roll_up_now().await.expect("rolled up");
            let hours = gateway.client.get("/v1/health/services/moamalat/history?window=36h").await;
            hours.body["points"].as_array().is_some_and(|points| points.len() >= 29)
        }).await;
        let before = gateway.client.get("/v1/health/services/moamalat/history?window=36h").await;
        jisr::health::RollUp(gateway.facade.health.clone()).roll_up_now().await.expect("rolled up");
        let hours = gateway.client.get("/v1/health/services/moamalat/history?window=36h").await;
        assert_eq!(hours.body["points"], before.body["points"], "twice the same");
        for point in hours.body["points"].as_array().into_iter().flatten().take(29) {
            assert_eq!((&point["calls"], &point["failed"]), (&json!(600), &json!(60)), "{point}");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn what_a_process_counts_is_written_down_when_it_leaves(backend) {
        let mut gateway = watchful(backend).await;
        until_it_is(&gateway, "moamalat", "healthy").await;
        gateway.paid_card("COUNTED").await;
        gateway.restart().await;
        let history = gateway.client.get("/v1/health/services/moamalat/history?window=30m").await;
        assert!(history.body["total"]["calls"].as_u64().is_some_and(|calls| calls >= 1), "{history:?}");
        assert!(history.body["total"]["probes"].as_u64().is_some_and(|probes| probes >= 1), "{history:?}");
        let service = service(&gateway, "moamalat").await;
        assert_eq!(service["uptime_24h"], 1.0, "{service}");
        gateway.stop().await;
    }
}
