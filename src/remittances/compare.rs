//! The comparison: the parcels that a carrier brought for a store against its statement, row by row. A pure function: every
//! row, and every parcel whose cash is missing, is in exactly one outcome.

use std::collections::{HashMap, HashSet};

use schemas::remittance::RemittanceOutcome;
use schemas::{Currency, Money, ShipmentId};

use super::read::{Cash, Row, Told};

/// A parcel of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// The shipment.
    pub id: ShipmentId,
    /// Whether the carrier of the statement carries it.
    pub theirs: bool,
    /// Whether it holds its reference: it has not failed and was not cancelled.
    pub stands: bool,
    /// Whether it was delivered.
    pub delivered: bool,
    /// What was to be collected.
    pub cash: Option<Money>,
    /// Whether another statement hands its cash over.
    pub handed_over: bool,
    /// Whether its cash, in the statement's currency, was to be handed over by now, and no other statement tells of it.
    pub due: bool,
    /// The carrier's number.
    pub tracking_number: Option<String>,
    /// The store's own name for it.
    pub reference: String,
}

/// Everything of ours that the statement may name or lack.
#[derive(Debug, Default)]
pub struct Ours {
    parcels: HashMap<ShipmentId, Parcel>,
    numbers: HashMap<String, ShipmentId>,
    references: HashMap<String, ShipmentId>,
}

/// One outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about, whenever the statement is compared again.
    pub key: String,
    /// The number of the row; none for a parcel that no row names.
    pub number: Option<i64>,
    /// What it says.
    pub outcome: RemittanceOutcome,
    /// The parcel.
    pub shipment: Option<ShipmentId>,
    /// The carrier's number.
    pub tracking_number: Option<String>,
    /// The reference.
    pub reference: Option<String>,
    /// What was to be handed over, in minor units.
    pub expected: Option<i64>,
    /// What the carrier says that it collected.
    pub amount: Option<i64>,
    /// What it keeps.
    pub fee: Option<i64>,
    /// What it hands over.
    pub net: Option<i64>,
    /// ISO 8601.
    pub day: Option<String>,
    /// Why it cannot be read, or what else is to be known.
    pub note: Option<String>,
    /// The row as it came.
    pub raw: Option<String>,
}

impl Ours {
    /// Parcels, and the references by which they were booked at carriers. Of several with one name the one that counts is the
    /// carrier's own, then one that stands, then the newest.
    pub fn new(mut parcels: Vec<Parcel>, booked: Vec<(String, ShipmentId)>) -> Self {
        parcels.sort_by_key(|parcel| (parcel.theirs, parcel.stands, parcel.id));
        let mut ours = Self::default();
        for parcel in parcels {
            if let Some(number) = &parcel.tracking_number {
                ours.numbers.insert(number.clone(), parcel.id);
            }
            ours.references.insert(parcel.reference.clone(), parcel.id);
            ours.parcels.insert(parcel.id, parcel);
        }
        ours.references.extend(booked);
        ours
    }

    /// The parcel that a row names: by the carrier's number, else by a reference; another carrier's only where no name leads
    /// to one of this carrier's.
    fn named(&self, row: &Row) -> Option<&Parcel> {
        let by_number = row.tracking_number.as_ref().and_then(|number| self.numbers.get(number));
        let by_reference = row.reference.as_ref().and_then(|reference| self.references.get(reference));
        let found: Vec<&Parcel> =
            [by_number, by_reference].into_iter().flatten().filter_map(|id| self.parcels.get(id)).collect();
        found.iter().find(|parcel| parcel.theirs).or(found.first()).copied()
    }
}

/// Compares a statement in this currency.
pub fn compare(ours: &Ours, rows: &[Row], currency: Currency) -> Vec<Line> {
    let mut page = Page { ours, currency, named: HashSet::new(), handed_over: HashSet::new() };
    let mut lines: Vec<Line> = rows.iter().map(|row| page.row(row)).collect();
    let mut missing: Vec<&Parcel> =
        ours.parcels.values().filter(|parcel| parcel.due && !page.named.contains(&parcel.id)).collect();
    missing.sort_by_key(|parcel| parcel.id);
    lines.extend(missing.into_iter().map(missing_line));
    lines
}

