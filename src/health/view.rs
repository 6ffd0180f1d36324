//! How services do, as they are shown: to whom an account serves, and to everybody on the status page.

use std::collections::BTreeMap;
use std::time::Duration;

use schemas::health::Verdict;
use schemas::{AccountId, StoreId};
use uuid::Uuid;

use super::figures::{Series, series};
use super::{Health, Tally};
use crate::db::account_health::{self, AccountHealth, Past};
use crate::db::health_figures::{self, Span};
use crate::db::provider_accounts::{self, ProviderAccount};
use crate::db::{DbError, Time, integrations};

/// So many accounts are named in a question; of more all are read.
const FEW: usize = 100;

/// A service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceHealth {
    /// Its name.
    pub service: String,
    /// Its kind: `payment`, `shipping`, …
    pub kind: String,
    /// Test or live.
    pub livemode: bool,
    /// How it does: the worst of its accounts.
    pub verdict: Verdict,
    /// Whether it is being maintained.
    pub maintenance: bool,
    /// The account that does worst.
    pub worst: Option<AccountHealth>,
    /// All accounts that are shown of it.
    pub accounts: Vec<AccountId>,
    /// Whether what the worst one holds is the viewer's business: a store is told nothing of the platform's money.
    pub balance_shown: bool,
}

/// What came to pass with a service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceHistory {
    /// How long each point is.
    pub span: Span,
    /// The points, oldest first.
    pub points: Vec<Series>,
    /// All of them together.
    pub total: Tally,
    /// The share of the time in which it was not down.
    pub uptime: f64,
    /// Changes of its verdict, oldest first.
    pub changes: Vec<Past>,
}

impl Health {
    /// Every service that has an account, of a store (with the platform's) or of all, of one mode.
    pub async fn services_of(&self, store: Option<StoreId>, livemode: bool) -> Result<Vec<ServiceHealth>, DbError> {
        let rows = self.accounts_of(store, livemode).await?;
        self.services_among(rows, livemode, store).await
    }

