//! What fails is one incident, told once, with its timeline; customers are told once, by their store's consent.

use jisr::db::{account_health, incidents};
use schemas::health::{Cause, Verdict};
use serde_json::{Value, json};

use super::{WATCHFUL, down, until_it_is, watchful};
use crate::facade::party::{fault, problem, scoped, shop};
use crate::harness::{Gateway, eventually, on_both};

async fn all(gateway: &Gateway) -> Vec<Value> {
    gateway.client.get("/v1/incidents").await.body["data"].as_array().cloned().unwrap_or_default()
}

on_both! {
    async fn an_outage_is_opened_told_and_closed(backend) {
        let gateway = watchful(backend).await;
        let operator = scoped(&gateway, None, &["all"]).await;
        until_it_is(&gateway, "moamalat", "healthy").await;
        assert_eq!(all(&gateway).await, Vec::<Value>::new());
        down(&gateway, "moamalat");
        eventually("an incident is open", || async { all(&gateway).await.len() == 1 }).await;
        let open = all(&gateway).await.remove(0);
        assert_eq!((&open["service"], &open["status"], &open["severity"], &open["cause"]),
            (&json!("moamalat"), &json!("open"), &json!("high"), &json!("unreachable")), "{open}");
        assert!(open["estimated_at"].as_str() > open["opened_at"].as_str(), "{open}");
        gateway.mocks.clear_faults();
        let path = format!("/v1/incidents/{}", open["id"].as_str().unwrap_or_default());
        gateway.client.until(&path, "closed").await;
        let closed = gateway.client.get(&path).await;
        let kinds: Vec<_> = closed.body["timeline"].as_array().into_iter().flatten()
            .map(|entry| entry["kind"].as_str().unwrap_or_default().to_owned()).collect();
        assert_eq!(kinds, ["opened", "well", "closed"], "{closed:?}");
        assert!(closed.body["timeline"][0]["text"]["ar"].as_str().is_some_and(|text| text.contains("الخدمة")), "{closed:?}");
        let feed = gateway.client.get("/v1/feed").await;
        let names: Vec<_> = feed.body["data"].as_array().into_iter().flatten()
            .map(|event| event["event"].as_str().unwrap_or_default().to_owned())
            .filter(|name| name.starts_with("incident.")).collect();
        assert_eq!(names, ["incident.opened", "incident.closed"], "{feed:?}");
        eventually("operators were told that it is over", || async {
            let alerts = operator.get("/v1/alerts").await;
            let told = alerts.body["data"].as_array().cloned().unwrap_or_default();
            told.iter().any(|alert| alert["kind"] == "incident" && !alert["resolved_at"].is_null())
        }).await;
        let said: Vec<String> = gateway.mocks.journal(Some("telegram")).into_iter().map(|entry| String::from_utf8_lossy(&entry.body).into_owned()).collect();
        assert!(said.iter().any(|body| body.contains("A service fails") && body.contains("moamalat")), "{said:?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn two_hundred_flaps_are_one_incident(backend) {
        let gateway = watchful(backend).await;
        until_it_is(&gateway, "moamalat", "healthy").await;
        let account = account_health::all(&gateway.facade.db).await.expect("read").remove(0).account_id;
        // Another process finds it ill and well, again and again: faster than anybody looks.
        for flap in 0..200 {
            for (verdict, cause) in [(Verdict::Unhealthy, Some(Cause::Unreachable)), (Verdict::Healthy, None)] {
                let mut tx = gateway.facade.db.begin().await.expect("begun");
                let change = account_health::Change {
                    account, verdict, cause, at: gateway.facade.ambient.now().into(), error: None,
                };
                account_health::change(&mut tx, gateway.facade.ambient.uuid(), &change).await.expect("changed");
                tx.commit().await.expect("committed");
            }
            if flap % 20 == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
        // The last look may come between the two: it is ill once more, long enough to be seen.
        down(&gateway, "moamalat");
        eventually("an incident is open", || async { all(&gateway).await.len() == 1 }).await;
        gateway.mocks.clear_faults();
        let id = all(&gateway).await.remove(0)["id"].as_str().unwrap_or_default().to_owned();
        gateway.client.until(&format!("/v1/incidents/{id}"), "closed").await;
        let found = all(&gateway).await;
        assert_eq!(found.len(), 1, "{found:?}");
        let entries = incidents::entries(&gateway.facade.db, id.parse::<schemas::IncidentId>().expect("an id").uuid());
        assert!(entries.await.expect("read").len() <= 30, "a timeline is read by people");
        gateway.stop().await;
    }
}

on_both! {
    async fn where_nobody_answers_it_is_us(backend) {
        let gateway = Gateway::start_with_all(backend, WATCHFUL).await;
        until_it_is(&gateway, "moamalat", "healthy").await;
        let watched = ["moamalat", "sadad", "edfali", "tlync", "plutu", "mobicash", "almadar_pay", "libyana_pay",
            "onepay", "telegram", "amyal", "darb_assabil", "vanex", "wingsly"];
        for provider in watched {
            down(&gateway, provider);
        }
        for provider in ["moamalat", "sadad", "amyal"] {
            until_it_is(&gateway, provider, "unhealthy").await;
        }
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        let opened = all(&gateway).await;
        assert!(opened.len() <= 2, "two that were seen before the others may well be ill: {opened:?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn customers_are_told_once_by_their_store_s_consent(backend) {
        let gateway = watchful(backend).await;
        until_it_is(&gateway, "moamalat", "healthy").await;
        let client = &gateway.client;
        assert_eq!(client.get("/v1/incidents/consent").await.body, json!({"customers": false, "most": 0}));
        let wrong = client.put("/v1/incidents/consent", json!({"customers": true, "most": -1})).await;
        fault(&wrong, "most");
        for index in 0..5 {
            gateway.card(&format!("WAITS-{index}")).await;
        }
        let consent = json!({"customers": true, "most": 3});
        assert_eq!(client.put("/v1/incidents/consent", consent.clone()).await.body, consent);
        down(&gateway, "moamalat");
        eventually("an incident is open", || async { all(&gateway).await.len() == 1 }).await;
        let id = all(&gateway).await.remove(0)["id"].as_str().unwrap_or_default().to_owned();
        let path = format!("/v1/incidents/{id}/customers");
        let preview = client.get(&path).await;
        assert_eq!((&preview.body["waiting"], &preview.body["told"]), (&json!(5), &json!(3)), "{preview:?}");
        assert!(preview.at("/text/ar").contains("طريقة دفع أخرى"), "{preview:?}");
        assert_eq!(client.post(&path, json!({"most": 4})).await.body, json!({"told": 1}));
        assert_eq!(client.post(&path, json!({"most": 4})).await.body, json!({"told": 0}), "each once");
        assert_eq!(client.post(&path, json!({"most": 100})).await.body, json!({"told": 1}));
        let operator = scoped(&gateway, None, &["all"]).await;
        let tasks = operator.get("/v1/tasks?kind=customer.notice").await;
        assert_eq!(tasks.body["data"].as_array().map(Vec::len), Some(5), "{tasks:?}");
        // Another store sees the platform's incident, and has nobody to tell.
        let other = shop(&gateway, "other").await;
        assert_eq!(other.get(&path).await.body["waiting"], 0);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_person_opens_notes_and_closes(backend) {
        let gateway = watchful(backend).await;
        let operator = scoped(&gateway, None, &["all"]).await.with_header("Jisr-Store", "default");
        let body = json!({"service": "moamalat", "severity": "low", "title": "The bank's cards are slow"});
        let opened = operator.post("/v1/incidents", body.clone()).await;
        assert_eq!((opened.status, opened.text("status").as_str()), (201, "open"), "{opened:?}");
        for (patch, field) in [(json!({"service": "nobody"}), "service"), (json!({"title": " "}), "title")] {
            fault(&operator.post("/v1/incidents", crate::facade::party::patched(body.clone(), patch)).await, field);
        }
        let path = format!("/v1/incidents/{}", opened.text("id"));
        let noted = operator.post(&format!("{path}/notes"), json!({"text": "The bank knows.", "text_ar": "البنك على علم."})).await;
        assert_eq!(noted.at("/timeline/1/text/ar"), "البنك على علم.", "{noted:?}");
        let store = gateway.client.post(&format!("{path}/close"), json!({})).await;
        assert_eq!(store.status, 403, "a store closes nothing of the platform's: {store:?}");
        assert_eq!(operator.post(&format!("{path}/close"), json!({})).await.text("status"), "closed");
        assert_eq!(operator.post(&format!("{path}/close"), json!({})).await.text("status"), "closed", "twice is once");
        let missing = "/v1/incidents/inc_01J9Z3N8M4Q0X7V5K2T6B1C8DE";
        problem(&operator.get(missing).await, 404, "not_found");
        gateway.stop().await;
    }
}
