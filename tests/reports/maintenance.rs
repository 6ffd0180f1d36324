//! `jisr maintenance`: four weeks, with what is planted in every table, on both databases and in both languages.

use std::process::Stdio;
use std::time::Duration;

use jisr::db::tasks::{self, Filter};
use jisr::db::{Time, incidents};
use schemas::health::{IncidentStatus, Severity};
use serde_json::{Value, json};

use super::planted::{Planted, plant};
use crate::facade::party::shop;
use crate::harness::{Backend, Gateway, on_both};

const SETTINGS: &[(&str, &str)] = &[
    ("JISR_HEALTH__PROMISED", "{moamalat={uptime=98.0,p95_ms=199}}"),
    ("JISR_PAYMENTS__FEES", "{moamalat={basis_points=150,fixed=100}}"),
];

/// Runs it with the gateway's own settings: whether it went well, and what it said.
async fn maintenance(gateway: &Gateway, arguments: &[&str]) -> (bool, String) {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_jisr"));
    command.arg("maintenance").args(arguments).env_clear().envs(gateway.settings().iter().cloned());
    let output = command.stdin(Stdio::null()).output().await.expect("the binary runs");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text")).concat();
    (output.status.success(), said)
}

async fn sheet(gateway: &Gateway, arguments: &[&str]) -> Value {
    let (well, said) = maintenance(gateway, &[&["--json"], arguments].concat()).await;
    assert!(well, "{said}");
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// The row of a table that has a value.
#[track_caller]
fn row<'a>(sheet: &'a Value, (week, table): (usize, &str), (head, value): (&str, &str)) -> &'a Value {
    let rows =
        sheet["weeks"][week]["tables"][table]["rows"].as_array().unwrap_or_else(|| panic!("no {table}: {sheet}"));
    rows.iter().find(|row| row[head] == value).unwrap_or_else(|| panic!("no {value} in {table}: {rows:#?}"))
}

/// An incident of forty minutes that was over twelve days ago, and one of the year before.
async fn incidents_of(gateway: &Gateway, planted: &Planted) {
    let day = Duration::from_secs(86_400);
    let now = Time::from(gateway.facade.ambient.now());
    for opened_at in [now.before(day * 12), now.before(day * 365)] {
        let over = opened_at.after(Duration::from_secs(2_400));
        let incident = incidents::Incident {
            id: gateway.facade.ambient.uuid(),
            integration_id: planted.account.integration,
            service: "moamalat".to_owned(),
            livemode: false,
            scope: uuid::Uuid::nil(),
            store_id: gateway.store,
            status: IncidentStatus::Closed,
            severity: Severity::High,
            cause: "unreachable".to_owned(),
            by_hand: false,
            title: None,
            error: None,
            opened_at,
            estimated_at: over,
            escalated_at: None,
            reminded_at: None,
            well_since: Some(over),
            closed_at: Some(over.after(Duration::from_secs(600))),
            flaps: 0,
            version: 1,
            updated_at: over,
        };
        let mut tx = gateway.facade.db.begin().await.expect("begun");
        assert!(incidents::insert(&mut tx, &incident).await.expect("written"));
        incidents::save(&mut tx, &incident, over).await.expect("saved");
        tx.commit().await.expect("committed");
    }
}

async fn bury_one(gateway: &Gateway) -> String {
    let db = &gateway.facade.db;
    let waiting = Filter { limit: 1, ..Filter::default() };
    let task = tasks::list(db, &waiting).await.expect("a read").remove(0).task;
    tasks::bury_by_hand(db, task.id, Time::from(gateway.facade.ambient.now())).await.expect("buried");
    task.kind
}

