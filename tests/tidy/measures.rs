//! What is measured: the code measures the names of the list and no others, and so do the board and the rules.

use std::collections::BTreeSet;

use jisr::telemetry::measures::{Kind, MEASURES};

use super::reader::{read, sources};
use super::report;

/// Labels that Prometheus adds.
const ADDED: [&str; 3] = ["le", "job", "instance"];

fn known() -> Vec<(&'static str, Kind, &'static [&'static str])> {
    MEASURES.iter().map(|measure| (measure.name, measure.kind, measure.labels)).collect()
}

/// A name as expressions write it, and the labels that are asked for behind it.
fn names(expression: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(at) = rest.find("jisr_") {
        let end = rest[at..]
            .find(|one: char| !(one.is_ascii_alphanumeric() || one == '_'))
            .map_or(rest.len(), |end| at + end);
        let (name, behind) = (rest[at..end].to_owned(), &rest[end..]);
        let asked = behind.strip_prefix('{').and_then(|asked| asked.split_once('}')).map_or("", |(asked, _)| asked);
        let labels =
            asked.split(',').filter_map(|one| one.split_once(['=', '!'])).map(|(label, _)| label.trim().to_owned());
        found.push((name, labels.collect()));
        rest = behind;
    }
    found
}

/// What an expression has that nothing measures.
fn unmeasured(expression: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, labels) in names(expression) {
        let of_kind = |kind: Kind, known: &str| match kind {
            Kind::Seconds => ["_bucket", "_sum", "_count"].iter().any(|end| name == format!("{known}{end}")),
            Kind::Counter | Kind::Gauge => name == known,
        };
        match known().into_iter().find(|(known, kind, _)| of_kind(*kind, known)) {
            None => wrong.push(name),
            Some((_, _, has)) => {
                let unknown =
                    labels.iter().filter(|label| !has.contains(&label.as_str()) && !ADDED.contains(&label.as_str()));
                wrong.extend(unknown.map(|label| format!("{name}{{{label}}}")));
            }
        }
    }
    wrong
}

/// Every expression of the board.
fn board() -> Vec<String> {
    let board: serde_json::Value = serde_json::from_str(&read("deploy/grafana/jisr.json")).expect("the board is JSON");
    let panels = board["panels"].as_array().expect("panels");
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().expect("targets"));
    targets.map(|target| target["expr"].as_str().expect("an expression").to_owned()).collect()
}

/// Every expression of the rules.
fn rules() -> Vec<String> {
    let text = read("deploy/prometheus/alerts.yml");
    text.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).map(str::to_owned).collect()
}

#[test]
fn the_code_measures_what_the_list_says() {
    let mut measured = BTreeSet::new();
    for file in sources().into_iter().filter(|file| file.path.starts_with("src/") || file.path.starts_with("adapters/"))
    {
        for macro_name in ["counter!(", "gauge!(", "histogram!("] {
            for (at, found) in file.text.match_indices(macro_name) {
                let name = file.text[at + found.len()..]
                    .trim_start()
                    .strip_prefix('"')
                    .and_then(|name| name.split('"').next());
                measured.extend(name.map(str::to_owned));
            }
        }
    }
    let listed: BTreeSet<String> = MEASURES.iter().map(|measure| measure.name.to_owned()).collect();
    report(
        "these are measured or listed in src/telemetry/measures.rs, not both",
        measured.symmetric_difference(&listed),
    );
}

#[test]
fn the_board_and_the_rules_ask_for_what_is_measured() {
    let (board, rules) = (board(), rules());
    assert!(board.len() > 20 && rules.len() > 15, "{} and {} expressions were found", board.len(), rules.len());
    let wrong: BTreeSet<String> = board.iter().chain(&rules).flat_map(|expression| unmeasured(expression)).collect();
    report("nothing measures these", wrong);
    let asked: BTreeSet<String> =
        board.iter().chain(&rules).flat_map(|expression| names(expression)).map(|(name, _)| name).collect();
    let forgotten = MEASURES.iter().filter(|measure| !asked.iter().any(|name| name.starts_with(measure.name)));
    report("nobody looks at these", forgotten.map(|measure| measure.name));
}

#[test]
fn every_rule_speaks_both_languages() {
    let text = read("deploy/prometheus/alerts.yml");
    let count = |begins: &str| text.lines().filter(|line| line.trim().starts_with(begins)).count();
    let rules = count("- alert: ");
    let arabic = |line: &&str| {
        line.trim().starts_with("summary_ar: ") && line.chars().any(|one| ('\u{621}'..='\u{64a}').contains(&one))
    };
    assert_eq!((count("summary: "), text.lines().filter(arabic).count(), count("severity: ")), (rules, rules, rules));
}

#[test]
fn expressions_are_read_as_they_are_meant() {
    assert_eq!(unmeasured(r#"sum(rate(jisr_http_request_seconds_count{status=~"5..",job="jisr"}[5m]))"#), [""; 0]);
    assert_eq!(unmeasured(r#"jisr_tasks{provider="x"} + jisr_nothing"#), ["jisr_tasks{provider}", "jisr_nothing"]);
    assert_eq!(unmeasured("jisr_http_request_seconds"), ["jisr_http_request_seconds"]);
}
