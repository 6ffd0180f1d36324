//! What every carrier can do, as one table made from the cards: the README's is this one, and a test compares them.

use kit::EvidenceGrade;
use schemas::{Currency, Money};

use crate::card::{Callbacks, Card, Price, Promise, Route, Service};
use crate::registry::PROVIDERS;

/// The columns.
pub const HEADER: [&str; 10] = [
    "Carrier",
    "Service",
    "Parcels up to",
    "From, to",
    "Listed price",
    "Arrives",
    "Cash on delivery",
    "Found by our reference",
    "Callbacks",
    "Evidence",
];

/// A row for each service of each carrier, in the order of the list.
pub fn rows() -> Vec<[String; 10]> {
    let cards = PROVIDERS.map(|provider| provider.card);
    cards.iter().flat_map(|card| card.services.iter().map(|service| row(card, service))).collect()
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

fn row(card: &Card, service: &Service) -> [String; 10] {
    [
        format!("{} (`{}`)", card.title.0, card.name),
        format!("`{}`", service.key),
        most(service),
        way(service.route),
        price(service.price),
        arrives(service),
        yes(service.cash_on_delivery),
        yes(card.finds),
        callbacks(card.callbacks).to_owned(),
        evidence(card.evidence).to_owned(),
    ]
}

fn yes(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}

fn most(service: &Service) -> String {
    let weight = service.most_weight.map(|most| format!("{most} kg"));
    let size = service.most_size.map(|[length, width, height]| format!("{length} × {width} × {height} cm"));
    let limits: Vec<String> = weight.into_iter().chain(size).collect();
    if limits.is_empty() { "–".to_owned() } else { limits.join(", ") }
}

fn way(route: Route) -> String {
    match route {
        Route::Anywhere => "wherever it goes".to_owned(),
        Route::Between(cities) => format!("between {}", cities.join(", ")),
        Route::Within(cities) => format!("within {}", cities.join(", ")),
        Route::Ways(ways) => ways.iter().map(|(from, to)| format!("{from} ⇄ {to}")).collect::<Vec<_>>().join(", "),
    }
}

fn price(price: Price) -> String {
    let money = |minor| Money::new(minor, Currency::Lyd);
    match price {
        Price::Between(least, most) => format!("{} to {} LYD", money(least), money(most)),
        Price::Asked => "asked".to_owned(),
    }
}

fn arrives(service: &Service) -> String {
    let within = match service.promise {
        Promise::SameDay => "same day".to_owned(),
        Promise::Days(1, 1) => "next open day".to_owned(),
        Promise::Days(from, to) if from == to => format!("{from} days"),
        Promise::Days(from, to) => format!("{from} to {to} days"),
        Promise::Hours(from, to) => format!("{from} to {to} hours"),
    };
    match service.cutoff {
        Some((hour, minute)) => format!("{within}, by {hour:02}:{minute:02}"),
        None => within,
    }
}

const fn callbacks(callbacks: Callbacks) -> &'static str {
    match callbacks {
        Callbacks::None => "none",
        Callbacks::Hinting => "a hint",
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
