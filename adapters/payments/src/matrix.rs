//! What every provider can do, as one table made from the cards: the README's is this one, and a test compares them.

use kit::EvidenceGrade;
use schemas::payment::Method;

use crate::card::{Callbacks, Card, Route};
use crate::registry::PROVIDERS;

/// The columns.
pub const HEADER: [&str; 9] = [
    "Provider",
    "Route",
    "Pays by",
    "Customer",
    "Smallest step",
    "Asked afterwards",
    "Callbacks",
    "Refunds",
    "Evidence",
];

/// A row for each route of each provider, in the order of the list.
pub fn rows() -> Vec<[String; 9]> {
    let cards = PROVIDERS.map(|provider| provider.card);
    cards.iter().flat_map(|card| card.routes.iter().map(|route| row(card, route))).collect()
}

/// The table in Markdown.
pub fn markdown() -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut table = line(&HEADER.map(str::to_owned));
    table.push_str(&format!("|{}\n", "---|".repeat(HEADER.len())));
    for row in rows() {
        table.push_str(&line(&row));
    }
    table
}

fn row(card: &Card, route: &Route) -> [String; 9] {
    [
        format!("{} (`{}`)", card.title.0, card.name),
        format!("`{}`", route.gateway),
        pays_by(route),
        customer(route),
        format!("{} {}", schemas::Money::new(route.step, route.currency), route.currency),
        if card.asks { "yes" } else { "no" }.to_owned(),
        callbacks(card.callbacks).to_owned(),
        if card.refunds { "by the provider" } else { "by hand, with evidence" }.to_owned(),
        evidence(card.evidence).to_owned(),
    ]
}

fn pays_by(route: &Route) -> String {
    match route.method {
        Method::Card => "card".to_owned(),
        Method::BankTransfer => "transfer".to_owned(),
        Method::CashOnDelivery => "cash".to_owned(),
        Method::Wallet => {
            let how = route.code.map_or_else(|| "on a page".to_owned(), |digits| format!("code of {digits}"));
            format!("{}: {how}", route.brands.join(", "))
        }
    }
}

fn customer(route: &Route) -> String {
    let phone = match route.needs.prefixes {
        _ if !route.needs.phone => None,
        [] => Some("telephone".to_owned()),
        prefixes => Some(format!("telephone 0{}", prefixes.join(", 0"))),
    };
    let year = route.needs.birth_year.then(|| "year of birth".to_owned());
    let needs: Vec<String> = phone.into_iter().chain(year).collect();
    if needs.is_empty() { "–".to_owned() } else { needs.join(", ") }
}

const fn callbacks(callbacks: Callbacks) -> &'static str {
    match callbacks {
        Callbacks::None => "none",
        Callbacks::Unsigned => "unsigned: a hint",
        Callbacks::Signed => "signed: a hint",
        Callbacks::Proving => "signed: a proof",
    }
}

const fn evidence(grade: EvidenceGrade) -> &'static str {
    match grade {
        EvidenceGrade::Documented => "documented",
        EvidenceGrade::Reported => "reported",
        EvidenceGrade::Assumed => "assumed",
        EvidenceGrade::Local => "local",
    }
}
