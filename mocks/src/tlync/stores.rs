//! What T-Lync keeps: its stores, how often each calls, and the payments.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{Store, request::Initiate};

/// The window in which requests are counted.
const WINDOW: Duration = Duration::from_secs(60);

/// How far a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// The page is open. So it is after a decline: another means may work.
    Open,
    /// The customer paid this much, in dirham.
    Paid(i64),
}

/// A payment.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) store_id: String,
    /// T-Lync's own number: `transaction_ref`, `our_ref`.
    pub(super) transaction_ref: String,
    /// The number of whoever moved the money.
    pub(super) gateway_ref: String,
    /// The last part of the page's address.
    pub(super) page: String,
    pub(super) asked: Initiate,
    pub(super) method: &'static str,
    pub(super) status: Status,
    pub(super) at: Timestamp,
}

/// What the lock guards.
#[derive(Default)]
pub(crate) struct State {
    stores: Vec<Store>,
    /// When requests came, by store and endpoint.
    arrivals: HashMap<(String, &'static str), VecDeque<Instant>>,
    payments: Vec<Payment>,
}

/// The state of the provider.
#[derive(Default)]
pub(crate) struct Stores(Mutex<State>);

impl Stores {
    /// Adds a store, or changes the one of the same id.
    pub(crate) fn add(&self, store: Store) -> Result<(), String> {
        if store.store_id.is_empty() || store.token.is_empty() {
            return Err("a store needs store_id and token".to_owned());
        }
        let mut state = self.lock();
        match state.stores.iter_mut().find(|known| known.store_id == store.store_id) {
            Some(known) => *known = store,
            None => state.stores.push(store),
        }
        Ok(())
    }

    /// The state, for one request.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The store of a token.
    pub(super) fn by_token(&self, token: &str) -> Option<&Store> {
        self.stores.iter().find(|known| known.token == token)
    }

    /// The store of an id.
    pub(super) fn store(&self, store_id: &str) -> Option<&Store> {
        self.stores.iter().find(|known| known.store_id == store_id)
    }

    /// Counts a request; says how many seconds too early it came, if it did.
    pub(super) fn count(&mut self, store: &Store, operation: &'static str, now: Instant) -> Result<(), u64> {
        let arrivals = self.arrivals.entry((store.store_id.clone(), operation)).or_default();
        while arrivals.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
            arrivals.pop_front();
        }
        if arrivals.len() < store.per_minute {
            arrivals.push_back(now);
            return Ok(());
        }
        let left = arrivals.front().map_or(WINDOW, |first| WINDOW.saturating_sub(now.duration_since(*first)));
        Err(left.as_secs() + u64::from(left.subsec_nanos() > 0))
    }

    /// Opens a payment, unless its reference was used before.
    pub(super) fn open(&mut self, store: &Store, asked: Initiate, page: String, at: Timestamp) -> Option<&Payment> {
        if self.find(&store.store_id, |payment| payment.asked.custom_ref == asked.custom_ref).is_some() {
            return None;
        }
        let number = 4_801_000 + self.payments.len();
        self.payments.push(Payment {
            store_id: store.store_id.clone(),
            transaction_ref: format!("TL{number:010}"),
            gateway_ref: format!("{}", 200_000_000_000 + number),
            page,
            asked,
            method: super::PAYMENT_METHODS[0],
            status: Status::Open,
            at,
        });
        self.payments.last()
    }

    /// The payment of a store that is meant.
    pub(super) fn find(&mut self, store_id: &str, is_meant: impl Fn(&Payment) -> bool) -> Option<&mut Payment> {
        self.payments.iter_mut().find(|payment| payment.store_id == store_id && is_meant(payment))
    }

    /// The payment of any store that is meant.
    pub(super) fn any(&mut self, is_meant: impl Fn(&Payment) -> bool) -> Option<&mut Payment> {
        self.payments.iter_mut().find(|payment| is_meant(payment))
    }

    /// Every payment, oldest first.
    pub(super) fn payments(&self) -> &[Payment] {
        &self.payments
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{State, Store};
    use crate::tlync::{INITIATE, RECEIPT};

    #[test]
    fn the_window_slides() {
        let store = Store { per_minute: 2, ..Store::default() };
        let (mut state, start) = (State::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(state.count(&store, RECEIPT, at(0)), Ok(()));
        assert_eq!(state.count(&store, RECEIPT, at(30)), Ok(()));
        assert_eq!(state.count(&store, RECEIPT, at(59)), Err(1));
        assert_eq!(state.count(&store, INITIATE, at(59)), Ok(()), "each endpoint by itself");
        assert_eq!(state.count(&store, RECEIPT, at(60)), Ok(()), "what was refused does not count");
        assert_eq!(state.count(&store, RECEIPT, at(61)), Err(29));
    }
}
