//! Reports on services: what their calls came to in a time, and whether what they promise was kept.

mod range;
mod service;
mod times;
mod uptime;

use std::collections::BTreeMap;

use schemas::{AccountId, StoreId};

use crate::config::Promised;
use crate::db::integration_report::{self, Group, Which};
use crate::db::{Db, DbError, Time, integrations, provider_accounts};

pub use range::Range;
pub use service::{Kept, OperationReport, Promise, ServiceReport};
pub use times::Times;

/// A service and its accounts that a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its kind: `payment`, `shipping`, …
    pub kind: String,
    /// Whose uptime is told: the worst of theirs.
    pub accounts: Vec<AccountId>,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The calls of one store, or of all.
    pub store: Option<StoreId>,
    /// Test or live.
    pub livemode: bool,
    /// Of which time.
    pub range: Range,
    /// What services promise.
    pub promised: &'a BTreeMap<String, Promised>,
    /// Now.
    pub now: Time,
}

/// Every service of these, and every other one that was called, by name.
///
/// Volume, success, errors and times are counted from the log of calls. A percentile lies in the right class of times, between
/// the least and the greatest of it, and classes grow by less than a half; what services promise are ends of classes too, so
/// that whether a promise was kept is exact. Uptime is told by the figures of health, by whole hours, and by whole days where
/// the time began more than 35 days ago.
pub async fn of_services(
    db: &Db,
    question: &Question<'_>,
    services: &[Service],
) -> Result<Vec<ServiceReport>, DbError> {
    let bounds = times::bounds(question.promised.values().filter_map(|promised| promised.p95_ms));
    let Range { from, to } = question.range;
    let which = Which { store: question.store, livemode: question.livemode, from, to, bounds: &bounds };
    let mut found: BTreeMap<String, (String, Vec<Group>)> =
        services.iter().map(|service| (service.name.clone(), (service.kind.clone(), Vec::new()))).collect();
    let known: BTreeMap<_, _> = integrations::all(db).await?.into_iter().map(|row| (row.id, row)).collect();
    for group in integration_report::groups(db, which).await? {
        let Some(row) = known.get(&group.integration_id) else { continue };
        let entry = found.entry(row.service_name.clone()).or_insert_with(|| (row.service_type.clone(), Vec::new()));
        entry.1.push(group);
    }
    let mut reports = Vec::new();
    for (name, (kind, groups)) in found {
        let accounts = services.iter().find(|service| service.name == name).map_or(&[][..], |one| &one.accounts);
        let uptime = uptime::of(db, accounts, question.range, question.now).await?;
        let promised = question.promised.get(&name).copied().unwrap_or_default();
        reports.push(service::report(name, kind, &groups, &bounds, uptime, promised));
    }
    Ok(reports)
}

/// Every service that has an account of a mode, whosever it is.
pub async fn every_service(db: &Db, livemode: bool) -> Result<Vec<Service>, DbError> {
    let accounts = provider_accounts::all(db).await?;
    let rows = integrations::all(db).await?.into_iter();
    let services = rows.map(|row| {
        let own = accounts.iter().filter(|account| account.integration_id == row.id && account.livemode == livemode);
        Service { name: row.service_name, kind: row.service_type, accounts: own.map(|account| account.id).collect() }
    });
    Ok(services.filter(|service| !service.accounts.is_empty()).collect())
}
