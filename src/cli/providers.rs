//! `jisr providers`: who can be paid through, who carries parcels, and what each can do. It needs no database.

use clap::{Args, ValueEnum};
use payments_adapters::matrix;
use serde_json::json;
use shipping_adapters::matrix as carriers;

use super::{CommandError, output};

/// Show every provider of payments and every carrier: what each can do, and how well its protocol is known.
#[derive(Args)]
pub(super) struct Providers {
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// How the table is written.
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// With lines, for a terminal.
    Terminal,
    /// As the README has it.
    Markdown,
}

impl Providers {
    /// Prints it.
    pub(super) fn run(&self) -> Result<(), CommandError> {
        if self.json {
            let payments = payments_adapters::registry::PROVIDERS.map(|provider| provider.card);
            let carriers = shipping_adapters::registry::PROVIDERS.map(|provider| provider.card);
            return output::json(&json!({"data": payments, "carriers": carriers}));
        }
        match self.format {
            Format::Markdown => {
                output::line(matrix::markdown().trim_end())?;
                output::line("")?;
                output::line(carriers::markdown().trim_end())
            }
            Format::Terminal => {
                output::table(&matrix::HEADER, matrix::rows().into_iter().map(Vec::from))?;
                output::table(&carriers::HEADER, carriers::rows().into_iter().map(Vec::from))
            }
        }
    }
}
