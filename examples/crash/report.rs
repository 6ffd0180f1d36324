//! What a run found, as a table for people.

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;

use crate::World;
use crate::database::Backend;
use crate::settle::Waited;

/// As many violations are told; the number of all is told too.
const TOLD: usize = 40;

/// What a run found.
pub struct Outcome {
    backend: Backend,
    figures: Vec<(String, String)>,
    pub violations: Vec<String>,
}

impl Outcome {
    pub fn figure(&mut self, name: &str, value: impl ToString) {
        self.figures.push((name.to_owned(), value.to_string()));
    }

    pub fn violation(&mut self, what: impl Into<String>) {
        self.violations.push(what.into());
    }

    fn of(&self, name: &str) -> &str {
        self.figures.iter().find(|(own, _)| own == name).map_or("-", |(_, value)| value)
    }
}

/// The figures that are known before the audit.
pub fn gather(world: &World, backend: Backend, rounds: u32, early: u32, waited: &Waited) -> Outcome {
    let mut outcome = Outcome { backend, figures: Vec::new(), violations: Vec::new() };
    outcome.figure("kills", rounds);
    outcome.figure("  of them during a start", early);
    outcome.figure("terminals", world.shops.len());
    outcome.figure("last restart → provider's word known", format!("{:.1} s", waited.decided.as_secs_f64()));
    outcome.figure("last restart → nothing open", format!("{:.1} s", waited.everything.as_secs_f64()));
    outcome.figure("requests sent again", world.shops.iter().map(|shop| shop.client.repeats()).sum::<u64>());
    outcome.figure("payments", world.ledger.sales().len());
    outcome
}

/// Prints the table, and the violations below it.
#[expect(clippy::print_stdout, reason = "this is what the example is for")]
pub fn print(outcomes: &[Outcome]) {
    let mut table = Table::new();
    let header = outcomes.iter().map(|outcome| outcome.backend.to_string());
    table.load_preset(UTF8_FULL_CONDENSED).set_header(std::iter::once(String::new()).chain(header));
    let names = outcomes.iter().max_by_key(|outcome| outcome.figures.len()).into_iter().flat_map(|one| &one.figures);
    for (name, _) in names {
        let values = outcomes.iter().map(|outcome| outcome.of(name));
        table.add_row(std::iter::once(name.as_str()).chain(values));
    }
    let violations = outcomes.iter().map(|outcome| outcome.violations.len().to_string());
    table.add_row(std::iter::once("violations".to_owned()).chain(violations));
    println!("{table}");
    for outcome in outcomes {
        for violation in outcome.violations.iter().take(TOLD) {
            println!("!! {}: {violation}", outcome.backend);
        }
    }
}
