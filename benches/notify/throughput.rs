//! 50 000 notifications to 200 endpoints and to one: each signed, logged, and counted at the merchants' door.

use tokio::runtime::Runtime;

use crate::Failure;
use crate::gateway::{Run, Scene};
use crate::measure::median;
use crate::options::{Kind, Options};
use crate::report::{Report, Target};

/// Measures and reports.
pub fn measure(kind: Kind, options: &Options, runtime: &Runtime, report: &mut Report) -> Result<(), Failure> {
    let total = if options.quick { 5_000 } else { 50_000 };
    for spread in [200, 1] {
        let title = format!("{}, {spread} endpoint{}", kind.title(), if spread == 1 { "" } else { "s" });
        let mut scene = Scene::set(kind, options, runtime)?;
        scene.warm("e", spread)?;
        let mut runs = Vec::new();
        for _ in 0..options.rounds() {
            let run = scene.run(scene.plan("e", spread, total), total)?;
            report.refused(&title, run.outcome.refused, run.outcome.refusal.as_deref());
            report.expect(&format!("{title}: answered"), total, run.outcome.answered);
            report.expect(&format!("{title}: arrived more than once"), 0, run.arrived.total - run.arrived.distinct);
            report.expect(&format!("{title}: unsigned"), 0, run.arrived.unsigned);
            runs.push(run);
        }
        let all = total * runs.len() as u64 + spread;
        for (what, sql) in [
            ("tries", "SELECT COUNT(*) FROM delivery_attempts WHERE succeeded"),
            ("deliveries", "SELECT COUNT(*) FROM deliveries WHERE status = 'success'"),
        ] {
            let found = scene.until(runtime, sql, all)?;
            report.expect(&format!("{title}: {what}"), all, found);
        }
        figures(kind, &title, total, &runs, report);
        scene.strike(runtime)?;
    }
    Ok(())
}

fn figures(kind: Kind, title: &str, total: u64, runs: &[Run], report: &mut Report) {
    let of = |value: fn(&Run) -> f64| median(runs.iter().map(value));
    let least = if kind == Kind::Sqlite { 2_500.0 } else { 5_000.0 };
    let sustained = total as f64 / of(|run| run.seconds);
    report.add(format!("{title}: from request to door"), sustained, "notifications/s", Target::Least(least));
    report.add(format!("{title}: taken in"), of(|run| run.outcome.rate()), "requests/s", Target::None);
    report.add(
        format!("{title}: p99 of taking in, 64 connections"),
        of(|run| run.outcome.p99_ms),
        "ms",
        Target::Most(20.0),
    );
    report.add(format!("{title}: p50 of taking in"), of(|run| run.outcome.p50_ms), "ms", Target::None);
    report.add(format!("{title}: p50 on the way"), of(|run| run.arrived.p50_ms), "ms", Target::None);
    report.add(format!("{title}: CPU of the gateway"), of(|run| run.micros.0), "µs/notification", Target::None);
    if kind == Kind::Postgres {
        report.add(format!("{title}: CPU of the database"), of(|run| run.micros.1), "µs/notification", Target::None);
    }
}
