//! Who else could serve what a provider serves: what stops if it is switched off, and what does not.

use payments_adapters::registry;
use schemas::payment::Method;

use super::{Caller, Payments};
use crate::refusal::Refusal;
use crate::routing::Wanted;

/// Who else could serve a way to pay.
#[derive(Debug, Clone)]
pub struct Others {
    /// How it is paid.
    pub method: Method,
    /// The wallet.
    pub brand: Option<&'static str>,
    /// Those who could serve the very same now, in order.
    pub by: Vec<&'static str>,
    /// Those who could stand in now, in order.
    pub fallbacks: Vec<&'static str>,
}

impl Payments {
    /// Who else could serve each method and wallet of a provider now; nothing where there is no such provider.
    pub async fn others(&self, caller: &Caller, provider: &str) -> Result<Vec<Others>, Refusal> {
        let Some(card) = registry::card(provider) else { return Ok(Vec::new()) };
        let mut ways: Vec<(Method, Option<&'static str>, schemas::Currency)> = Vec::new();
        for route in card.routes {
            let brands: Vec<_> = match route.brands {
                [] => vec![None],
                brands => brands.iter().copied().map(Some).collect(),
            };
            ways.extend(brands.into_iter().map(|brand| (route.method, brand, route.currency)));
        }
        let mut seen = std::collections::BTreeSet::new();
        ways.retain(|(method, brand, _)| seen.insert((method.as_str(), *brand)));
        let mut found = Vec::new();
        for (method, brand, currency) in ways {
            let wanted = Wanted {
                store: caller.store,
                mode: caller.mode,
                method,
                brand,
                bank: None,
                reference: None,
                currency,
                amount: None,
                customer: None,
                provider: None,
            };
            let candidates = self.routing.candidates(wanted).await?.candidates;
            let usable = candidates.iter().filter(|one| one.why_not.is_none() && one.card.name != provider);
            let mut by: Vec<&'static str> = usable.map(|one| one.card.name).collect();
            by.dedup();
            let fallbacks = self.routing.alternatives(provider, wanted).await?;
            let fallbacks = fallbacks.iter().map(|one| one.card.name).collect();
            found.push(Others { method, brand, by, fallbacks });
        }
        Ok(found)
    }
}
