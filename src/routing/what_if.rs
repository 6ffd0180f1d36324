//! Who would have served a request under other rules. Nothing is asked but the accounts, once a store; the rest is pure.

use payments_adapters::{Card, registry};
use schemas::StoreId;
use schemas::store::Mode;

use super::{Bid, Routing, Rule, Wanted, WhyNot, arranged, is_meant, unfit};
use crate::accounts::AccountError;
use crate::db::DbError;
use crate::refusal::Refusal;

/// How a store stands with a provider, whatever the moment: a breaker tells of now alone.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What its account is in; none where it cannot be used.
    currency: Option<String>,
    why_not: Option<WhyNot>,
}

/// Who would have served it.
#[derive(Debug, Clone, Copy)]
pub struct Imagined {
    /// The provider.
    pub card: &'static Card,
    /// What it would have kept.
    pub fee: i64,
}

impl Routing {
    /// How a store stands with every provider, in the order of the list.
    pub async fn standings(&self, store: StoreId, mode: Mode) -> Result<Vec<Standing>, Refusal> {
        let mut standings = Vec::with_capacity(registry::PROVIDERS.len());
        for provider in registry::PROVIDERS {
            standings.push(match self.accounts.serving(store, provider.card.name, mode).await {
                Ok(Some(served)) => Standing {
                    why_not: served.row.is_switched_off().then_some(WhyNot::SwitchedOff),
                    currency: Some(served.row.currency.clone()),
                },
                Ok(None) => Standing { currency: None, why_not: Some(WhyNot::NoAccount) },
                Err(error) if matches!(&*error, AccountError::Db(DbError::Unavailable(_))) => return Err(error.into()),
                Err(_) => Standing { currency: None, why_not: Some(WhyNot::Misconfigured) },
            });
        }
        Ok(standings)
    }

    /// Who would have served a request: by the very order that a request of now is tried in. Pure.
    pub fn imagined(&self, wanted: Wanted<'_>, standings: &[Standing], rules: &[Rule]) -> Option<Imagined> {
        let rule = super::first_fitting(rules, &wanted.facts()).map(|index| &rules[index]);
        let seed = rule.and_then(|rule| self.book.seed(rule, super::Port::Payments, wanted.store, wanted.reference));
        let mut cards = Vec::new();
        let mut bids = Vec::new();
        for (provider, standing) in registry::PROVIDERS.iter().zip(standings) {
            let card = provider.card;
            for route in card.routes.iter().filter(|route| is_meant(card, route, wanted)) {
                let other = standing.currency.as_deref() != Some(wanted.currency.code());
                let other = other || route.currency != wanted.currency;
                let is_usable = standing.why_not.is_none() && !other && unfit(route, wanted).is_none();
                let cost = self.cost(card, route, wanted.amount);
                bids.push(Bid {
                    provider: card.name,
                    service: None,
                    rank: self.rank(wanted.brand, card),
                    cost,
                    is_usable,
                });
                cards.push(card);
            }
        }
        let first = arranged(&bids, rule, seed).into_iter().next().filter(|first| first.is_usable)?;
        Some(Imagined { card: cards[first.index], fee: bids[first.index].cost })
    }

    /// What a provider has kept of a payment by one of its routes.
    pub fn fee(&self, provider: &str, gateway: &str, amount: i64) -> i64 {
        let route = registry::card(provider).and_then(|card| Some((card, card.route(gateway)?)));
        route.map_or(0, |(card, route)| self.cost(card, route, Some(amount)))
    }
}
