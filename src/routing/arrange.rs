//! The order of those who could serve a request, under a rule or without one. Pure: what is live and what is only asked for
//! ("what if") come to the same order by it.

use super::rule::{Rule, Use};

/// One who could serve a request, as far as its order depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bid {
    /// Who.
    pub provider: &'static str,
    /// By which service, where rules may name one.
    pub service: Option<&'static str>,
    /// The place that the configuration gives it.
    pub rank: usize,
    /// What it costs, in minor units.
    pub cost: i64,
    /// Whether it can.
    pub is_usable: bool,
}

/// Where a rule has put somebody; in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The rule names it: from 0.
    Named(usize),
    /// No rule speaks of it.
    Free,
    /// The rule leaves it out.
    LeftOut,
}

/// One bid in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Which bid.
    pub index: usize,
    /// Whether it can, and no rule leaves it out: a rule makes nobody usable.
    pub is_usable: bool,
    /// Where the rule has put it.
    pub place: Place,
}

/// Best first: those that can before those that cannot, then as the rule says, then by the configuration, then the cheapest,
/// then as they came.
pub fn arranged(bids: &[Bid], rule: Option<&Rule>, seed: Option<u64>) -> Vec<Placed> {
    let order = rule.map(|rule| rule.order(seed)).unwrap_or_default();
    let place = |bid: &Bid| {
        let Some(rule) = rule else { return Place::Free };
        match order.iter().position(|index| names(&rule.uses[*index], bid)) {
            Some(place) => Place::Named(place),
            None if rule.only => Place::LeftOut,
            None => Place::Free,
        }
    };
    let mut placed: Vec<Placed> = bids
        .iter()
        .enumerate()
        .map(|(index, bid)| {
            let place = place(bid);
            Placed { index, is_usable: bid.is_usable && place != Place::LeftOut, place }
        })
        .collect();
    placed.sort_by_key(|one| (!one.is_usable, one.place, bids[one.index].rank, bids[one.index].cost));
    placed
}

fn names(one: &Use, bid: &Bid) -> bool {
    one.provider == bid.provider && (one.service.is_none() || one.service == bid.service)
}