    /// The same of certain accounts.
    pub(super) async fn services_among(
        &self,
        rows: Vec<ProviderAccount>,
        livemode: bool,
        viewer: Option<StoreId>,
    ) -> Result<Vec<ServiceHealth>, DbError> {
        let found = if rows.len() > FEW {
            account_health::all(&self.db).await?
        } else {
            account_health::of(&self.db, &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?
        };
        let found: BTreeMap<AccountId, AccountHealth> = found.into_iter().map(|row| (row.account_id, row)).collect();
        let kinds: BTreeMap<Uuid, (String, String)> = integrations::all(&self.db)
            .await?
            .into_iter()
            .map(|row| (row.id, (row.service_name, row.service_type)))
            .collect();
        let resting = self.resting(self.now(), Duration::ZERO).await?;
        let mut services: BTreeMap<String, ServiceHealth> = BTreeMap::new();
        for row in rows {
            let Some((name, kind)) = kinds.get(&row.integration_id) else { continue };
            let service = services.entry(name.clone()).or_insert_with(|| ServiceHealth {
                service: name.clone(),
                kind: kind.clone(),
                livemode,
                verdict: Verdict::Unknown,
                maintenance: resting.contains(&row.integration_id),
                worst: None,
                accounts: Vec::new(),
                balance_shown: false,
            });
            service.accounts.push(row.id);
            if let Some(health) = found.get(&row.id)
                && service.worst.as_ref().is_none_or(|worst| worst.verdict < health.verdict)
            {
                service.verdict = health.verdict;
                service.balance_shown = viewer.is_none_or(|viewer| viewer == row.store_id);
                service.worst = Some(health.clone());
            }
        }
        Ok(services.into_values().collect())
    }

    /// The accounts of a service that are shown to a store.
    pub async fn accounts_of_service(
        &self,
        store: Option<StoreId>,
        livemode: bool,
        name: &str,
    ) -> Result<Vec<AccountId>, DbError> {
        let services = self.services_of(store, livemode).await?;
        Ok(services.into_iter().find(|one| one.service == name).map(|one| one.accounts).unwrap_or_default())
    }

    /// What came to pass with accounts of one service in the last `window`: by minutes up to three hours, by hours up to
    /// eight days, by days up to 400.
    pub async fn history(&self, accounts: &[AccountId], window: Duration) -> Result<ServiceHistory, DbError> {
        const HOUR: Duration = Duration::from_secs(3_600);
        const DAY: Duration = Duration::from_secs(86_400);
        let span = match window {
            window if window <= 3 * HOUR => Span::Minute,
            window if window <= 8 * DAY => Span::Hour,
            _ => Span::Day,
        };
        let from = self.now().before(window);
        let mut points: BTreeMap<Time, Series> = BTreeMap::new();
        let mut changes = Vec::new();
        for account in accounts {
            for figures in health_figures::of(&self.db, *account, span, from).await? {
                let one = series(&figures);
                let at = one.at.before(span.length()).next_multiple(span.length());
                let point =
                    points.entry(at).or_insert_with(|| Series { at, tally: Tally::default(), down: Duration::ZERO });
                point.tally.merge(&one.tally);
                point.down = point.down.max(one.down);
            }
            changes.extend(account_health::changes(&self.db, *account, from.max(self.now().before(8 * DAY))).await?);
        }
        changes.sort_by_key(|change| change.at);
        let points: Vec<Series> = points.into_values().collect();
        let mut total = Tally::default();
        points.iter().for_each(|point| total.merge(&point.tally));
        let uptime = self.uptime(accounts, &points, span, &changes, window).await?;
        Ok(ServiceHistory { span, points, total, uptime, changes })
    }

    /// Hours and days say how long they were down; minutes are too short for that, and the changes are all there. Of several
    /// accounts the one that was down longest counts.
    async fn uptime(
        &self,
        accounts: &[AccountId],
        points: &[Series],
        span: Span,
        changes: &[Past],
        window: Duration,
    ) -> Result<f64, DbError> {
        let now = self.now();
        let (down, whole) = if span == Span::Minute {
            let rows = account_health::of(&self.db, accounts).await?;
            let down = accounts.iter().map(|account| {
                let own = changes.iter().filter(|change| change.account_id == *account);
                let turns: Vec<_> = own.map(|change| (change.at, change.was, change.verdict)).collect();
                let row = rows.iter().find(|row| row.account_id == *account);
                super::uptime::down(&turns, row.map_or(Verdict::Unknown, |row| row.verdict), now.before(window), now)
            });
            (down.max().unwrap_or_default(), window)
        } else {
            let down = points.iter().map(|point| point.down).sum();
            (down, span.length() * u32::try_from(points.len()).unwrap_or(u32::MAX))
        };
        Ok(if whole.is_zero() { 1.0 } else { 1.0 - down.as_secs_f64() / whole.as_secs_f64() })
    }

    /// A store is served by its own accounts and, where it has none with a provider, by the platform's.
    async fn accounts_of(&self, store: Option<StoreId>, livemode: bool) -> Result<Vec<ProviderAccount>, DbError> {
        let Some(store) = store else {
            let mut rows = provider_accounts::all(&self.db).await?;
            rows.retain(|row| row.livemode == livemode);
            return Ok(rows);
        };
        let rows = provider_accounts::of_store(&self.db, store, livemode).await?;
        let own: Vec<Uuid> = rows.iter().filter(|row| row.store_id == store).map(|row| row.integration_id).collect();
        let serves =
            |row: &ProviderAccount| row.store_id == store || row.platform_default && !own.contains(&row.integration_id);
        Ok(rows.into_iter().filter(serves).collect())
    }

    /// Probes accounts now, and waits for what they say.
    pub async fn check(&self, accounts: &[AccountId]) {
        let probes = accounts.iter().filter_map(|id| self.watching.known(*id)).map(|watched| {
            let health = self.clone();
            async move { watched.probed(health.probe(&watched).await) }
        });
        futures_util::future::join_all(probes).await;
    }
}
