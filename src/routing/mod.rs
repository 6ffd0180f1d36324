//! Routing: which provider serves a request, in which order, and why. It never sends and never repeats anything.

mod arrange;
mod book;
mod read;
mod rule;
#[cfg(test)]
mod tests;
mod what_if;
mod why_not;
mod wire;

use std::collections::BTreeSet;
use std::sync::Arc;

use payments_adapters::{Card, Route, registry};
use schemas::payment::{Customer, Method};
use schemas::store::Mode;
use schemas::{Currency, Money, StoreId};

use crate::accounts::{AccountError, Accounts, Served};
use crate::config::Payments as Settings;
use crate::db::DbError;
use crate::refusal::Refusal;

pub use arrange::{Bid, Place, Placed, arranged};
pub use book::{Book, Fitting, List};
pub use read::rules as read_rules;
pub use rule::{Facts, Rule, Use, When, first_fitting};
pub use what_if::{Imagined, Standing};
pub use why_not::WhyNot;
pub use wire::{RoutingRule, RuleCities, RuleConditions, RuleUse};

/// Builds the ordered candidates of a request. Cheap to clone.
#[derive(Clone)]
pub struct Routing {
    accounts: Accounts,
    settings: Arc<Settings>,
    /// The rules that operators have made.
    pub book: Book,
}

/// A provider that could serve a request, or why it cannot.
pub struct Candidate {
    /// The provider.
    pub card: &'static Card,
    /// By which of its routes.
    pub route: &'static Route,
    /// What it costs, in minor units, where the amount is known.
    pub cost: i64,
    /// Its account for the store.
    pub served: Option<Arc<Served>>,
    /// Why not.
    pub why_not: Option<WhyNot>,
    /// Where a rule has put it.
    pub place: Place,
}

/// Who could serve a request, and the rule that it fits.
pub struct Ordered {
    /// The rule, where one fits.
    pub rule: Option<Fitting>,
    /// Best first.
    pub candidates: Vec<Candidate>,
}

schemas::words! {
    /// What is routed by rules.
    Port {
        /// Money in.
        Payments = "payments",
        /// Parcels.
        Shipping = "shipping",
    }
}

impl Port {
    /// Whether there is a provider of a name that serves it.
    pub fn serves(self, provider: &str) -> bool {
        match self {
            Self::Payments => registry::card(provider).is_some(),
            Self::Shipping => shipping_adapters::registry::card(provider).is_some(),
        }
    }
}

/// The wallets that some provider reaches, by the words that requests name them by.
pub fn brands() -> BTreeSet<&'static str> {
    let routes = registry::PROVIDERS.iter().flat_map(|provider| provider.card.routes);
    routes.flat_map(|route| route.brands).copied().collect()
}

/// What is to be served.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// For whom.
    pub store: StoreId,
    /// Test or live.
    pub mode: Mode,
    /// How.
    pub method: Method,
    /// Of which wallet.
    pub brand: Option<&'a str>,
    /// From which bank, where that is known.
    pub bank: Option<&'a str>,
    /// The store's own name for the request, where it has one: the same request is served alike.
    pub reference: Option<&'a str>,
    /// In what.
    pub currency: Currency,
    /// How much, in minor units, where that is known.
    pub amount: Option<i64>,
    /// For whom, where that is known.
    pub customer: Option<&'a Customer>,
    /// By one provider only.
    pub provider: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    /// What rules know of it.
    pub fn facts(&self) -> Facts<'a> {
        Facts {
            method: Some(self.method),
            brand: self.brand,
            bank: self.bank,
            currency: Some(self.currency),
            amount: self.amount,
            phone: self.customer.and_then(|customer| customer.phone.as_ref()),
            ..Facts::default()
        }
    }
}

impl Routing {
    /// Over the accounts and the rules, with what may stand in for what.
    pub fn new(accounts: Accounts, settings: Arc<Settings>, book: Book) -> Self {
        Self { accounts, settings, book }
    }

    /// Who could serve a request, best first: those that can before those that cannot, then as the first rule says that it
    /// fits, then in the order of the settings, then the cheapest, then in the order of the list. One provider is there once
    /// for each of its routes. A request that names its provider fits no rule.
    pub async fn candidates(&self, wanted: Wanted<'_>) -> Result<Ordered, Refusal> {
        let rule = match wanted.provider {
            Some(_) => None,
            None => {
                let whose = (wanted.store, wanted.mode.is_live());
                self.book.fitting(Port::Payments, whose, &wanted.facts(), wanted.reference).await?
            }
        };
        let candidates = self.among(wanted, is_meant, rule.as_ref()).await?;
        Ok(Ordered { rule, candidates })
    }

    /// Every route of a method, for a checkout that lists them; rules are for requests, and there is none yet.
    pub async fn listed(&self, wanted: Wanted<'_>) -> Result<Vec<Candidate>, Arc<AccountError>> {
        self.among(wanted, |_, route, wanted| route.method == wanted.method, None).await
    }

