//! How the cost grows with what is there: creation with many payments, the transport with many rows of its log.

use tokio::runtime::Runtime;
use url::Url;

use crate::child::{Child, Ended, Gateway, Role};
use crate::creation::plan;
use crate::database::Database;
use crate::facade::load;
use crate::options::{Kind, Options};
use crate::report::{Report, Target};
use crate::transport::logged_round;
use crate::{Failure, load::Outcome};

/// Measures and reports.
pub fn measure(kind: Kind, options: &Options, runtime: &Runtime, report: &mut Report) -> Result<(), Failure> {
    let (payments, rows) = if options.quick { (2_000, 10_000) } else { (100_000, 1_000_000) };
    creation(kind, options, runtime, report, payments)?;
    transport(kind, options, runtime, report, rows)
}

fn creation(kind: Kind, options: &Options, runtime: &Runtime, report: &mut Report, many: u64) -> Result<(), Failure> {
    let mut database = runtime.block_on(Database::create(kind, options))?;
    let role = Role::Gateway(Gateway { database: database.url.clone(), provider: "http://127.0.0.1:9/".to_owned() });
    let (gateway, serving) = Child::serve(&role)?;
    let mut made = 0;
    let mut first: Option<Outcome> = None;
    let last = loop {
        let outcome = load(plan(&serving, options))?;
        report.refused("growth", outcome.refused, outcome.refusal.as_deref());
        if made >= many || outcome.answered == 0 {
            break outcome;
        }
        made += outcome.answered;
        first.get_or_insert(outcome);
    };
    let _: Ended = gateway.end()?;
    runtime.block_on(database.remove())?;
    let title = format!("(c) {}", kind.title());
    for (count, outcome) in [(0, first.as_ref().unwrap_or(&last)), (made, &last)] {
        report.add(format!("{title}: payments, {count} there before"), outcome.rate(), "payments/s", Target::None);
        report.add(format!("{title}: p99, {count} there before"), outcome.p99_ms, "ms", Target::None);
    }
    Ok(())
}

fn transport(kind: Kind, options: &Options, runtime: &Runtime, report: &mut Report, many: u64) -> Result<(), Failure> {
    let (server, serving) = Child::serve(&Role::Server)?;
    let url: Url = format!("http://{}/", serving.address).parse()?;
    let mut database = runtime.block_on(Database::create(kind, options))?;
    let db = runtime.block_on(database.open())?;
    let mut rows = 0;
    let mut first = None;
    let (last, dropped) = loop {
        let round = runtime.block_on(logged_round(&db, &url, options.window()))?;
        if rows >= many || round.dropped > 0 || round.calls == 0 {
            break (round, round.dropped);
        }
        rows += round.calls;
        first.get_or_insert(round);
    };
    drop(server);
    let title = format!("(a) {}", kind.title());
    for (count, round) in [(0, first.unwrap_or(last)), (rows, last)] {
        let what = format!("{title}: transport, logged, {count} rows there before");
        report.add(what, round.calls as f64 / round.seconds, "calls/s", Target::None);
    }
    report.add(format!("{title}: rows dropped while growing"), dropped as f64, "rows", Target::Most(0.0));
    runtime.block_on(async {
        db.close().await;
        database.remove().await
    })
}
