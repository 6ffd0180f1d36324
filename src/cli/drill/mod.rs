//! `jisr drill`: breaks a service at its mock, and measures how soon it is left, how soon it is back, and what was lost.

mod play;
mod service;
mod stage;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use futures_util::StreamExt;
use indicatif::{MultiProgress, ProgressBar};
use serde::Serialize;

use self::play::{Break, Measured, play};
use self::service::Service;
use self::stage::Stage;
use super::{CommandError, output};
use crate::config::Config;

/// Drills that are played at once, each on a stage of its own.
const AT_ONCE: usize = 2;

/// Break a service at its mock in every way, and measure what follows.
///
/// Nothing real is touched: mocks, a gateway and a database of its own. The exit code is 1 where something took longer than it
/// may, or was lost or doubled.
#[derive(Args)]
pub(super) struct Drill {
    /// Which services; without one every service that something stands in for.
    services: Vec<String>,
    /// Only these ways of breaking it.
    #[arg(long, value_delimiter = ',')]
    fault: Vec<Break>,
    /// Seconds between two probes of the schedule.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    interval: u64,
    /// Seconds that a probe may take.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=30))]
    timeout: u64,
    /// As JSON.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// As Markdown.
    #[arg(long)]
    markdown: bool,
}

/// One drill.
#[derive(Debug, Serialize)]
struct Row {
    service: &'static str,
    fault: String,
    customers: bool,
    /// How long routing may take to leave it.
    limit_ms: i64,
    #[serde(flatten)]
    measured: Option<Measured>,
    error: Option<String>,
    ok: bool,
}

impl Drill {
    pub(super) async fn run(self, config: &Config) -> Result<ExitCode, CommandError> {
        let services = self.wanted(config)?;
        let bars = MultiProgress::new();
        let drills = services.into_iter().map(|service| self.drill(service, bars.add(ProgressBar::new_spinner())));
        let rows: Vec<Vec<Row>> = futures_util::stream::iter(drills).buffered(AT_ONCE).collect().await;
        drop(bars.clear());
        let rows: Vec<Row> = rows.into_iter().flatten().collect();
        self.show(&rows)?;
        Ok(if rows.iter().all(|row| row.ok) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn wanted(&self, config: &Config) -> Result<Vec<Service>, CommandError> {
        let all = service::with_fallback(config);
        let names: Vec<&str> = all.iter().map(|service| service.name).collect();
        if let Some(unknown) = self.services.iter().find(|name| !names.contains(&name.as_str())) {
            let names = names.join(", ");
            return Err(CommandError::Refused(format!("nothing stands in for {unknown}; choose of {names}")));
        }
        let wanted =
            |service: &Service| self.services.is_empty() || self.services.iter().any(|name| name == service.name);
        Ok(all.into_iter().filter(wanted).collect())
    }

    /// Every way of breaking one service, with and without customers, each on a stage of its own.
    async fn drill(&self, service: Service, bar: ProgressBar) -> Vec<Row> {
        bar.enable_steady_tick(Duration::from_millis(120));
        let faults: Vec<Break> =
            Break::ALL.into_iter().filter(|one| self.fault.is_empty() || self.fault.contains(one)).collect();
        let mut rows = Vec::new();
        for fault in faults {
            for customers in [true, false] {
                let word = fault.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
                bar.set_message(format!("{}: {word}{}", service.name, if customers { ", with customers" } else { "" }));
                let played = self.one(service, fault, customers).await;
                rows.push(self.row(service, fault, word, customers, played));
            }
        }
        bar.finish_and_clear();
        rows
    }

    async fn one(&self, service: Service, fault: Break, customers: bool) -> Result<Measured, CommandError> {
        let stage = Stage::set(Duration::from_secs(self.interval), Duration::from_secs(self.timeout)).await?;
        let played = play(&stage, service, fault, customers).await;
        stage.strike().await;
        played
    }

    fn row(
        &self,
        service: Service,
        fault: Break,
        word: String,
        customers: bool,
        played: Result<Measured, CommandError>,
    ) -> Row {
        let (interval, timeout) = (self.interval as i64 * 1_000, self.timeout as i64 * 1_000);
        let limit_ms = match (customers, fault) {
            (true, Break::Hang) => timeout + 2_000,
            (true, _) => 2_000,
            (false, _) => interval + timeout + 2_000,
        };
        let (measured, error) = match played {
            Ok(measured) => (Some(measured), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let ok = measured.as_ref().is_some_and(|measured| {
            let none = [measured.lost, measured.doubled, measured.sent_after, measured.elsewhere_after];
            measured.switched_ms <= limit_ms && none == [0; 4]
        });
        Row { service: service.name, fault: word, customers, limit_ms, measured, error, ok }
    }

    fn show(&self, rows: &[Row]) -> Result<(), CommandError> {
        const HEAD: [&str; 12] = [
            "service",
            "fault",
            "customers",
            "left after",
            "at most",
            "back after",
            "requests",
            "sent there after",
            "elsewhere after",
            "lost",
            "doubled",
            "for a person",
        ];
        if self.json {
            return output::json(&rows);
        }
        let cells = rows.iter().map(|row| {
            let of = |read: fn(&Measured) -> String| row.measured.as_ref().map_or_else(|| "–".to_owned(), read);
            let mut cells = vec![
                row.service.to_owned(),
                row.fault.clone(),
                (if row.customers { "yes" } else { "no" }).to_owned(),
                of(|one| format!("{} ms", one.switched_ms)),
                format!("{} ms", row.limit_ms),
                of(|one| format!("{} ms", one.mended_ms)),
                of(|one| one.requests.to_string()),
                of(|one| one.sent_after.to_string()),
                of(|one| one.elsewhere_after.to_string()),
                of(|one| one.lost.to_string()),
                of(|one| one.doubled.to_string()),
                of(|one| one.reviewed.to_string()),
            ];
            cells[0] = format!("{} {}", if row.ok { "✓" } else { "✗" }, cells[0]);
            cells
        });
        if self.markdown {
            output::line(&format!("| {} |\n|{}", HEAD.join(" | "), "---|".repeat(HEAD.len())))?;
            for cells in cells {
                output::line(&format!("| {} |", cells.join(" | ")))?;
            }
        } else {
            output::table(&HEAD, cells)?;
        }
        for row in rows {
            if let Some(error) = &row.error {
                eprintln!("jisr: {} {}: {error}", row.service, row.fault);
            }
        }
        Ok(())
    }
}