/// The comparison while it is being written.
struct Page<'a> {
    ours: &'a Ours,
    currency: Currency,
    /// Parcels of the carrier that a row names.
    named: HashSet<ShipmentId>,
    /// Those whose cash a row hands over.
    handed_over: HashSet<ShipmentId>,
}

impl Page<'_> {
    fn row(&mut self, row: &Row) -> Line {
        let parcel = self.ours.named(row);
        if let Some(parcel) = parcel.filter(|parcel| parcel.theirs) {
            self.named.insert(parcel.id);
        }
        let line = blank(row, parcel);
        match (&row.told, parcel) {
            (Told::Malformed { why, raw }, _) => {
                let (note, raw) = (Some((*why).to_owned()), Some(raw.clone()));
                Line { outcome: RemittanceOutcome::Malformed, note, raw, ..line }
            }
            (Told::Foreign(words), None) => Line { note: Some(words.clone()), ..line },
            (Told::Foreign(words), Some(parcel)) => {
                let outcome = if parcel.theirs { RemittanceOutcome::OtherCurrency } else { RemittanceOutcome::NotOurs };
                Line { outcome, note: Some(words.clone()), ..line }
            }
            (Told::Cash(cash), None) => told(line, cash),
            (Told::Cash(cash), Some(parcel)) => self.cash(told(line, cash), cash, parcel),
        }
    }

    /// What is due for a parcel is its cash, once, when it was delivered; anything else is nothing.
    fn cash(&mut self, line: Line, cash: &Cash, parcel: &Parcel) -> Line {
        if !parcel.theirs {
            return Line { outcome: RemittanceOutcome::NotOurs, ..line };
        }
        let due = match parcel.cash {
            Some(due) if due.currency != self.currency => {
                let note = Some(format!("the parcel's cash is {due} {}", due.currency));
                return Line { outcome: RemittanceOutcome::OtherCurrency, note, ..line };
            }
            due => due.map(|due| due.minor),
        };
        let again = parcel.handed_over || self.handed_over.contains(&parcel.id);
        let (expected, otherwise) = match due {
            None => (0, RemittanceOutcome::NoCash),
            Some(_) if again => (0, RemittanceOutcome::RemittedTwice),
            Some(_) if !parcel.delivered => (0, RemittanceOutcome::NotDelivered),
            Some(due) => (due, RemittanceOutcome::AmountDiffers),
        };
        let outcome = if cash.amount == expected { RemittanceOutcome::Matched } else { otherwise };
        if outcome.hands_over() && cash.amount > 0 {
            self.handed_over.insert(parcel.id);
        }
        Line { outcome, expected: Some(expected), ..line }
    }
}

fn missing_line(parcel: &Parcel) -> Line {
    Line {
        key: format!("missing:{}", parcel.id),
        number: None,
        outcome: RemittanceOutcome::Missing,
        shipment: Some(parcel.id),
        tracking_number: parcel.tracking_number.clone(),
        reference: Some(parcel.reference.clone()),
        expected: parcel.cash.map(|cash| cash.minor),
        amount: None,
        fee: None,
        net: None,
        day: None,
        note: None,
        raw: None,
    }
}

/// A row that names its parcel, or none, and says nothing yet.
fn blank(row: &Row, parcel: Option<&Parcel>) -> Line {
    let number = parcel.and_then(|parcel| parcel.tracking_number.clone());
    Line {
        key: format!("row:{}", row.number),
        number: Some(row.number),
        outcome: RemittanceOutcome::UnknownParcel,
        shipment: parcel.map(|parcel| parcel.id),
        tracking_number: row.tracking_number.clone().or(number),
        reference: row.reference.clone().or_else(|| parcel.map(|parcel| parcel.reference.clone())),
        expected: None,
        amount: None,
        fee: None,
        net: None,
        day: row.day.map(|day| day.to_string()),
        note: None,
        raw: None,
    }
}

fn told(line: Line, cash: &Cash) -> Line {
    Line { amount: Some(cash.amount), fee: cash.fee, net: Some(cash.net), ..line }
}

#[cfg(test)]
mod tests;
