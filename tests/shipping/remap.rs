//! `jisr shipments remap`: what was told stays, and what it means follows today's cards.

use mocks::Ship;
use serde_json::Value;

use super::{COURIERS, bookings, start, until};
use crate::harness::{Gateway, eventually, on_both};
use crate::resilience::scene::execute;

/// The binary, as a process of its own beside the gateway.
async fn remap(gateway: &Gateway, arguments: &[&str]) -> Value {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_jisr"));
    command.args(["shipments", "remap", "--json"]).args(arguments).env_clear();
    command.envs(gateway.settings().iter().map(|(name, value)| (name, value)));
    let done = command.output().await.expect("the binary runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).expect("JSON")
}

on_both! {
    async fn words_are_read_anew_over_history(backend) {
        let gateway = start(backend).await;
        let darb = COURIERS[1];
        let mut ids = Vec::new();
        for number in 1..=2 {
            let id = darb.book(&gateway, &format!("ORD-{number}")).await.text("id");
            let reference = bookings(&gateway, &id).await[0].reference.clone();
            gateway.mocks.ship(&Ship::new(darb.name, &reference, "assigned")).expect("it is fetched");
            gateway.mocks.ship(&Ship::new(darb.name, &reference, "on-branch")).expect("it is at a branch");
            until(&gateway, &id, "in_transit").await;
            ids.push(id);
        }
        eventually("nothing else is told", || async { remap(&gateway, &[]).await["data"] == serde_json::json!([]) }).await;
        // As if an older card had known one word as another thing, and another one not at all.
        let older = "UPDATE shipment_entries SET status = CASE raw WHEN 'on-branch' THEN 'lost' ELSE NULL END
            WHERE raw IN ('on-branch', 'processing')";
        execute(&gateway.database.url, older.to_owned()).await;
        execute(&gateway.database.url, "UPDATE shipments SET status = 'lost'".to_owned()).await;
        let told = remap(&gateway, &["--carrier", "darb_assabil"]).await;
        let branch = told["data"].as_array().expect("a list").iter().find(|one| one["word"] == "on-branch").cloned();
        let branch = branch.unwrap_or_else(|| panic!("{told}"));
        assert_eq!((&branch["was"], &branch["is"], &branch["entries"]), (&"lost".into(), &"in_transit".into(), &2.into()));
        assert_eq!(gateway.client.get(&format!("/v1/shipments/{}", ids[0])).await.text("status"), "lost", "only shown");
        assert_eq!(remap(&gateway, &["--carrier", "amyal"]).await["data"], serde_json::json!([]));
        let done = remap(&gateway, &["--apply"]).await;
        assert_eq!((&done["applied"], &done["moved"]), (&true.into(), &2.into()), "{done}");
        for id in &ids {
            assert_eq!(gateway.client.get(&format!("/v1/shipments/{id}")).await.text("status"), "in_transit");
        }
        assert_eq!(remap(&gateway, &[]).await["data"], serde_json::json!([]), "there is nothing left");
        // What stood still is followed again.
        let reference = bookings(&gateway, &ids[0]).await[0].reference.clone();
        gateway.mocks.ship(&Ship::new(darb.name, &reference, "completed")).expect("it is delivered");
        until(&gateway, &ids[0], "delivered").await;
        gateway.stop().await;
    }
}
