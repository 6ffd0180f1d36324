//! What a command prints: tables for people, JSON for scripts. The only place that writes to standard output.

use std::io::Write;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use serde::Serialize;

use super::CommandError;

/// A line.
pub(super) fn line(text: &str) -> Result<(), CommandError> {
    Ok(writeln!(std::io::stdout().lock(), "{text}")?)
}

/// A value as JSON.
pub(super) fn json(value: &impl Serialize) -> Result<(), CommandError> {
    let text = serde_json::to_string_pretty(value).map_err(std::io::Error::other)?;
    line(&text)
}

/// A table.
pub(super) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Result<(), CommandError> {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    line(&table.to_string())
}
