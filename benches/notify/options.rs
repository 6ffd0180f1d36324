//! What is asked of a run: which sections, on which databases, and where figures go.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Measures notifications from the request to the merchant's door.
#[derive(Debug, Parser)]
#[command(name = "notify")]
pub struct Options {
    /// What is measured; everything but `growth` where nothing is named.
    #[arg(value_enum)]
    sections: Vec<Section>,
    /// Few notifications: they show that everything works, the figures are noise.
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
    /// 50 000 notifications to 200 endpoints, and to one.
    Throughput,
    /// The healthy ones while a tenth of the endpoints hang.
    Hanging,
    /// What an answer pays for what follows it.
    FollowUps,
    /// How the cost grows with endpoints and with what waits.
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
}
