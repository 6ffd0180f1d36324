//! `jisr shipments`.

use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use kit::Ambient;
use serde_json::json;

use super::{CommandError, output};
use crate::app::App;
use crate::config::Config;
use crate::http::Facade;
use crate::shipping::{Reread, is_carrier};

/// Read what carriers told of shipments anew.
#[derive(Args)]
pub(super) struct Shipments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Show the words of carriers that mean something else today than when they were told, and read them anew.
    Remap(Remap),
}

/// Nothing is changed without `--apply`.
#[derive(Args)]
struct Remap {
    /// One carrier only.
    #[arg(long, value_name = "NAME")]
    carrier: Option<String>,
    /// Only show what would be read anew, as without any flag.
    #[arg(long)]
    dry_run: bool,
    /// Read those words anew wherever they were told, and have every shipment of theirs stand anew.
    #[arg(long, conflicts_with = "dry_run")]
    apply: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Shipments {
    pub(super) async fn run(self, config: Config) -> Result<(), CommandError> {
        let Action::Remap(remap) = self.action;
        if let Some(name) = remap.carrier.as_deref().filter(|name| !is_carrier(name)) {
            return Err(CommandError::Refused(format!("there is no carrier {name}")));
        }
        let facade = App::build(config, Ambient::system()).await?.facade;
        let done = remap.run(&facade).await;
        facade.logs.drain().await;
        facade.db.close().await;
        done
    }
}

impl Remap {
    async fn run(&self, facade: &Facade) -> Result<(), CommandError> {
        let words = facade.shipping.reread_words(self.carrier.as_deref()).await?;
        let moved = if self.apply { Some(apply(facade, &words).await?) } else { None };
        if self.json {
            return output::json(&json!({"data": words, "applied": self.apply, "moved": moved}));
        }
        let shown = |status: Option<schemas::shipping::ShipmentStatus>| {
            status.map_or_else(|| "not known".to_owned(), |status| status.to_string())
        };
        let rows = words.iter().map(|one| {
            vec![one.carrier.clone(), one.word.clone(), shown(one.was), shown(one.is), one.entries.to_string()]
        });
        output::table(&["carrier", "word", "was", "is", "entries"], rows)?;
        match moved {
            Some(moved) => output::line(&format!("Read anew; {moved} shipments stand elsewhere now.")),
            None if words.is_empty() => output::line("Every word means what it was read as."),
            None => output::line("Nothing was changed: --apply reads these words anew."),
        }
    }
}

async fn apply(facade: &Facade, words: &[Reread]) -> Result<u64, CommandError> {
    let entries: i64 = words.iter().map(|one| one.entries).sum();
    let progress = ProgressBar::new(u64::try_from(entries).unwrap_or_default());
    let mut moved = 0;
    for one in words {
        moved += facade.shipping.reread(one, || progress.inc(1)).await?;
    }
    progress.finish_and_clear();
    Ok(moved)
}
