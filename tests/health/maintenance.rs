//! While a service is maintained nothing new is sent to it, and nobody is told that it fails.

use jiff::{Timestamp, ToSpan};
use serde_json::json;

use super::{down, service, until_it_is, watchful};
use crate::facade::party::{card, fault, problem, scoped};
use crate::harness::{eventually, on_both};

on_both! {
    async fn it_is_announced_heeded_and_called_off(backend) {
        let gateway = watchful(backend).await;
        let operator = scoped(&gateway, None, &["all"]).await;
        until_it_is(&gateway, "moamalat", "healthy").await;
        let now = gateway.facade.ambient.now();
        let at = |minutes: i64| now.checked_add(minutes.minutes()).unwrap_or(Timestamp::MAX).to_string();
        let body = |from: i64, to: i64| json!({"service": "moamalat", "starts_at": at(from), "ends_at": at(to),
            "reason": "The bank moves house.", "reason_ar": "صيانة لدى البنك."});
        fault(&operator.post("/v1/maintenance", body(10, 5)).await, "ends_at");
        fault(&operator.post("/v1/maintenance", body(-20, -10)).await, "ends_at");
        fault(&operator.post("/v1/maintenance", json!({"service": "nobody", "starts_at": at(0), "ends_at": at(5), "reason": "x"})).await, "service");
        let window = operator.post("/v1/maintenance", body(-1, 30)).await;
        assert_eq!(window.status, 201, "{window:?}");
        eventually("it is heeded", || async { gateway.client.post("/v1/payments", card("REST")).await.status == 503 }).await;
        assert_eq!(service(&gateway, "moamalat").await["maintenance"], true);
        down(&gateway, "moamalat");
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
        let incidents = gateway.client.get("/v1/incidents").await;
        assert_eq!(incidents.body["data"], json!([]), "nobody is told of what was announced");
        gateway.mocks.clear_faults();
        let path = format!("/v1/maintenance/{}", window.text("id"));
        let off = operator.send("DELETE", &path, None, &[]).await;
        assert!(!off.body["cancelled_at"].is_null(), "{off:?}");
        eventually("it works again", || async { gateway.client.post("/v1/payments", card("WORKS")).await.status == 201 }).await;
        assert_eq!(operator.get("/v1/maintenance").await.body["data"], json!([]));
        problem(&operator.send("DELETE", "/v1/maintenance/mnt_01J9Z3N8M4Q0X7V5K2T6B1C8DE", None, &[]).await, 404, "not_found");
        gateway.stop().await;
    }
}
