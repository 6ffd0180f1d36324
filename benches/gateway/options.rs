//! What is asked of a run: which sections, on which databases, how long, and where figures go.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

/// Measures the gateway against bare code that does the same without it, side by side.
#[derive(Debug, Parser)]
#[command(name = "gateway")]
pub struct Options {
    /// What is measured; everything but `growth` where nothing is named.
    #[arg(value_enum)]
    sections: Vec<Section>,
    /// Short rounds: they show that everything works, their figures are noise.
    #[arg(long)]
    pub quick: bool,
    /// Leaves the other database out.
    #[arg(long, value_enum)]
    only: Option<Kind>,
    /// The server on which databases may be made.
    #[arg(long, env = "JISR_TEST_POSTGRES", default_value = "postgres://postgres@127.0.0.1:5432/postgres")]
    pub postgres: String,
    /// Where the figures are written as JSON as well.
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// The part that a child process plays.
    #[arg(long, hide = true)]
    pub role: Option<String>,
    /// What cargo says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Section {
    /// `Transport::send` against a bare client.
    Transport,
    /// A logged read through the facade against a bare proxy.
    Facade,
    /// New payments against bare transactions.
    Creation,
    /// Start-up and memory of `jisr serve`.
    Process,
    /// How the cost grows with the rows that are there; it takes minutes of its own.
    Growth,
}

/// A database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

impl Kind {
    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

impl Options {
    /// Whether a section is asked for.
    pub fn wants(&self, section: Section) -> bool {
        if self.sections.is_empty() { section != Section::Growth } else { self.sections.contains(&section) }
    }

    /// The databases.
    pub fn kinds(&self) -> Vec<Kind> {
        [Kind::Sqlite, Kind::Postgres].into_iter().filter(|kind| self.only.is_none_or(|only| only == *kind)).collect()
    }

    /// How often everything is measured; the median counts.
    pub fn rounds(&self) -> usize {
        if self.quick { 1 } else { 5 }
    }

    /// How long one measurement lasts.
    pub fn window(&self) -> Duration {
        Duration::from_millis(if self.quick { 700 } else { 2_500 })
    }
}
