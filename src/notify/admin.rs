//! What operators look at and do: the queue, the log of tries, merchants by their URL, alerts by hand.

use schemas::{DeliveryId, EndpointId, StoreId, Text};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{ALERT, DELIVER, Notify, health};
use crate::db::deliveries::{self, Delivery, Named};
use crate::db::delivery_attempts::{self, DeliveryAttempt};
use crate::db::endpoint_health::{self, Health};
use crate::db::endpoints::{self, Endpoint};
use crate::db::tasks::{self, LaneDepth};
use crate::db::{Time, notifications};
use crate::refusal::Refusal;
use crate::work::{FollowUp, run_multiple};

/// Shown of each part of the queue.
const FIRST: i64 = 20;
/// Endpoints whose queues are looked at together.
const MOST_LANES: usize = 10_000;
/// Notifications of one order.
const MOST_OF_ORDER: i64 = 1_000;

/// Whose notifications: of one store or of all, in one mode.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    /// Of one store.
    pub store: Option<StoreId>,
    /// Test and live are apart.
    pub livemode: bool,
}

/// What waits.
#[derive(Debug, Clone)]
pub struct Queue {
    /// Not tried yet.
    pub pending: i64,
    /// Tried, and to be tried again.
    pub retrying: i64,
    /// The longest due of the former.
    pub first_pending: Vec<Named>,
    /// The longest due of the latter.
    pub first_retrying: Vec<Named>,
}

/// One line of the log: a try with where it went, or a delivery that waits.
#[derive(Debug, Clone)]
pub enum Line {
    /// A try, and the URL.
    Tried(Box<DeliveryAttempt>, String),
    /// A delivery.
    Waits(Named),
}

/// Which lines of the log.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// With this number of the store's.
    pub order_no: Option<String>,
    /// Only deliveries that wait.
    pub waiting: bool,
    /// Only tries that arrived, or only the others.
    pub succeeded: Option<bool>,
}

/// What an alert that a person sends is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alert {
    /// The merchant is slow.
    Slow,
    /// Its breaker is open.
    Breaker,
}

/// The short name of a merchant's URL.
pub fn merchant_key(url: &str) -> String {
    let mut key = hex::encode(Sha256::digest(url.as_bytes()));
    key.truncate(12);
    key
}

impl Notify {
    /// What waits, and the first of it.
    pub async fn queue(&self, scope: Scope) -> Result<Queue, Refusal> {
        let depths = self.depths(scope).await?;
        let lanes: Vec<String> = depths.iter().map(|depth| depth.lane.clone()).collect();
        Ok(Queue {
            pending: depths.iter().map(|depth| depth.fresh).sum(),
            retrying: depths.iter().map(|depth| depth.again).sum(),
            first_pending: self.waiting(&lanes, Some(false), FIRST, 0).await?,
            first_retrying: self.waiting(&lanes, Some(true), FIRST, 0).await?,
        })
    }

    /// The queues of a scope: of its endpoints that have one.
    async fn depths(&self, scope: Scope) -> Result<Vec<LaneDepth>, Refusal> {
        if let Some(store) = scope.store {
            let endpoints = endpoints::of_store(&self.db, store, scope.livemode).await?;
            let lanes: Vec<String> = endpoints.iter().map(|endpoint| endpoint.id.to_string()).collect();
            return Ok(tasks::lane_depths(&self.db, DELIVER, Some(&lanes)).await?);
        }
        let mut depths = tasks::lane_depths(&self.db, DELIVER, None).await?;
        let ids: Vec<EndpointId> = depths.iter().filter_map(|depth| depth.lane.parse().ok()).collect();
        let mut known = endpoints::by_ids(&self.db, &ids).await?;
        known.retain(|endpoint| endpoint.livemode == scope.livemode);
        let own: std::collections::HashSet<String> = known.iter().map(|endpoint| endpoint.id.to_string()).collect();
        depths.retain(|depth| own.contains(&depth.lane));
        depths.truncate(MOST_LANES);
        Ok(depths)
    }

