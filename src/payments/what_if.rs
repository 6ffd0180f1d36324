//! What the requests of the last days would have come to under other rules. It changes nothing.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use jiff::SignedDuration;
use payments_adapters::registry;
use schemas::StoreId;
use schemas::payment::Customer;
use schemas::store::Mode;

use super::{Payments, customer_place};
use crate::db::Time;
use crate::db::routed::{self, Routed};
use crate::db::routing_rules::Owner;
use crate::refusal::Refusal;
use crate::routing::{Port, Rule, Standing, Wanted};

/// The most requests that are looked at.
pub const MOST_REQUESTS: usize = 100_000;
/// The most days.
pub const MOST_DAYS: u32 = 31;
/// How many are held in memory at once.
const PAGE: i64 = 1_000;

/// What was served by somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// How many.
    pub count: i64,
    /// How much, in minor units.
    pub amount: i64,
    /// What it cost.
    pub fees: i64,
}

impl Share {
    fn add(&mut self, amount: i64, fee: i64) {
        self.count += 1;
        self.amount = self.amount.saturating_add(amount);
        self.fees = self.fees.saturating_add(fee);
    }
}

/// What would have been.
#[derive(Debug, Clone, Default)]
pub struct WouldBe {
    /// How many requests were looked at.
    pub requests: usize,
    /// Whether there were more of them.
    pub is_cut: bool,
    /// By provider and money: as it was, and as it would have been.
    pub shares: BTreeMap<(String, &'static str), (Share, Share)>,
    /// How many would have gone elsewhere.
    pub moved: i64,
    /// How many nobody could have served.
    pub unserved: i64,
}

/// What is known of a store while its requests are gone through.
struct Known {
    rules: Vec<Rule>,
    standings: Vec<Standing>,
}

impl Payments {
    /// Goes through the requests of the last days, under the rules that would hold if an owner's list were another one. Which
    /// requests named their provider is not kept: all are taken to have named nobody. Breakers are not counted.
    pub async fn what_if(&self, owner: Owner, rules: &[Rule], days: u32) -> Result<WouldBe, Refusal> {
        let back = SignedDuration::from_hours(i64::from(days) * 24);
        let since = Time::from(self.ambient.now().checked_sub(back).unwrap_or(jiff::Timestamp::MIN));
        let mode = Mode::from_livemode(owner.livemode);
        let mut known: HashMap<StoreId, Known> = HashMap::new();
        let mut would_be = WouldBe::default();
        let mut before = None;
        loop {
            let page = routed::page(&self.db, owner.store, owner.livemode, since, before, PAGE).await?;
            for request in &page {
                if would_be.requests == MOST_REQUESTS {
                    would_be.is_cut = true;
                    return Ok(would_be);
                }
                let known = match known.entry(request.store_id) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(unknown) => {
                        let store = request.store_id;
                        let rules = self.routing.book.holding_with(store, Port::Payments, owner, rules).await?;
                        let standings = self.routing.standings(store, mode).await?;
                        unknown.insert(Known { rules, standings })
                    }
                };
                self.imagine(request, known, mode, &mut would_be)?;
            }
            before = page.last().map(|request| request.id);
            if page.len() < usize::try_from(PAGE).unwrap_or_default() {
                return Ok(would_be);
            }
        }
    }

    fn imagine(&self, request: &Routed, known: &Known, mode: Mode, would_be: &mut WouldBe) -> Result<(), Refusal> {
        let customer = self.customer_of_request(request)?;
        // Of one that a fallback served from the start it is known alone who should have.
        let instead = request.fallback_from.as_deref().filter(|from| request.attempt == 1 && *from != request.provider);
        let meant = instead.and_then(registry::card);
        let wanted = Wanted {
            store: request.store_id,
            mode,
            method: meant.map_or(request.method, |card| card.method()),
            brand: request.brand.as_deref(),
            bank: request.bank.as_deref(),
            reference: Some(&request.reference),
            currency: request.currency,
            amount: Some(request.amount),
            customer: Some(&customer),
            provider: None,
        };
        let imagined = self.routing.imagined(wanted, &known.standings, &known.rules);
        would_be.requests += 1;
        let key = |provider: &str| (provider.to_owned(), request.currency.code());
        let fee = self.routing.fee(&request.provider, &request.gateway, request.amount);
        would_be.shares.entry(key(&request.provider)).or_default().0.add(request.amount, fee);
        match imagined {
            Some(one) => {
                would_be.shares.entry(key(one.card.name)).or_default().1.add(request.amount, one.fee);
                would_be.moved += i64::from(one.card.name != request.provider);
            }
            None => would_be.unserved += 1,
        }
        Ok(())
    }

    fn customer_of_request(&self, request: &Routed) -> Result<Customer, Refusal> {
        let Some(sealed) = &request.customer else { return Ok(Customer::default()) };
        let clear = self.vault.open(customer_place(request.store_id, request.id), sealed);
        let clear = clear.map_err(|_| Refusal::Internal("a sealed customer cannot be opened"))?;
        serde_json::from_slice(&clear).map_err(|_| Refusal::Internal("a customer cannot be read"))
    }
}