    async fn among(
        &self,
        wanted: Wanted<'_>,
        meant: fn(&Card, &Route, Wanted<'_>) -> bool,
        rule: Option<&Fitting>,
    ) -> Result<Vec<Candidate>, Arc<AccountError>> {
        let mut candidates = Vec::new();
        for card in registry::PROVIDERS.map(|provider| provider.card) {
            let named = wanted.provider.is_none_or(|name| name == card.name);
            for route in card.routes.iter().filter(|route| named && meant(card, route, wanted)) {
                candidates.push(self.candidate(card, route, wanted).await?);
            }
        }
        let bids: Vec<Bid> = candidates.iter().map(|one| self.bid(one, wanted.brand)).collect();
        let placed = arranged(&bids, rule.map(Fitting::rule), rule.and_then(|rule| rule.seed));
        let mut taken: Vec<Option<Candidate>> = candidates.into_iter().map(Some).collect();
        let in_place = placed.into_iter().filter_map(|one| {
            let candidate = taken[one.index].take()?;
            let why_not = candidate.why_not.or((one.place == Place::LeftOut).then_some(WhyNot::LeftOut));
            Some(Candidate { why_not, place: one.place, ..candidate })
        });
        Ok(in_place.collect())
    }

    fn bid(&self, candidate: &Candidate, brand: Option<&str>) -> Bid {
        let Candidate { card, cost, .. } = *candidate;
        let is_usable = candidate.why_not.is_none();
        Bid { provider: card.name, service: None, rank: self.rank(brand, card), cost, is_usable }
    }

    /// What can be had instead of a provider, in order.
    pub async fn alternatives(&self, provider: &str, wanted: Wanted<'_>) -> Result<Vec<Candidate>, Arc<AccountError>> {
        let mut found = self.instead_of(provider, wanted).await?;
        found.retain(|candidate| candidate.why_not.is_none());
        Ok(found)
    }

    /// Whatever the configuration names instead of a provider, in order; what cannot be had says why.
    pub async fn instead_of(&self, provider: &str, wanted: Wanted<'_>) -> Result<Vec<Candidate>, Arc<AccountError>> {
        let mut found = Vec::new();
        for name in self.settings.fallbacks.get(provider).into_iter().flatten() {
            let Some(card) = registry::card(name) else { continue };
            let instead = Wanted { method: card.method(), brand: None, provider: None, ..wanted };
            found.push(self.candidate(card, &card.routes[0], instead).await?);
        }
        Ok(found)
    }

    /// Whether the configuration gives a provider a place among those of a brand.
    pub fn is_ranked(&self, brand: Option<&str>, card: &Card) -> bool {
        self.rank(brand, card) != usize::MAX
    }

    /// The place that the settings give a provider among those of a brand.
    fn rank(&self, brand: Option<&str>, card: &Card) -> usize {
        let order = brand.and_then(|brand| self.settings.routes.get(brand));
        order.and_then(|order| order.iter().position(|name| name == card.name)).unwrap_or(usize::MAX)
    }

    /// What a provider keeps of an amount.
    fn cost(&self, card: &Card, route: &Route, amount: Option<i64>) -> i64 {
        let fee = self.settings.fee_of(card.name, route.gateway).unwrap_or_default();
        fee.of(amount.unwrap_or_default())
    }

    async fn candidate(
        &self,
        card: &'static Card,
        route: &'static Route,
        wanted: Wanted<'_>,
    ) -> Result<Candidate, Arc<AccountError>> {
        let cost = self.cost(card, route, wanted.amount);
        let place = Place::Free;
        let refused = |why_not| Candidate { card, route, cost, served: None, why_not: Some(why_not), place };
        let served = match self.accounts.serving(wanted.store, card.name, wanted.mode).await {
            Ok(Some(served)) => served,
            Ok(None) => return Ok(refused(WhyNot::NoAccount)),
            Err(error) if matches!(&*error, AccountError::Db(DbError::Unavailable(_))) => return Err(error),
            Err(error) => {
                tracing::warn!(
                    error = &*error as &dyn std::error::Error,
                    provider = card.name,
                    "an account cannot be used"
                );
                return Ok(refused(WhyNot::Misconfigured));
            }
        };
        let other = served.row.currency != wanted.currency.code() || route.currency != wanted.currency;
        let why_not = if other {
            Some(WhyNot::OtherCurrency)
        } else if served.row.is_switched_off() {
            Some(WhyNot::SwitchedOff)
        } else if self.accounts.is_shut(&served) {
            Some(WhyNot::Shut)
        } else {
            unfit(route, wanted)
        };
        Ok(Candidate { card, route, cost, served: Some(served), why_not, place })
    }
}

/// Whether a route is one that the customer may have meant. Without a brand that is a page on which the wallet is chosen,
/// or the only route of a provider that was named.
fn is_meant(card: &Card, route: &Route, wanted: Wanted<'_>) -> bool {
    let only = wanted.provider.is_some() && card.routes.len() == 1;
    let open = wanted.brand.is_some() || route.brands.len() != 1 || only;
    open && route.serves(wanted.method, wanted.brand)
}

/// Why a route cannot carry what is known of the request.
fn unfit(route: &Route, wanted: Wanted<'_>) -> Option<WhyNot> {
    let amount = wanted.amount.map(|minor| Money::new(minor, wanted.currency));
    if amount.is_some_and(|amount| !route.carries(amount)) {
        return Some(WhyNot::AmountStep);
    }
    let customer = wanted.customer?;
    match &customer.phone {
        None if route.needs.phone => Some(WhyNot::PhoneNeeded),
        Some(phone) if route.needs.phone && !route.needs.serves(phone) => Some(WhyNot::OtherOperator),
        _ => (route.needs.birth_year && customer.birth_year.is_none()).then_some(WhyNot::BirthYearNeeded),
    }
}
