//! `cargo bench -p jisr --bench gateway`: what the gateway costs, beside bare code in the same run. See docs/performance.md.

mod bare;
#[allow(dead_code, reason = "the other benchmark uses the rest")]
mod child;
mod creation;
mod database;
mod facade;
mod growth;
mod load;
mod measure;
mod options;
mod process;
mod report;
mod roles;
mod transport;

use std::process::ExitCode;

use clap::Parser;

use crate::database::Database;
use crate::options::{Options, Section};
use crate::report::Report;

/// Why nothing could be measured.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Bytes of every body and of every answer of the server.
const BODY: usize = 300;

/// JSON of 300 bytes.
fn body(kind: &str) -> String {
    let start = format!(
        r#"{{"kind":"{kind}","id":"0192f7a0-6c1e-7d3a-9a41-5b0c6f3e8d21","amount":"12.500","currency":"LYD","paid":true,"lines":[{{"sku":"A-1009","count":2}}],"note":""#
    );
    let rest = BODY.saturating_sub(start.len() + 2);
    format!("{start}{}\"}}", "x".repeat(rest))
}

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match &options.role {
        Some(role) => serde_json::from_str(role).map_err(Failure::from).and_then(roles::play),
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

/// A figure that misses its target is no failure; a row that is lost is one.
fn measure_all(options: &Options) -> Result<(), Failure> {
    roles::trace();
    let mut report = Report::new(options);
    for kind in options.kinds() {
        let runtime = tokio::runtime::Runtime::new()?;
        let mut database = runtime.block_on(Database::create(kind, options))?;
        report.condition(runtime.block_on(database.durability())?);
        runtime.block_on(database.remove())?;
        if options.wants(Section::Transport) {
            transport::measure(kind, options, &runtime, &mut report)?;
        }
        if options.wants(Section::Facade) {
            facade::measure(kind, options, &runtime, &mut report)?;
        }
        if options.wants(Section::Creation) {
            creation::measure(kind, options, &runtime, &mut report)?;
        }
        if options.wants(Section::Process) {
            process::measure(kind, options, &runtime, &mut report)?;
        }
        if options.wants(Section::Growth) {
            growth::measure(kind, options, &runtime, &mut report)?;
        }
    }
    report.finish(options)
}
