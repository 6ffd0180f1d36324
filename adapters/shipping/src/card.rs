//! What a carrier is, as static data: its services with their limits, the words of its statuses, how well it is known.

use kit::EvidenceGrade;
use schemas::shipping::{Length, ShipmentStatus, Weight};
use schemas::{Currency, Money, Text};
use serde::Serialize;

/// What a carrier is.
#[derive(Debug, Clone, Serialize)]
pub struct Card {
    /// The name in paths, configuration and logs.
    pub name: &'static str,
    /// For people: English and Arabic.
    pub title: (&'static str, &'static str),
    /// What it offers, the one to prefer first.
    #[serde(skip)]
    pub services: &'static [Service],
    /// What its accounts may be in.
    pub currencies: &'static [Currency],
    /// How well its protocol is known.
    pub evidence: EvidenceGrade,
    /// Whether it can be asked what it booked under a reference of ours.
    pub finds: bool,
    /// How it can be followed, beside polls: by callbacks…
    pub callbacks: Callbacks,
    /// …and by what is gone for: accounts of a carrier that has neither are not gone through for it.
    pub feed: Feed,
    /// What its callbacks are answered with: content type and body.
    pub callback_answer: (&'static str, &'static str),
    /// Its own words for where a parcel stands. What is not in here is kept as it came, and changes nothing.
    #[serde(skip)]
    pub statuses: &'static [StatusWord],
}

/// A carrier's word for where a parcel stands.
#[derive(Debug, Clone, Copy)]
pub struct StatusWord {
    /// As it comes, compared without case.
    pub raw: &'static str,
    /// What it means.
    pub status: ShipmentStatus,
}

impl StatusWord {
    /// A word and what it means.
    pub const fn new(raw: &'static str, status: ShipmentStatus) -> Self {
        Self { raw, status }
    }
}

/// One service of a carrier: data that eligibility and promises are computed from.
#[derive(Debug, Clone)]
pub struct Service {
    /// The word of the facade: `same_day`, `light_cargo`.
    pub key: &'static str,
    /// The carrier's own word for it on the wire.
    pub wire: &'static str,
    /// For people: English and Arabic.
    pub title: (&'static str, &'static str),
    /// The heaviest that all parcels of a shipment may be together.
    pub most_weight: Option<Weight>,
    /// The largest parcel, in any orientation.
    pub most_size: Option<[Length; 3]>,
    /// From where to where.
    pub route: Route,
    /// What it is said to cost, where nobody is asked or answers.
    pub price: Price,
    /// When it arrives.
    pub promise: Promise,
    /// Until when it must be handed over to be counted as of the day: hour and minute in Tripoli.
    pub cutoff: Option<(i8, i8)>,
    /// Whether it can be followed.
    pub tracking: bool,
    /// Whether it is insured.
    pub insurance: bool,
    /// Whether the driver can collect money.
    pub cash_on_delivery: bool,
}

/// From where to where a service goes. Cities are ids of the gazetteer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Between any two cities that the carrier covers.
    Anywhere,
    /// Between any two of these.
    Between(&'static [&'static str]),
    /// Within any one of these.
    Within(&'static [&'static str]),
    /// These ways, in both directions.
    Ways(&'static [(&'static str, &'static str)]),
}

impl Route {
    /// Whether the service goes from one city to another.
    pub fn goes(self, from: &str, to: &str) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Between(cities) => cities.contains(&from) && cities.contains(&to),
            Self::Within(cities) => from == to && cities.contains(&from),
            Self::Ways(ways) => ways.contains(&(from, to)) || ways.contains(&(to, from)),
        }
    }

    /// Every city that it names.
    pub fn cities(self) -> Vec<&'static str> {
        match self {
            Self::Anywhere => Vec::new(),
            Self::Between(cities) | Self::Within(cities) => cities.to_vec(),
            Self::Ways(ways) => ways.iter().flat_map(|(from, to)| [*from, *to]).collect(),
        }
    }
}

/// What a service is said to cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Price {
    /// From so many to so many minor units of the dinar.
    Between(i64, i64),
    /// The carrier alone knows.
    Asked,
}

/// When a parcel of a service arrives, counted from the day it is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// On that very day.
    SameDay,
    /// After so many open days.
    Days(u8, u8),
    /// After so many hours; where that falls on a closed day, on the next open one.
    Hours(u8, u8),
}

/// What the callbacks of a carrier are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Callbacks {
    /// There are none.
    None,
    /// Their proof covers no more than that the sender knows a shared word: each brings a question forward.
    Hinting,
    /// Their proof covers what they say: each is taken in as it is.
    Proving,
}

/// What a carrier tells where we come for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Feed {
    /// Nothing.
    None,
    /// A stream, which is listened to.
    Push,
    /// Files, which are looked for.
    Drops,
}

impl Card {
    /// The title in both languages.
    pub fn text(&self) -> Text {
        Text::new(self.title.0, self.title.1)
    }

    /// A service by its word in the facade.
    pub fn service(&self, key: &str) -> Option<&'static Service> {
        self.services.iter().find(|service| service.key == key)
    }

    /// What a word of the carrier's means; nothing where it is not known.
    pub fn status(&self, raw: &str) -> Option<ShipmentStatus> {
        let raw = raw.trim();
        self.statuses.iter().find(|word| word.raw.eq_ignore_ascii_case(raw)).map(|word| word.status)
    }
}

impl Service {
    /// The title in both languages.
    pub fn text(&self) -> Text {
        Text::new(self.title.0, self.title.1)
    }

    /// Whether a parcel of this size fits, in some orientation.
    pub fn takes_size(&self, size: [Length; 3]) -> bool {
        let Some(mut most) = self.most_size else { return true };
        let mut size = size;
        most.sort_unstable();
        size.sort_unstable();
        size.iter().zip(most).all(|(length, most)| *length <= most)
    }

    /// The span of its listed price.
    pub fn listed_price(&self) -> Option<(Money, Money)> {
        match self.price {
            Price::Between(least, most) => Some((Money::new(least, Currency::Lyd), Money::new(most, Currency::Lyd))),
            Price::Asked => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_go_both_ways_and_nowhere_else() {
        let ways = Route::Ways(&[("tripoli", "benghazi")]);
        assert!(ways.goes("tripoli", "benghazi") && ways.goes("benghazi", "tripoli"));
        assert!(!ways.goes("tripoli", "tripoli") && !ways.goes("tripoli", "misrata"));
        let within = Route::Within(&["tripoli", "benghazi"]);
        assert!(within.goes("tripoli", "tripoli") && !within.goes("tripoli", "benghazi"));
        let between = Route::Between(&["tripoli", "benghazi"]);
        assert!(between.goes("tripoli", "benghazi") && !between.goes("tripoli", "misrata"));
    }
}
