//! (c) New payments over HTTP, each durable before it is answered, against bare transactions of two inserts.

use kit::Ambient;
use tokio::runtime::Runtime;

use crate::child::{Child, Ended, Gateway, Role, Serving};
use crate::database::{self, Database};
use crate::facade::load;
use crate::load::{Outcome, Plan};
use crate::measure::{cpu, median, memory, postgres_cpu};
use crate::options::{Kind, Options};
use crate::report::{Report, Target};
use crate::{BODY, Failure};

/// Tasks that make bare transactions.
const TASKS: usize = 16;

/// A plan that makes payments; no two of them, whatever the run, have the same reference.
pub fn plan(at: &Serving, options: &Options) -> Plan {
    let start = concat!(
        r#"{"reference":"{}","amount":"12.500","currency":"LYD","method":"card","#,
        r#""customer":{"name":"Salma Ben Ali","phone":"0912345678","email":"salma@example.ly"},"metadata":{"note":""#
    );
    // The unique text has about 40 characters.
    let rest = BODY.saturating_sub(start.len() + 38 + 3);
    Plan {
        address: at.address.clone(),
        path: "/v1/payments".to_owned(),
        key: at.key.clone(),
        body: format!("{start}{}\"}}}}", "x".repeat(rest)),
        prefix: Ambient::system().uuid().simple().to_string(),
        connections: 32,
        rate: None,
        window: options.window(),
        total: None,
        spread: 0,
    }
}

/// Measures and reports.
pub fn measure(kind: Kind, options: &Options, runtime: &Runtime, report: &mut Report) -> Result<(), Failure> {
    let mut database = runtime.block_on(Database::create(kind, options))?;
    let role = Role::Gateway(Gateway { database: database.url.clone(), provider: "http://127.0.0.1:9/".to_owned() });
    let (gateway, serving) = Child::serve(&role)?;
    let db = runtime.block_on(database.open())?;
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    let (mut own, mut server) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds() {
        bare.push(runtime.block_on(database::two_inserts(&db, TASKS, options.window()))?);
        let before = (cpu(gateway.id()), postgres_cpu());
        let outcome = load(plan(&serving, options))?;
        let micros = |spent: std::time::Duration| spent.as_secs_f64() * 1e6 / outcome.answered as f64;
        own.push(micros(cpu(gateway.id()) - before.0));
        // What a server process used is gone with it when its connection ends.
        server.push(micros(postgres_cpu().saturating_sub(before.1)));
        ours.push(outcome);
    }
    let (most, _) = memory(gateway.id());
    let _: Ended = gateway.end()?;

    let title = format!("(c) {}", kind.title());
    let ratio = median(ours.iter().zip(&bare).map(|(ours, bare)| ours.rate() / bare));
    let p99 = median(ours.iter().map(|outcome| outcome.p99_ms));
    let least = if kind == Kind::Sqlite { 0.6 } else { 0.4 };
    report.add(format!("{title}: bare transactions"), median(bare), "transactions/s", Target::None);
    report.add(format!("{title}: payments"), median(ours.iter().map(Outcome::rate)), "payments/s", Target::None);
    report.add(format!("{title}: ratio"), ratio, "×", Target::Least(least));
    report.add(format!("{title}: p99, 32 connections"), p99, "ms", Target::Most(20.0));
    report.add(format!("{title}: p50"), median(ours.iter().map(|outcome| outcome.p50_ms)), "ms", Target::None);
    report.add(format!("{title}: CPU of the gateway"), median(own), "µs/payment", Target::None);
    if kind == Kind::Postgres {
        report.add(format!("{title}: CPU of the database"), median(server), "µs/payment", Target::None);
    }
    report.add(format!("{title}: memory, highest"), most, "MB", Target::Most(100.0));
    for outcome in &ours {
        report.refused(&title, outcome.refused, outcome.refusal.as_deref());
    }
    let answered = ours.iter().map(|outcome| outcome.answered).sum();
    for table in ["payments", "attempts", "events", "idempotency_keys", "tasks WHERE kind = 'payment.confirm'"] {
        let found = runtime.block_on(database.count(&format!("SELECT COUNT(*) FROM {table}")))?;
        report.expect(&format!("{title}: rows of {table}"), answered, found);
    }
    runtime.block_on(async {
        db.close().await;
        database.remove().await
    })
}
