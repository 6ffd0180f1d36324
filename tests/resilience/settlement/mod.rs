//! Settlement: a planted day is reported exactly, however often, whatever dies in the middle, and whoever is away.

mod planted;
mod rows;

use std::time::{Duration, Instant};

use jiff::civil::Date;
use jisr::calendar;
use jisr::db::Time;
use jisr::db::tasks::{self, Task, Wanted};
use jisr::settlement::{DAY, Days, Settled};
use jisr::work::Handler;
use mocks::FaultKind;
use serde_json::json;
use sqlx::types::Json;

use super::execute;
use super::scene::{FILTER, NO_BREAKER};
use crate::harness::{Backend, Gateway, eventually, on_both};
use planted::{Day, FEES, plant, told, totals};

/// A day that has been over for a while.
fn some_day(gateway: &Gateway) -> Date {
    calendar::before(calendar::day_of(gateway.facade.ambient.now()), 3)
}

async fn settle(gateway: &Gateway, planted: &Day) -> String {
    match gateway.facade.settlements.settle_day(planted.account, planted.day, None).await.expect("the day is settled") {
        Settled::Done(row) => row.id.to_string(),
        other => panic!("{other:?}"),
    }
}

/// The report says what was planted, and nothing else.
async fn assert_exact(gateway: &Gateway, settlement: &str, planted: &Day) {
    let (lines, _) = told(gateway, settlement).await;
    let mut expected = planted.expected.clone();
    expected.sort();
    for (line, wanted) in lines.iter().zip(&expected) {
        assert_eq!(line, wanted);
    }
    assert_eq!(lines.len(), expected.len());
    let shown = gateway.client.get(&format!("/v1/settlements/{settlement}")).await;
    assert_eq!(shown.text("date"), planted.day.to_string());
    assert_eq!(shown.body["lines"], json!(expected.len()), "{shown:?}");
    assert_eq!(shown.body["left_out"], json!({"declined": planted.declined, "other_accounts": 0}), "{shown:?}");
    let minor = |minor| schemas::Money::new(minor, schemas::Currency::Lyd).to_string();
    for (kind, (count, ours, theirs)) in totals(&expected) {
        let total = &shown.body["totals"][&kind];
        assert_eq!(total["count"], json!(count), "{kind}: {shown:?}");
        assert_eq!((&total["ours"], &total["theirs"]), (&json!(minor(ours)), &json!(minor(theirs))), "{kind}");
    }
    assert_eq!(shown.body["totals"].as_object().map(serde_json::Map::len), Some(totals(&expected).len()));
}

/// What became of the payments whose money the books know better.
async fn assert_taken_in(gateway: &Gateway, planted: &Day) {
    let count = |sql| gateway.count(sql);
    assert_eq!(
        count("SELECT COUNT(*) FROM settlement_lines WHERE learnt = 'paid' AND decision = 'theirs'").await,
        planted.healed as i64
    );
    assert_eq!(count("SELECT COUNT(*) FROM payments WHERE review_reason = 'paid_twice'").await, planted.twice as i64);
    assert_eq!(count("SELECT COUNT(*) FROM attempts WHERE status IN ('open', 'expired')").await, 0);
    assert_eq!(count("SELECT COUNT(*) FROM events WHERE name = 'payment.paid'").await, planted.healed as i64);
    assert_eq!(count("SELECT COUNT(*) FROM events WHERE name = 'payment.needs_review'").await, planted.twice as i64);
}

on_both! {
    async fn a_planted_day_of_five_thousand_lines_is_reported_exactly_and_twice_the_same(backend) {
        let gateway = Gateway::start_with(backend, &[FEES]).await;
        let planted = plant(&gateway, some_day(&gateway), 5_000, 20_261_121).await;
        assert_eq!(planted.theirs, 5_002, "5 000 and two about midnight");
        for kind in schemas::settlement::LineKind::ALL {
            let statements_only = *kind == schemas::settlement::LineKind::Repeated;
            assert!(planted.count(*kind) > 0 || statements_only, "{kind} is not planted");
        }
        let served = gateway.facade.accounts.by_id(planted.account, None).await.expect("an account").expect("it is there");
        let began = Instant::now();
        let lines = served.provider.books().expect("books").day(planted.day).await.expect("the day");
        let reading = began.elapsed();
        assert_eq!(lines.len(), planted.theirs);
        let began = Instant::now();
        let settlement = settle(&gateway, &planted).await;
        let whole = began.elapsed();
        assert_exact(&gateway, &settlement, &planted).await;
        assert_taken_in(&gateway, &planted).await;
        let (before, _) = (gateway.client.get(&format!("/v1/settlements/{settlement}")).await, ());
        let (_, lines) = told(&gateway, &settlement).await;
        let began = Instant::now();
        assert_eq!(settle(&gateway, &planted).await, settlement, "the same day is the same settlement");
        eprintln!(
            "{backend:?}: the books {reading:.1?}, the whole day {whole:.1?}, again {:.1?}, taken in {}",
            began.elapsed(),
            planted.healed + planted.twice,
        );
        assert_eq!(gateway.client.get(&format!("/v1/settlements/{settlement}")).await.body, before.body);
        assert_eq!(told(&gateway, &settlement).await.1, lines, "nothing was written again");
        assert_taken_in(&gateway, &planted).await;
        gateway.assert_correct();
        gateway.stop().await;
    }
}

