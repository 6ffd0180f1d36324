//! What healthy endpoints notice of a tenth that never answers.

use std::time::Duration;

use tokio::runtime::Runtime;

use crate::Failure;
use crate::gateway::Scene;
use crate::load::Plan;
use crate::measure::median;
use crate::options::{Kind, Options};
use crate::report::{Report, Target};

/// Notifications a second.
const RATE: u64 = 1_000;
const ENDPOINTS: u64 = 200;

/// Measures and reports.
pub fn measure(kind: Kind, options: &Options, runtime: &Runtime, report: &mut Report) -> Result<(), Failure> {
    let window = Duration::from_secs(if options.quick { 3 } else { 20 });
    let (mut without, mut with, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds() {
        let healthy = p99(kind, options, runtime, "e", window)?;
        let beside = p99(kind, options, runtime, "h", window)?;
        without.push(healthy);
        with.push(beside);
        ratios.push(beside / healthy);
    }
    let title = format!("{}, {ENDPOINTS} endpoints at {RATE}/s", kind.title());
    report.add(format!("{title}: p99 on the way, all healthy"), median(without), "ms", Target::None);
    report.add(format!("{title}: p99 of the healthy ones beside 10 % that hang"), median(with), "ms", Target::None);
    report.add(format!("{title}: ratio, median of the pairs"), median(ratios), "×", Target::Most(1.2));
    Ok(())
}

fn p99(kind: Kind, options: &Options, runtime: &Runtime, path: &str, window: Duration) -> Result<f64, Failure> {
    let mut scene = Scene::set(kind, options, runtime)?;
    let total = RATE * window.as_secs();
    let hanging = if path == "h" { total / 10 } else { 0 };
    let plan = Plan { rate: Some(RATE), ..scene.plan(path, ENDPOINTS, total) };
    let run = scene.run(plan, total - hanging)?;
    scene.strike(runtime)?;
    Ok(run.arrived.p99_ms)
}
