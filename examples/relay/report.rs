//! What a run found, as a table for people.

use std::path::Path;

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;

/// As many violations are told; the number of all is told too.
const TOLD: usize = 60;
/// As many notes; all of them stand in a file.
const NOTED: usize = 20;

/// What a run found.
pub struct Outcome {
    title: String,
    figures: Vec<(String, String)>,
    notes: Vec<String>,
    pub violations: Vec<String>,
}

impl Outcome {
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), figures: Vec::new(), notes: Vec::new(), violations: Vec::new() }
    }

    pub fn figure(&mut self, name: &str, value: impl ToString) {
        self.figures.push((name.to_owned(), value.to_string()));
    }

    /// Something that is as it may be, by its name.
    pub fn note(&mut self, what: impl Into<String>) {
        self.notes.push(what.into());
    }

    pub fn violation(&mut self, what: impl Into<String>) {
        self.violations.push(what.into());
    }
}

/// Writes all the notes to a file.
pub fn keep_notes(outcome: &Outcome, file: &Path) -> std::io::Result<()> {
    let text: String = outcome.notes.iter().map(|note| format!("{note}\n")).collect();
    std::fs::write(file, text)
}

/// Prints the first notes, the table, and the violations below it.
#[expect(clippy::print_stdout, reason = "this is what the example is for")]
pub fn print(outcome: &Outcome) {
    for note in outcome.notes.iter().take(NOTED) {
        println!("   {note}");
    }
    if outcome.notes.len() > NOTED {
        println!("   and {} more", outcome.notes.len() - NOTED);
    }
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_header([outcome.title.as_str(), ""]);
    for (name, value) in &outcome.figures {
        table.add_row([name, value]);
    }
    table.add_row(["violations".to_owned(), outcome.violations.len().to_string()]);
    println!("{table}");
    for violation in outcome.violations.iter().take(TOLD) {
        println!("!! {violation}");
    }
}