const LEASE: Duration = Duration::from_secs(60);

fn now(gateway: &Gateway) -> Time {
    gateway.facade.ambient.now().into()
}

async fn enqueue(gateway: &Gateway, planted: &Day) {
    let payload = Json(json!({"account": planted.account.to_string(), "day": planted.day.to_string()}));
    let task = Task { payload, ..Task::new(gateway.facade.ambient.uuid(), DAY, "lane", "key", now(gateway)) };
    let mut tx = gateway.facade.db.begin().await.expect("a transaction");
    tasks::insert_all(&mut tx, &[&task]).await.expect("a task");
    tx.commit().await.expect("it is committed");
}

/// Claims the task so much later, when every earlier lease has run out.
async fn claim(gateway: &Gateway, later: Duration) -> Vec<Task> {
    let now = now(gateway).after(later);
    let wanted = [Wanted { kind: DAY, lane: "lane".to_owned(), from: Time::BEGINNING, most: 1 }];
    tasks::claim(&gateway.facade.db, &wanted, now, now.after(LEASE)).await.expect("a claim")
}

async fn idle(backend: Backend) -> Gateway {
    Gateway::start_with(backend, &[FEES, NO_BREAKER, ("JISR_WORK__CONCURRENCY", "0")]).await
}

on_both! {
    async fn a_worker_that_is_killed_in_the_middle_is_relieved_by_one_that_ends_the_same(backend) {
        let gateway = idle(backend).await;
        let planted = plant(&gateway, some_day(&gateway), 600, 7).await;
        enqueue(&gateway, &planted).await;
        let killed = claim(&gateway, Duration::ZERO).await;
        let days = Days(gateway.facade.settlements.clone());
        // It has written the day, and taken in what one or two attempts were told of, when it dies.
        let some = || async {
            gateway.count("SELECT COUNT(*) FROM settlement_lines WHERE learnt IS NOT NULL").await > 0
        };
        tokio::select! {
            done = days.run(&killed) => done.expect("it ends"),
            () = eventually("something is taken in", some) => {}
        }
        // What it had begun is undone as its connection ends; until then its task is nobody's.
        let mut relief = Vec::new();
        while relief.is_empty() && gateway.count("SELECT COUNT(*) FROM tasks WHERE kind = 'settlement.day'").await > 0 {
            relief = claim(&gateway, LEASE * 2).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if let [task] = &relief[..] {
            assert_eq!(task.fence, killed[0].fence + 1);
            // Whoever was away too long writes nothing.
            days.run(&killed).await.expect("it ends");
            days.run(&relief).await.expect("it ends");
        }
        let settlement = gateway.client.get("/v1/settlements").await.at("/data/0/id");
        assert_exact(&gateway, &settlement, &planted).await;
        assert_taken_in(&gateway, &planted).await;
        assert_eq!(gateway.count("SELECT COUNT(*) FROM tasks WHERE kind = 'settlement.day'").await, 0);
        gateway.assert_correct();
        gateway.stop().await;
    }
}

on_both! {
    async fn books_that_cannot_be_had_are_said_to_be_and_asked_for_again(backend) {
        let gateway = idle(backend).await;
        let planted = plant(&gateway, some_day(&gateway), 40, 8).await;
        enqueue(&gateway, &planted).await;
        gateway.faults(FILTER, FaultKind::Truncate, 1);
        let days = Days(gateway.facade.settlements.clone());
        days.run(&claim(&gateway, Duration::ZERO).await).await.expect("it ends");
        let away = gateway.client.get("/v1/settlements").await;
        assert_eq!((away.at("/data/0/status").as_str(), &away.body["data"][0]["lines"]), ("unavailable", &json!(0)));
        assert!(!away.at("/data/0/error").is_empty(), "{away:?}");
        // Not before its pause is over, and then until it answers.
        assert!(claim(&gateway, Duration::from_secs(50)).await.is_empty());
        days.run(&claim(&gateway, LEASE * 3).await).await.expect("it ends");
        let settlement = away.at("/data/0/id");
        let shown = gateway.client.get(&format!("/v1/settlements/{settlement}")).await;
        assert_eq!((shown.text("status").as_str(), shown.body.get("error")), ("differences", None), "{shown:?}");
        assert_exact(&gateway, &settlement, &planted).await;
        // Away again: what was told stays told.
        gateway.faults(FILTER, FaultKind::Status, 1);
        let again = gateway.facade.settlements.settle_day(planted.account, planted.day, None).await.expect("it ends");
        assert!(matches!(again, Settled::Unavailable { .. }), "{again:?}");
        assert_exact(&gateway, &settlement, &planted).await;
        gateway.stop().await;
    }
}

on_both! {
    async fn every_night_the_days_that_are_closed_and_not_settled_are(backend) {
        let look = ("JISR_SETTLEMENT__LOOK_MS", "200");
        let gateway = Gateway::start_with(backend, &[FEES, look]).await;
        // An account of today has no day that is over.
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert_eq!(gateway.count("SELECT COUNT(*) FROM settlements").await, 0);
        let planted = plant(&gateway, some_day(&gateway), 30, 9).await;
        let earlier = match backend {
            Backend::Sqlite => "created_at - 259200000000",
            Backend::Postgres => "created_at - INTERVAL '3 days'",
        };
        execute(&gateway.database.url, format!("UPDATE provider_accounts SET created_at = {earlier}")).await;
        let last = gateway.facade.settlements.last_closed();
        let days = (last - planted.day).get_days() + 1;
        eventually("every day is settled", || async {
            let done = "SELECT COUNT(*) FROM settlements WHERE status <> 'unavailable'";
            let left = "SELECT COUNT(*) FROM tasks WHERE kind = 'settlement.day'";
            gateway.count(done).await == i64::from(days) && gateway.count(left).await == 0
        })
        .await;
        let found = gateway.client.get(&format!("/v1/settlements?date={}", planted.day)).await;
        assert_exact(&gateway, &found.at("/data/0/id"), &planted).await;
        let account = planted.account;
        let found = gateway.client.get(&format!("/v1/settlements?account={account}")).await;
        assert_eq!(found.body["data"].as_array().map(Vec::len), usize::try_from(days).ok());
        // And not again.
        tokio::time::sleep(Duration::from_millis(600)).await;
        let asked = gateway.received(FILTER);
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert_eq!(gateway.received(FILTER), asked);
        gateway.assert_correct();
        gateway.stop().await;
    }
}

/// The binary, as a process of its own beside the gateway.
async fn reconcile(gateway: &Gateway, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_jisr"));
    command.arg("reconcile").args(arguments).env_clear();
    command.envs(gateway.settings().iter().map(|(name, value)| (name, value)));
    let done = command.output().await.expect("the binary runs");
    (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned())
}

on_both! {
    async fn reconcile_says_by_its_exit_code_whether_somebody_is_needed(backend) {
        let gateway = Gateway::start_with(backend, &[FEES, NO_BREAKER]).await;
        let planted = plant(&gateway, some_day(&gateway), 25, 10).await;
        let (day, account) = (planted.day.to_string(), planted.account.to_string());
        let (code, told) = reconcile(&gateway, &["--date", &day, "--json"]).await;
        let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        assert_eq!((code, told[0]["account"].as_str(), told[0]["status"].as_str()), (Some(1), Some(&*account), Some("differences")));
        assert_exact(&gateway, told[0]["id"].as_str().unwrap_or_default(), &planted).await;
        let (code, told) = reconcile(&gateway, &["--date", &day, "--account", &account]).await;
        assert!(code == Some(1) && told.contains("missing_there") && told.contains("duplicate"), "{code:?} {told}");
        // A day without anything is one that both sides agree on.
        let empty = calendar::before(planted.day, 5).to_string();
        let (code, told) = reconcile(&gateway, &["--date", &empty, "--json"]).await;
        let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        assert_eq!((code, told[0]["status"].as_str()), (Some(0), Some("matched")));
        gateway.faults(FILTER, FaultKind::Status, 1);
        assert_eq!(reconcile(&gateway, &["--date", &day]).await.0, Some(1));
        let (code, told) = reconcile(&gateway, &["--payouts", "--from", &empty, "--to", &day, "--json"]).await;
        let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        assert_eq!((code, told[0]["store"].as_str(), told[0]["provider"].as_str()), (Some(0), Some("default"), Some("moamalat")));
        assert_payout(&told[0], &planted);
        gateway.stop().await;
    }
}

/// The payout is the sum of what the books say.
fn assert_payout(payout: &serde_json::Value, planted: &Day) {
    let minor = |text: &str| schemas::Money::parse(text, schemas::Currency::Lyd).expect("an amount").minor;
    let theirs: i64 = planted.expected.iter().filter_map(|line| line.4.as_deref()).map(minor).sum();
    let text = |name: &str| minor(payout[name].as_str().unwrap_or_default());
    assert_eq!(text("sales_amount") + text("refunds_amount"), theirs, "{payout}");
    assert_eq!(text("net"), text("sales_amount") - text("refunds_amount") - text("fees"), "{payout}");
    assert!(text("refunds_amount") > 0 && text("fees") > 0, "{payout}");
}
