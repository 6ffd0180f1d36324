//! Which carriers offer the same services as another one: what stops if it is switched off, and what does not.

use shipping_adapters::registry;

use super::Shipping;
use crate::caller::Caller;
use crate::refusal::Refusal;

/// Who else offers a service.
#[derive(Debug, Clone)]
pub struct Others {
    /// The service.
    pub service: &'static str,
    /// Those who offer one of the same name and can be had now.
    pub by: Vec<&'static str>,
    /// Those who stand in by the configuration and can be had now, in order.
    pub fallbacks: Vec<&'static str>,
}

impl Shipping {
    /// Who else offers each service of a carrier now; nothing where there is no such carrier.
    pub async fn others(&self, caller: &Caller, carrier: &str) -> Result<Vec<Others>, Refusal> {
        let Some(card) = registry::card(carrier) else { return Ok(Vec::new()) };
        let mut usable = Vec::new();
        for other in registry::PROVIDERS.iter().map(|provider| provider.card).filter(|other| other.name != carrier) {
            if self.usable(caller, other).await?.is_ok() {
                usable.push(other);
            }
        }
        let instead = self.instead_of(carrier, &[]);
        let is_usable = |name: &str| usable.iter().any(|other| other.name == name);
        let fallbacks: Vec<_> = instead.iter().map(|other| other.name).filter(|name| is_usable(name)).collect();
        let same =
            |key: &str| usable.iter().filter(|other| other.service(key).is_some()).map(|other| other.name).collect();
        let services = card.services.iter().map(|service| service.key);
        Ok(services.map(|service| Others { service, by: same(service), fallbacks: fallbacks.clone() }).collect())
    }
}
