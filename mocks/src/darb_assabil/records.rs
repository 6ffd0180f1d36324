//! What Darb Assabil keeps: its accounts, the contacts that they share, and the shipments.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};

use super::{Account, NAME, answer, is_id, request::Page, shipment::Shipment};
use crate::{Parcel, Ship, amount::dirham, chance::Chance, exchange::Refusal};

/// The first shipment's number.
const FIRST: u64 = 2_057_001;

/// What the lock guards.
#[derive(Default)]
pub(crate) struct State {
    accounts: Vec<Account>,
    /// By telephone number; each with its id and what accounts call it.
    contacts: HashMap<String, (String, Vec<(String, String)>)>,
    shipments: Vec<Shipment>,
    /// How many there have been, deleted ones as well.
    count: u64,
}

/// The state of the provider.
#[derive(Default)]
pub(crate) struct Records(Mutex<State>);

impl Records {
    /// Adds an account, or changes the one of the same id.
    pub(crate) fn add(&self, account: Account) -> Result<(), String> {
        let has_ids = is_id(&account.account_id) && account.plans.iter().all(|plan| is_id(&plan.id));
        if !has_ids || account.api_key.is_empty() {
            return Err("an account has a key, and ids of 24 hexadecimal digits".to_owned());
        }
        let mut state = self.lock();
        state.accounts.retain(|known| known.account_id != account.account_id);
        state.accounts.push(account);
        Ok(())
    }

    /// The state, for one request.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The account of an id.
    pub(super) fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.account_id == id)
    }

    /// The contact of a number, made if there is none, called so by an account.
    pub(super) fn contact(&mut self, account: &Account, name: &str, phone: &str, chance: &Chance) -> Value {
        let (id, names) = self.contacts.entry(phone.to_owned()).or_insert_with(|| (new_id(chance), Vec::new()));
        names.retain(|(known, _)| *known != account.account_id);
        names.push((account.account_id.clone(), name.to_owned()));
        let accounts: Vec<&String> = names.iter().map(|(account, _)| account).collect();
        let name_map: Value = names.iter().map(|(account, name)| (account.clone(), json!(name))).collect();
        json!({ "_id": id, "phone": phone, "accounts": accounts, "nameMap": name_map, "successCount": 0, "failureCount": 0 })
    }

    /// Whether there is a contact of this id.
    pub(super) fn has_contact(&self, id: &str) -> bool {
        self.contacts.values().any(|(known, _)| known == id)
    }

    /// The number of the next shipment.
    pub(super) fn next_number(&mut self) -> u64 {
        self.count += 1;
        FIRST + self.count
    }

    /// Keeps a new shipment.
    pub(super) fn keep(&mut self, shipment: Shipment) {
        self.shipments.push(shipment);
    }

    /// A page of an account's records.
    pub(super) fn page(&self, account: &Account, page: &Page) -> Value {
        let is_meant = |shipment: &&Shipment| {
            shipment.account_id == account.account_id
                && page.reference.as_ref().is_none_or(|reference| shipment.reference == *reference)
        };
        let mut found: Vec<&Shipment> = self.shipments.iter().filter(is_meant).collect();
        match page.sort.as_deref() {
            Some(sort) if sort.contains("updatedAt") => found.sort_by_key(|shipment| shipment.updated_at),
            Some(_) => found.sort_by_key(|shipment| shipment.created_at),
            None => {}
        }
        if page.sort.is_some() {
            found.reverse();
        }
        let shown: Vec<Value> = found.into_iter().skip(page.offset).take(page.limit).map(Shipment::record).collect();
        json!({ "results": shown })
    }

    /// An account's record, by its id.
    pub(super) fn shipment(&mut self, account: &Account, id: &str) -> Option<&mut Shipment> {
        self.shipments.iter_mut().find(|shipment| shipment.id == id && shipment.account_id == account.account_id)
    }

    /// Deletes a record for good.
    pub(super) fn delete(&mut self, account: &Account, id: &str) -> Result<(), Refusal> {
        let shipment = self.shipment(account, id).ok_or_else(not_found)?;
        if !shipment.is_deletable() {
            return Err(answer::declined(
                "Shipment can not be deleted once it is picked up",
                "localShipments.params.id",
            ));
        }
        self.shipments.retain(|shipment| shipment.id != id);
        Ok(())
    }

    /// What happens to a parcel on its way.
    pub(super) fn happen(&mut self, act: &Ship) -> Result<Parcel, String> {
        if act.at.is_some() {
            return Err("it dates everything by its own clock".to_owned());
        }
        let collected = act.collected.as_deref().map(dirham).transpose()?;
        let is_meant = |shipment: &&mut Shipment| act.means(&shipment.numbers(), shipment.own_reference());
        let shipment = self.shipments.iter_mut().rev().find(is_meant).ok_or("there is no such parcel")?;
        match act.status.as_str() {
            "booked" => shipment.book_in(act.note.as_deref()),
            word => shipment.happen(word, act.note.as_deref(), collected),
        }
        Ok(parcel(shipment))
    }

    /// Every parcel, oldest first.
    pub(super) fn parcels(&self) -> Vec<Parcel> {
        self.shipments.iter().map(parcel).collect()
    }
}

fn parcel(shipment: &Shipment) -> Parcel {
    Parcel {
        provider: NAME,
        number: shipment.reference.clone(),
        reference: shipment.own_reference().map(str::to_owned),
        status: shipment.status.clone(),
        at: shipment.created_at,
    }
}

/// Nobody knows how the real one says it.
pub(super) fn not_found() -> Refusal {
    Refusal::decline(answer::no(axum::http::StatusCode::OK, "Shipment is not found!", None))
}

/// An id that nobody has.
pub(super) fn new_id(chance: &Chance) -> String {
    format!("{:08x}{:016x}", chance.below(1 << 32), chance.below(u64::MAX))
}
