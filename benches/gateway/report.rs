//! The table at the end, and the same as JSON.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use serde::Serialize;
use serde_json::json;

use crate::Failure;
use crate::options::Options;

/// Everything that was measured.
pub struct Report {
    conditions: Vec<String>,
    lines: Vec<Line>,
    losses: Vec<String>,
}

#[derive(Serialize)]
struct Line {
    what: String,
    value: f64,
    unit: &'static str,
    target: Option<String>,
    pass: Option<bool>,
}

/// What a figure must reach.
pub enum Target {
    /// It is told, and no more.
    None,
    /// No less than this.
    Least(f64),
    /// No more than this.
    Most(f64),
}

impl Report {
    /// An empty one, with what is known of the machine.
    pub fn new(options: &Options) -> Self {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let cpuinfo = read("/proc/cpuinfo");
        let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("?");
        let kernel = read("/proc/sys/kernel/osrelease");
        let load = read("/proc/loadavg");
        let load = load.split_whitespace().next().unwrap_or("?");
        let mut conditions = vec![
            format!("{cores} cores of {}, Linux {}", model.trim_start_matches([' ', '\t', ':']), kernel.trim()),
            format!("load before the run: {load}; median of {} rounds", options.rounds()),
        ];
        if options.quick {
            conditions.push("--quick: the rounds are too short for figures".to_owned());
        }
        Self { conditions, lines: Vec::new(), losses: Vec::new() }
    }

    /// Says under what conditions figures hold.
    pub fn condition(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    /// Adds a figure.
    pub fn add(&mut self, what: impl Into<String>, value: f64, unit: &'static str, target: Target) {
        let (target, pass) = match target {
            Target::None => (None, None),
            Target::Least(least) => (Some(format!("≥ {least}")), Some(value >= least)),
            Target::Most(most) => (Some(format!("≤ {most}")), Some(value <= most)),
        };
        let line = Line { what: what.into(), value, unit, target, pass };
        eprintln!("  {}: {} {unit}", line.what, shown(line.value));
        self.lines.push(line);
    }

    /// Compares what must be there with what is there; a difference makes the run fail.
    pub fn expect(&mut self, what: &str, expected: u64, found: u64) {
        self.add(what.to_owned(), found as f64, "rows", Target::None);
        if expected != found {
            self.losses.push(format!("{what}: {expected} were expected, {found} are there"));
        }
    }

    /// Notes answers that were errors; any makes the run fail.
    pub fn refused(&mut self, what: &str, count: u64, example: Option<&str>) {
        if count > 0 {
            self.losses.push(format!("{what}: {count} requests failed, such as {}", example.unwrap_or("?")));
        }
    }

    /// Prints the table, writes the JSON, and fails where anything was lost.
    #[expect(clippy::print_stdout, reason = "the table is what the run is for")]
    pub fn finish(self, options: &Options) -> Result<(), Failure> {
        let mut table = Table::new();
        table.load_preset(UTF8_FULL_CONDENSED).set_header(["figure", "value", "unit", "target", ""]);
        for line in &self.lines {
            let verdict = line.pass.map_or("", |pass| if pass { "pass" } else { "MISSED" });
            table.add_row([&line.what, &shown(line.value), line.unit, line.target.as_deref().unwrap_or(""), verdict]);
        }
        if let Some(column) = table.column_mut(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for condition in &self.conditions {
            println!("{condition}");
        }
        println!("{table}");
        if let Some(file) = &options.json {
            let all = json!({"conditions": self.conditions, "figures": self.lines, "losses": self.losses});
            std::fs::write(file, format!("{all:#}\n"))?;
        }
        if self.losses.is_empty() { Ok(()) } else { Err(self.losses.join("\n").into()) }
    }
}

fn shown(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
