//! A shipment as Darb Assabil's records show it: whose it is, where it stands, what was collected for it.

use jiff::Timestamp;
use kit::object;
use kit::written::Written;
use schemas::{Currency, Money};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::port::Booking;
use crate::tracking::{Entry, Tracked, Trail};

/// Of a record's many fields those that are needed here.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Record {
    #[serde(rename = "_id")]
    id: Written,
    reference: Written,
    status: Written,
    created_at: Written,
    payment_by: Written,
    products: Vec<Product>,
    invoices: Vec<Invoice>,
    timeline: Vec<Box<RawValue>>,
    #[serde(deserialize_with = "lenient")]
    tags: Vec<String>,
    #[serde(deserialize_with = "lenient")]
    metadata: Metadata,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    reference: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Product {
    #[serde(rename = "_id")]
    id: Written,
    quantity: Written,
}

/// What is owed and paid in one currency.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Invoice {
    currency: Written,
    items: Vec<Item>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Item {
    r#type: Written,
    amount: Written,
    payment_method: Written,
}

/// An event of its timeline.
#[derive(Deserialize)]
struct Event {
    r#type: String,
    timestamp: Timestamp,
    #[serde(default, deserialize_with = "lenient")]
    description: Description,
    #[serde(default, deserialize_with = "lenient")]
    remarks: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Description {
    ar: Option<String>,
    en: Option<String>,
}

/// For fields that anybody may have filled with anything: what is of another shape is nothing.
fn lenient<'de, T: DeserializeOwned + Default, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).unwrap_or_default())
}

impl Invoice {
    /// What the way costs: the way itself, and a box that is larger than the free one.
    pub(super) fn shipping(&self, currency: Currency) -> Option<Money> {
        let of_way = self.sum(currency, |item| item.r#type.says("shipping"))?;
        let of_box = self.sum(currency, |item| item.r#type.says("package-charge"));
        Some(Money::new(of_way.minor + of_box.map_or(0, |money| money.minor), currency))
    }

    /// What was paid in cash.
    fn paid(&self, currency: Currency) -> Option<Money> {
        self.sum(currency, |item| item.r#type.says("payment") && item.payment_method.says("cash"))
    }

    /// The sum of items; `None` where there is none of them, or one that cannot be read.
    fn sum(&self, currency: Currency, is_meant: impl Fn(&Item) -> bool) -> Option<Money> {
        if !self.currency.says(currency.code()) {
            return None;
        }
        let amounts = self.items.iter().filter(|item| is_meant(item));
        let amounts: Option<Vec<_>> =
            amounts.map(|item| Some(Money::parse(item.amount.text(), currency).ok()?.minor)).collect();
        let amounts = amounts.filter(|amounts| !amounts.is_empty())?;
        Some(Money::new(amounts.iter().sum(), currency))
    }
}

impl Record {
    /// What was booked; `None` where it cannot be named.
    pub(super) fn booking(&self) -> Option<Booking> {
        let cost = self.invoices.iter().find_map(|invoice| invoice.shipping(Currency::Lyd));
        Some(Booking { number: self.reference.given()?.to_owned(), id: Some(self.id.given()?.to_owned()), cost })
    }

    /// Its id.
    pub(super) fn id(&self) -> Option<&str> {
        self.id.given()
    }

    /// When it was made.
    pub(super) fn created_at(&self) -> Option<Timestamp> {
        self.created_at.text().parse().ok()
    }

    /// Whether it was made for a reference of ours.
    pub(super) fn is_of(&self, reference: &str) -> bool {
        self.metadata.reference.as_deref() == Some(reference) || self.tags.iter().any(|tag| tag == reference)
    }

    /// Whether it says that it was made for another one.
    pub(super) fn tells_another(&self, reference: &str) -> bool {
        self.metadata.reference.as_deref().is_some_and(|told| told != reference)
    }

    /// Its products, each by id and how many of it; `None` where one cannot be named.
    pub(super) fn products(&self) -> Option<Vec<(String, i64)>> {
        let product = |product: &Product| Some((product.id.given()?.to_owned(), product.quantity.text().parse().ok()?));
        let products: Option<Vec<_>> = self.products.iter().map(product).collect();
        products.filter(|products| !products.is_empty())
    }

    /// What has happened to it.
    pub(super) fn trail(&self, parcel: &Tracked) -> Trail {
        let (mut entries, mut malformed) = (Vec::new(), Vec::new());
        for raw in &self.timeline {
            match object::read::<Event>(raw.get().as_bytes()) {
                Ok(event) => entries.push(event.entry()),
                Err(_) => malformed.push(raw.get().to_owned()),
            }
        }
        entries.extend(self.standing(&entries));
        let is_completed = |entry: &&mut Entry| entry.raw.eq_ignore_ascii_case("completed");
        if let Some(entry) = entries.iter_mut().rev().find(is_completed) {
            entry.collected = self.collected();
        }
        Trail { number: parcel.number.clone(), entries, malformed, is_gone: false }
    }

    /// Its status where no event says it: some have none of their own. As of the last event, for it has no time either.
    fn standing(&self, entries: &[Entry]) -> Option<Entry> {
        let raw = self.status.given()?;
        if entries.iter().any(|entry| entry.raw.eq_ignore_ascii_case(raw)) {
            return None;
        }
        let at = entries.iter().map(|entry| entry.at).max().or_else(|| self.created_at().map(whole_seconds))?;
        Some(Entry { raw: raw.to_owned(), at, note: None, collected: None })
    }

    /// What was collected for the merchant. Where the receiver pays for the way as well, that is not part of it.
    fn collected(&self) -> Option<Money> {
        let currency = Currency::Lyd;
        let paid = self.invoices.iter().find_map(|invoice| invoice.paid(currency))?;
        let own = if self.payment_by.says("receiver") {
            self.invoices.iter().find_map(|invoice| invoice.shipping(currency)).map_or(0, |money| money.minor)
        } else {
            0
        };
        Some(Money::new(paid.minor - own, currency)).filter(|money| money.minor >= 0)
    }
}

impl Event {
    fn entry(self) -> Entry {
        let Description { ar, en } = self.description;
        let said = [ar.or(en), self.remarks].into_iter().flatten().map(|text| text.trim().to_owned());
        let note = said.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" — ");
        Entry {
            raw: self.r#type,
            at: whole_seconds(self.timestamp),
            note: Some(note).filter(|note| !note.is_empty()),
            collected: None,
        }
    }
}

fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

#[cfg(test)]
mod tests;