    async fn waiting(
        &self,
        lanes: &[String],
        tried: Option<bool>,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<Named>, Refusal> {
        let keys = tasks::waiting_keys(&self.db, DELIVER, lanes, tried, limit, offset).await?;
        let ids: Vec<DeliveryId> = keys.iter().filter_map(|key| key.parse().ok()).collect();
        let mut named = deliveries::named(&self.db, &ids).await?;
        named.sort_by_key(|one| ids.iter().position(|id| *id == one.id));
        Ok(named)
    }

    /// A page of the log, and how many lines there are.
    pub async fn log(
        &self,
        scope: Scope,
        filter: LogFilter,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<Line>, i64), Refusal> {
        let of_order = match &filter.order_no {
            Some(order_no) => {
                let Scope { store, livemode } = scope;
                let found = notifications::of_order(&self.db, store, livemode, order_no, MOST_OF_ORDER).await?;
                Some(found.into_iter().map(|notification| notification.id).collect::<Vec<_>>())
            }
            None => None,
        };
        match of_order {
            Some(ids) if filter.waiting => {
                let found = deliveries::waiting_of(&self.db, &ids).await?;
                let total = found.len() as i64;
                let from = usize::try_from(offset).unwrap_or(usize::MAX);
                let page = found.into_iter().skip(from).take(usize::try_from(limit).unwrap_or(0));
                Ok((page.map(Line::Waits).collect(), total))
            }
            None if filter.waiting => {
                let depths = self.depths(scope).await?;
                let total = depths.iter().map(|depth| depth.fresh + depth.again).sum();
                let lanes: Vec<String> = depths.into_iter().map(|depth| depth.lane).collect();
                let found = self.waiting(&lanes, None, limit, offset).await?;
                Ok((found.into_iter().map(Line::Waits).collect(), total))
            }
            notifications => {
                let filter = delivery_attempts::Filter {
                    store: scope.store,
                    livemode: scope.livemode,
                    notifications,
                    succeeded: filter.succeeded,
                    ..delivery_attempts::Filter::default()
                };
                self.tries(&filter, limit, offset).await
            }
        }
    }

    async fn tries(
        &self,
        filter: &delivery_attempts::Filter,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<Line>, i64), Refusal> {
        let (rows, total) = delivery_attempts::page(&self.db, filter, limit, offset).await?;
        let mut ids: Vec<EndpointId> = rows.iter().map(|row| row.endpoint_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let endpoints = endpoints::by_ids(&self.db, &ids).await?;
        let url = |id| endpoints.iter().find(|one| one.id == id).map(|one| one.url.clone()).unwrap_or_default();
        let lines = rows.into_iter().map(|row| {
            let url = url(row.endpoint_id);
            Line::Tried(Box::new(row), url)
        });
        Ok((lines.collect(), total))
    }

    /// Sends again what the merchant does not have of an order, or if it has all, the last that it was told. Answers how
    /// many deliveries that are.
    pub async fn retry_order(&self, scope: Scope, order_no: &str) -> Result<usize, Refusal> {
        let found = notifications::of_order(&self.db, scope.store, scope.livemode, order_no, MOST_OF_ORDER).await?;
        let newest = found.first().ok_or(Refusal::NotFound)?;
        if found.iter().any(|one| one.store_id != newest.store_id) {
            let en = "several stores have such an order: name one in the header Jisr-Store";
            return Err(Refusal::field(
                "order_id",
                en,
                "الطلب موجود لدى أكثر من متجر: حدد المتجر في الترويسة Jisr-Store",
            ));
        }
        let ids: Vec<_> = found.iter().map(|one| one.id).collect();
        let all = deliveries::of_notifications(&self.db, &ids).await?;
        let mut wanted: Vec<&Delivery> = all.iter().filter(|one| one.status != "success").collect();
        if wanted.is_empty() {
            wanted = all.iter().filter(|one| one.notification_id == newest.id).collect();
        }
        if wanted.is_empty() {
            let (en, ar) = ("no endpoint wanted to be told of it", "لا توجد نقطة إشعار مشتركة في هذا الحدث");
            return Err(Refusal::Conflict(Text::new(en, ar)));
        }
        self.send_now(&wanted).await?;
        Ok(wanted.len())
    }

    /// Forgets what is older than a time; answers how many tries went.
    pub async fn clean_up(&self, scope: Scope, before: Time) -> Result<u64, Refusal> {
        Ok(delivery_attempts::prune(&self.db, scope.store, Some(scope.livemode), before).await?)
    }

    /// The endpoints of a URL with their health.
    pub async fn merchants(&self, scope: Scope, url: &str) -> Result<Vec<(Endpoint, Health)>, Refusal> {
        let found = self.endpoints_of_url(scope.store, scope.livemode, url).await?;
        if found.is_empty() { Err(Refusal::NotFound) } else { self.with_health(found).await }
    }

    /// A page of all endpoints with their health, and how many there are.
    pub async fn all_merchants(
        &self,
        scope: Scope,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<(Endpoint, Health)>, i64), Refusal> {
        let (found, total) = endpoints::page(&self.db, scope.store, scope.livemode, limit, offset).await?;
        Ok((self.with_health(found).await?, total))
    }

    /// Endpoints with how they do.
    pub async fn with_health(&self, endpoints: Vec<Endpoint>) -> Result<Vec<(Endpoint, Health)>, Refusal> {
        let ids: Vec<EndpointId> = endpoints.iter().map(|endpoint| endpoint.id).collect();
        let healths = endpoint_health::of_endpoints(&self.db, &ids).await?;
        let health = |id| healths.iter().find(|health| health.endpoint_id == id).cloned();
        Ok(endpoints
            .into_iter()
            .filter_map(|endpoint| Some((health(endpoint.id)?, endpoint)))
            .map(|(health, endpoint)| (endpoint, health))
            .collect())
    }

    /// How an endpoint does, in one of `normal`, `slow`, `circuit_breaker`, `disabled`.
    pub fn standing(&self, endpoint: &Endpoint, health: &Health) -> &'static str {
        if !endpoint.is_open() {
            "disabled"
        } else if self.is_open(health) {
            "circuit_breaker"
        } else if self.is_slow(health) {
            "slow"
        } else {
            "normal"
        }
    }

    /// Whether an endpoint's breaker is open.
    pub fn is_open(&self, health: &Health) -> bool {
        health::is_open(health, self.now())
    }

    /// Whether an endpoint takes too long on average.
    pub fn is_slow(&self, health: &Health) -> bool {
        health::is_slow(health, &self.settings)
    }

    /// Tells the operators of an endpoint because a person wants it so.
    pub async fn alert(&self, alert: Alert, endpoint: &Endpoint, health: &Health) -> Result<(), Refusal> {
        let kind = match alert {
            Alert::Slow => "slow",
            Alert::Breaker => "breaker",
        };
        let payload = json!({
            "alert": kind, "endpoint": endpoint.id.to_string(), "at": self.now().to_string(),
            "failures": health.failures, "mean_ms": health::mean(health).as_millis() as u64, "percent": null,
            "manual": true,
        });
        let key = format!("{kind}:{}:{}", endpoint.id, self.ambient.uuid().simple());
        let lane = "operators".to_owned();
        let mut tx = self.db.begin().await?;
        run_multiple(&mut tx, &self.ambient, vec![(ALERT, FollowUp { lane: lane.clone(), key, payload })]).await?;
        tx.commit().await?;
        self.waker.wake(ALERT, &lane);
        Ok(())
    }
}
