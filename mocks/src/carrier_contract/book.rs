//! What each carrier knows: its accounts, its shipments with what happened to them, its pickups.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{ALL, Account, Carrier};
use crate::{Parcel, amount::decimal};

/// A shipment.
#[derive(Debug, Clone)]
pub(super) struct Shipment {
    pub(super) number: String,
    pub(super) account: Account,
    pub(super) reference: String,
    pub(super) service: &'static str,
    pub(super) dirham: i64,
    /// What the driver collects, in dirham.
    pub(super) cash: Option<i64>,
    pub(super) callback_url: Option<String>,
    /// The last word of it.
    pub(super) status: String,
    /// When it was booked.
    pub(super) at: Timestamp,
}

impl Shipment {
    /// As the control surface shows it.
    pub(super) fn parcel(&self, carrier: &Carrier) -> Parcel {
        let (number, reference, status) = (self.number.clone(), Some(self.reference.clone()), self.status.clone());
        Parcel { provider: carrier.name, number, reference, status, at: self.at }
    }

    /// As it is on the wire.
    pub(super) fn row(&self) -> Value {
        json!({
            "number": self.number,
            "reference": self.reference,
            "service": self.service,
            "status": self.status,
            "cost": decimal(self.dirham),
            "currency": "LYD",
        })
    }
}

/// Something that happened to a shipment.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: u64,
    pub(super) number: String,
    reference: String,
    pub(super) status: String,
    at: Timestamp,
    note: Option<String>,
    collected: Option<i64>,
}

impl Event {
    /// As it is in the list of one shipment.
    pub(super) fn row(&self) -> Value {
        self.with(json!({ "id": self.id }))
    }

    /// As it is where it comes alone.
    pub(super) fn told(&self) -> Value {
        self.with(json!({ "id": self.id, "number": self.number, "reference": self.reference }))
    }

    fn with(&self, mut row: Value) -> Value {
        row["status"] = json!(self.status);
        row["occurred_at"] = json!(self.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        if let Some(note) = &self.note {
            row["note"] = json!(note);
        }
        if let Some(dirham) = self.collected {
            row["collected"] = json!(decimal(dirham));
        }
        row
    }
}

/// What is to be written down of a shipment.
#[derive(Debug, Default)]
pub(super) struct Happening {
    pub(super) status: String,
    pub(super) at: Timestamp,
    pub(super) note: Option<String>,
    pub(super) collected: Option<i64>,
}

/// One carrier.
pub(super) struct Book {
    accounts: Vec<Account>,
    shipments: Vec<Shipment>,
    /// Positions of shipments, by the account's key and the reference.
    by_reference: HashMap<(String, String), usize>,
    /// What happened, by the account's key; the first is number 1.
    events: HashMap<String, Vec<Event>>,
    /// Pickups as they are on the wire, by the account's key and the reference.
    pub(super) pickups: HashMap<(String, String), Value>,
    /// Rings whenever something happens; whoever streams listens.
    bell: watch::Sender<u64>,
}

/// Every carrier.
pub(crate) struct Carriers(HashMap<&'static str, Mutex<Book>>);

impl Default for Carriers {
    fn default() -> Self {
        let empty = || Book {
            accounts: Vec::new(),
            shipments: Vec::new(),
            by_reference: HashMap::new(),
            events: HashMap::new(),
            pickups: HashMap::new(),
            bell: watch::Sender::new(0),
        };
        Self(ALL.iter().map(|carrier| (carrier.name, Mutex::new(empty()))).collect())
    }
}

impl Carriers {
    /// Adds an account, or gives a new secret to a known one.
    pub(crate) fn add(&self, account: Account) -> Result<(), String> {
        if account.api_key.is_empty() || account.api_secret.is_empty() {
            return Err("an account of a carrier has a key and a secret".to_owned());
        }
        let book = self.0.get(account.carrier.as_str());
        let book = book.ok_or_else(|| format!("there is no carrier {}", account.carrier))?;
        let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
        book.accounts.retain(|known| known.api_key != account.api_key);
        book.accounts.push(account);
        Ok(())
    }

    /// One of them, for one request.
    pub(super) fn lock(&self, name: &str) -> MutexGuard<'_, Book> {
        let book = self.0.get(name).expect("every carrier has its book");
        book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    /// The account of a key.
    pub(super) fn account(&self, api_key: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.api_key == api_key)
    }

    /// Keeps a new shipment under its number; none if its reference is taken.
    pub(super) fn keep(&mut self, prefix: &str, shipment: Shipment) -> Option<Shipment> {
        let key = (shipment.account.api_key.clone(), shipment.reference.clone());
        if self.by_reference.contains_key(&key) {
            return None;
        }
        let position = self.shipments.len();
        let kept = Shipment { number: format!("{prefix}-{}", 284_510 + position), ..shipment };
        self.by_reference.insert(key, position);
        self.shipments.push(kept.clone());
        Some(kept)
    }

    /// An account's shipment, by its reference.
    pub(super) fn find(&self, account: &Account, reference: &str) -> Option<&Shipment> {
        let position = *self.by_reference.get(&(account.api_key.clone(), reference.to_owned()))?;
        Some(&self.shipments[position])
    }

    /// An account's shipment, by its number.
    pub(super) fn shipment(&self, account: &Account, number: &str) -> Option<&Shipment> {
        let mut own = self.shipments.iter().filter(|shipment| shipment.account.api_key == account.api_key);
        own.find(|shipment| shipment.number == number)
    }

    /// Any account's last shipment that is so.
    pub(super) fn last(&self, is_meant: impl Fn(&Shipment) -> bool) -> Option<Shipment> {
        self.shipments.iter().rev().find(|shipment| is_meant(shipment)).cloned()
    }

    /// Everything that was booked, the oldest first.
    pub(super) fn parcels(&self, carrier: &Carrier) -> Vec<Parcel> {
        self.shipments.iter().map(|shipment| shipment.parcel(carrier)).collect()
    }

    /// Writes down what happened to a shipment, and rings.
    pub(super) fn happen(&mut self, number: &str, happening: Happening) -> Option<Event> {
        let shipment = self.shipments.iter_mut().find(|shipment| shipment.number == number)?;
        shipment.status.clone_from(&happening.status);
        let events = self.events.entry(shipment.account.api_key.clone()).or_default();
        let event = Event {
            id: events.len() as u64 + 1,
            number: number.to_owned(),
            reference: shipment.reference.clone(),
            status: happening.status,
            at: happening.at,
            note: happening.note,
            collected: happening.collected,
        };
        events.push(event.clone());
        self.bell.send_modify(|rung| *rung += 1);
        Some(event)
    }

    /// What happened to a shipment, the oldest first.
    pub(super) fn events(&self, shipment: &Shipment) -> Vec<&Event> {
        let all = self.events.get(&shipment.account.api_key).into_iter().flatten();
        all.filter(|event| event.number == shipment.number).collect()
    }

    /// The first that happened to an account's shipments after a number.
    pub(super) fn next_event(&self, api_key: &str, after: u64) -> Option<Event> {
        self.events.get(api_key)?.iter().find(|event| event.id > after).cloned()
    }

    /// Hears from now on when something happens.
    pub(super) fn listen(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }
}
