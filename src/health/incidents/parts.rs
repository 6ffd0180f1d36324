//! Whose incident it is: everybody's where the platform's account is ill or most accounts are, else a store's own. Pure.

use std::collections::BTreeMap;

use schemas::health::Verdict;
use uuid::Uuid;

use crate::db::account_health::AccountHealth;
use crate::db::incidents::Incident;
use crate::db::integrations::Integration;
use crate::db::provider_accounts::ProviderAccount;

/// Accounts of one service and mode that have their incidents together.
pub(super) struct Part {
    pub(super) integration: Uuid,
    pub(super) livemode: bool,
    /// Nil for everybody's.
    pub(super) scope: Uuid,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) accounts: Vec<ProviderAccount>,
    /// Of those that are not well.
    pub(super) health: Vec<AccountHealth>,
    /// The one that goes on.
    pub(super) incident: Option<Incident>,
}

/// The parts that are to be looked at: those that are not well, and those with an incident.
pub(super) fn of(
    services: &[Integration],
    accounts: Vec<ProviderAccount>,
    bad: Vec<AccountHealth>,
    going: &[Incident],
) -> Vec<Part> {
    let bad: BTreeMap<_, _> = bad.into_iter().map(|row| (row.account_id, row)).collect();
    let mut groups: BTreeMap<(Uuid, bool), Vec<ProviderAccount>> = BTreeMap::new();
    for account in accounts {
        groups.entry((account.integration_id, account.livemode)).or_default().push(account);
    }
    let mut parts = Vec::new();
    for ((integration, livemode), accounts) in groups {
        let Some(service) = services.iter().find(|service| service.id == integration) else { continue };
        let everybodys = is_everybodys(&accounts, &bad);
        let part = |scope: Uuid, accounts: Vec<ProviderAccount>, ill: bool| {
            let incident = going
                .iter()
                .find(|one| (one.integration_id, one.livemode, one.scope) == (integration, livemode, scope));
            let health = accounts.iter().filter_map(|account| bad.get(&account.id).cloned()).filter(|_| ill);
            Part {
                integration,
                livemode,
                scope,
                name: service.service_name.clone(),
                kind: service.service_type.clone(),
                health: health.collect(),
                accounts,
                incident: incident.cloned(),
            }
        };
        let mut own: BTreeMap<Uuid, Vec<ProviderAccount>> = BTreeMap::new();
        for account in accounts.iter().filter(|account| !account.platform_default) {
            own.entry(account.store_id.uuid()).or_default().push(account.clone());
        }
        parts.push(part(Uuid::nil(), accounts, everybodys));
        // What is everybody's is nobody's own.
        parts.extend(own.into_iter().map(|(store, accounts)| part(store, accounts, !everybodys)));
    }
    parts.retain(|part| !part.health.is_empty() || part.incident.is_some());
    parts
}

/// Whether the platform's account is not well, or most accounts are unhealthy.
fn is_everybodys(accounts: &[ProviderAccount], bad: &BTreeMap<schemas::AccountId, AccountHealth>) -> bool {
    let platform = accounts.iter().any(|account| account.platform_default && bad.contains_key(&account.id));
    let ill =
        |account: &&ProviderAccount| bad.get(&account.id).is_some_and(|health| health.verdict == Verdict::Unhealthy);
    let ill = accounts.iter().filter(ill).count();
    platform || accounts.len() > 1 && ill * 2 > accounts.len()
}
