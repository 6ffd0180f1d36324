//! `cargo bench -p jisr --bench notify`: how fast notifications are taken in and delivered. See docs/performance.md.

#[allow(dead_code, reason = "the other benchmark uses the rest")]
#[path = "../gateway/child.rs"]
mod child;
#[allow(dead_code, reason = "the other benchmark uses the rest")]
#[path = "../gateway/database.rs"]
mod database;
mod follow_ups;
mod gateway;
mod growth;
mod hanging;
#[path = "../gateway/load.rs"]
mod load;
#[allow(dead_code, reason = "the other benchmark uses the rest")]
#[path = "../gateway/measure.rs"]
mod measure;
mod options;
#[path = "../gateway/report.rs"]
mod report;
mod sink;
mod throughput;

use std::process::ExitCode;

use clap::Parser;

use crate::options::{Options, Section};
use crate::report::Report;

/// Why nothing could be measured.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// JSON of about 300 bytes; the database's own comparison wants it.
fn body(kind: &str) -> String {
    format!(r#"{{"kind":"{kind}","note":"{}"}}"#, "x".repeat(270))
}

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match &options.role {
        Some(role) => serde_json::from_str(role).map_err(Failure::from).and_then(play),
        None => measure_all(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn play(role: child::Role) -> Result<(), Failure> {
    match role {
        child::Role::Sink => sink::run(),
        child::Role::Load(plan) => sink::say(&load::run(&plan)),
        _ => Err("this benchmark has no such part".into()),
    }
}

fn measure_all(options: &Options) -> Result<(), Failure> {
    let mut report = Report::new(options);
    for kind in options.kinds() {
        let runtime = tokio::runtime::Runtime::new()?;
        let mut database = runtime.block_on(database::Database::create(kind, options))?;
        report.condition(runtime.block_on(database.durability())?);
        runtime.block_on(database.remove())?;
        if options.wants(Section::Throughput) {
            throughput::measure(kind, options, &runtime, &mut report)?;
        }
        if options.wants(Section::Hanging) {
            hanging::measure(kind, options, &runtime, &mut report)?;
        }
        if options.wants(Section::FollowUps) {
            follow_ups::measure(kind, options, &runtime, &mut report)?;
        }
        if options.wants(Section::Growth) {
            growth::measure(kind, options, &runtime, &mut report)?;
        }
    }
    report.finish(options)
}