on_both! {
    async fn what_a_machine_can_answer_is_answered(backend) {
        let gateway = Gateway::start_with(backend, SETTINGS).await;
        shop(&gateway, "other").await;
        gateway.paid_card("PAID-1").await;
        gateway.paid_card("PAID-2").await;
        let planted = plant(&gateway, "other").await;
        incidents_of(&gateway, &planted).await;
        let buried = bury_one(&gateway).await;
        let (from, to) = (planted.from.to_string(), planted.to.to_string());
        let month = sheet(&gateway, &[]).await;
        assert_eq!((&month["mode"], month["weeks"].as_array().map(Vec::len)), (&json!("test"), Some(5)), "{month}");
        row(&month, (0, "state"), ("service", "moamalat"));
        let key = row(&month, (0, "credentials"), ("service", "moamalat"));
        assert_eq!((&key["origin"], &key["age_days"]), (&json!("environment"), &Value::Null), "{key}");
        assert_eq!(row(&month, (0, "errors"), ("error", "rejected"))["count"], 600 );
        let slow = &month["weeks"][0]["tables"]["slow_operations"]["rows"][0];
        assert_eq!((&slow["operation"], &slow["calls"]), (&json!("PlantedSlow"), &json!(300)), "{slow}");
        let incidents = month["weeks"][1]["tables"]["incidents"]["rows"].as_array().expect("rows");
        assert_eq!(incidents.len(), 1, "last year's is no longer told: {incidents:?}");
        assert_eq!((&incidents[0]["minutes"], &incidents[0]["severity"]), (&json!(40), &json!("high")));
        let costs = row(&month, (3, "costs"), ("service", "moamalat"));
        // 1.5 percent of 12.500, rounded up, and 0.100: twice.
        assert_eq!((&costs["count"], &costs["amount"], &costs["fees"]), (&json!(2), &json!("25.000"), &json!("0.576")));
        assert_eq!(row(&month, (4, "buried_tasks"), ("kind", &buried))["count"], 1);
        row(&month, (4, "idle"), ("service", "cash_on_delivery"));
        row(&month, (4, "log"), ("what", "oldest_call"));
        if backend == Backend::Postgres {
            let ahead = row(&month, (4, "log"), ("what", "partitions_ahead"));
            assert_eq!((&ahead["value"], &ahead["ready"]), (&json!(6), &json!(true)), "{ahead}");
        }

        // Of the very time that was planted, every figure to the last.
        let days = sheet(&gateway, &["--from", &from, "--to", &to]).await;
        let told = row(&days, (3, "evaluation"), ("service", "moamalat"));
        assert_eq!((&told["calls"], &told["success_percent"]), (&json!(10_040), &json!(90.95)), "{told}");
        assert_eq!(row(&days, (0, "state"), ("service", "moamalat"))["uptime_percent"], 99.0);
        let uptime = row(&days, (2, "promises"), ("level", "uptime"));
        assert_eq!((&uptime["measured"], &uptime["met"]), (&json!(99.0), &json!(true)), "{uptime}");
        let p95 = row(&days, (2, "promises"), ("level", "p95_ms"));
        assert_eq!((&p95["measured"], &p95["met"]), (&json!(200.0), &json!(false)), "{p95}");
        assert_eq!(days["weeks"][3]["tables"]["costs"]["rows"], json!([]), "nothing was paid then");
        papers(&gateway).await;
        gateway.stop().await;
    }
}

/// The same for people: on a terminal, in markdown, in both languages; and what cannot be asked.
async fn papers(gateway: &Gateway) {
    let (well, english) = maintenance(gateway, &["--format", "markdown"]).await;
    assert!(well && english.starts_with("# Monthly maintenance\n"), "{english}");
    assert!(english.contains("| moamalat | rejected | 600 |\n"), "{english}");
    assert_eq!(english.matches("- [ ] ").count(), 13, "{english}");
    let (well, arabic) = maintenance(gateway, &["--format", "markdown", "--locale", "ar"]).await;
    assert!(well && arabic.contains("## الأسبوع الأول") && arabic.contains("| لا تُبلَغ |"), "{arabic}");
    let (well, terminal) = maintenance(gateway, &["--locale", "ar"]).await;
    assert!(well && terminal.contains("== الأسبوع الرابع"), "{terminal}");
    let (well, refused) = maintenance(gateway, &["--from", "yesterday"]).await;
    assert!(!well && refused.contains("--from: expected a day"), "{refused}");
}
