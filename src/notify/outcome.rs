//! What tries came to: health, tries, deliveries and tasks of many of them in one commit.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kit::Ambient;
use schemas::event::{EndpointDisabled, EndpointDisabledReason, EndpointFailing, EndpointRecovered, EventData};
use schemas::{DeliveryId, EndpointId};
use serde_json::json;

use super::health::{self, Notice, Sign};
use super::live::Ready;
use super::{ALERT, schedule};
use crate::config::Notify as Settings;
use crate::db::deliveries::{self, Stand};
use crate::db::delivery_attempts::{self, DeliveryAttempt};
use crate::db::endpoint_health::{self, Health};
use crate::db::group_commit::Commit;
use crate::db::tasks::{self, Task};
use crate::db::{Db, Result, Time, Tx, endpoints};
use crate::events;
use crate::work::{FollowUp, run_multiple};

/// What one task came to.
pub struct Outcome {
    /// The task.
    pub task: Task,
    /// Its endpoint.
    pub ready: Arc<Ready>,
    /// The try, where there was one.
    pub tried: Option<Tried>,
    /// What follows.
    pub next: Next,
}

/// A try.
pub struct Tried {
    /// Its row.
    pub attempt: DeliveryAttempt,
    /// What it tells of the endpoint.
    pub sign: Sign,
    /// How long it took.
    pub took: Duration,
}

/// What follows for the delivery.
#[derive(Debug, Clone)]
pub enum Next {
    /// There is nothing left to do, and nothing to say of it.
    Nothing,
    /// It arrived.
    Arrived,
    /// It is given up, and why.
    GivenUp(String),
    /// Again, by this or another endpoint.
    Again {
        /// Which.
        endpoint: EndpointId,
        /// When.
        due: Time,
        /// Why.
        error: Option<String>,
    },
}

/// Writes what tries came to.
pub struct Outcomes {
    pub(super) db: Db,
    pub(super) ambient: Ambient,
    pub(super) settings: Arc<Settings>,
}

#[async_trait]
impl Commit for Outcomes {
    type Job = Arc<Outcome>;
    /// How the endpoint does now.
    type Answer = Option<Arc<Health>>;

    async fn commit(&self, outcomes: &[Arc<Outcome>]) -> Result<Vec<Option<Arc<Health>>>> {
        let mut tx = self.db.begin().await?;
        // Health first and in one order: whoever has it decides for its endpoint.
        let tried: BTreeSet<EndpointId> =
            outcomes.iter().filter(|one| one.tried.is_some()).map(|one| one.ready.id).collect();
        let mut healths: BTreeMap<EndpointId, Health> =
            endpoint_health::lock(&mut tx, &tried.into_iter().collect::<Vec<_>>())
                .await?
                .into_iter()
                .map(|health| (health.endpoint_id, health))
                .collect();
        let held = self.take_tasks(&mut tx, outcomes).await?;
        let attempts: Vec<&DeliveryAttempt> =
            outcomes.iter().filter_map(|one| one.tried.as_ref()).map(|tried| &tried.attempt).collect();
        if !attempts.is_empty() {
            delivery_attempts::insert(&mut tx, &attempts).await?;
        }
        let now = Time::from(self.ambient.now());
        let stands: Vec<Stand> = outcomes
            .iter()
            .filter(|one| held.contains(&(one.task.id, one.task.fence)))
            .filter_map(|one| stand(one, now))
            .collect();
        deliveries::update(&mut tx, &stands.iter().collect::<Vec<_>>()).await?;
        self.learn(&mut tx, outcomes, &mut healths).await?;
        endpoint_health::update(&mut tx, &healths.values().collect::<Vec<_>>()).await?;
        tx.commit().await?;
        let healths: BTreeMap<EndpointId, Arc<Health>> =
            healths.into_iter().map(|(id, health)| (id, Arc::new(health))).collect();
        Ok(outcomes.iter().map(|one| healths.get(&one.ready.id).cloned()).collect())
    }
}

impl Outcomes {
    /// Ends or reschedules the tasks; answers those that still were ours, and by which fence. Of the others only the try
    /// is told.
    async fn take_tasks(&self, tx: &mut Tx, outcomes: &[Arc<Outcome>]) -> Result<HashSet<(uuid::Uuid, i64)>> {
        let ends: Vec<&Task> =
            outcomes.iter().filter(|one| !matches!(one.next, Next::Again { .. })).map(|one| &one.task).collect();
        let mut held = tasks::end_all(tx, &ends).await?;
        for outcome in outcomes {
            let Outcome { task, tried, next, .. } = &**outcome;
            if let Next::Again { endpoint, due, error } = next {
                let tries = tried.as_ref().map_or(task.attempts, |tried| tried.attempt.number);
                if tasks::retry(tx, task, &endpoint.to_string(), *due, tries, error.as_deref()).await? {
                    held.insert(task.id);
                }
            }
        }
        // A claimant that has lost its lease and the next one may meet in one commit: the later fence it was.
        let mut latest: BTreeMap<uuid::Uuid, i64> = BTreeMap::new();
        for Task { id, fence, .. } in outcomes.iter().map(|one| &one.task) {
            latest.entry(*id).and_modify(|known| *known = (*known).max(*fence)).or_insert(*fence);
        }
        Ok(latest.into_iter().filter(|(id, _)| held.contains(id)).collect())
    }

    async fn learn(
        &self,
        tx: &mut Tx,
        outcomes: &[Arc<Outcome>],
        healths: &mut BTreeMap<EndpointId, Health>,
    ) -> Result<()> {
        for outcome in outcomes {
            let Outcome { ready, tried, .. } = &**outcome;
            let (Some(tried), Some(health)) = (tried, healths.get_mut(&ready.id)) else { continue };
            let now = tried.attempt.started_at.after(tried.took);
            for notice in health::learn(health, tried.sign, tried.took, now, &self.settings) {
                self.tell(tx, ready, health, notice, now).await?;
            }
        }
        Ok(())
    }

    /// Tells the store by an event, and operators by an alert.
    async fn tell(&self, tx: &mut Tx, ready: &Ready, health: &Health, notice: Notice, now: Time) -> Result<()> {
        let url_host = ready.url.host_str().unwrap_or_default().to_owned();
        let mean_ms = health::mean(health).as_millis() as u64;
        let (kind, event): (&str, Option<EventData>) = match &notice {
            Notice::Opened { .. } => ("breaker", None),
            Notice::Slow { .. } => ("slow", None),
            Notice::Recovered => {
                ("recovered", Some(EndpointRecovered { endpoint: ready.id, url_host: url_host.clone() }.into()))
            }
            Notice::Failing { percent, since } => {
                let failing_since = since.to_string();
                let percent = *percent;
                let data = EndpointFailing { endpoint: ready.id, url_host: url_host.clone(), percent, failing_since };
                ("failing", Some(data.into()))
            }
            Notice::Disable { reason } => {
                if !endpoints::disable(tx, ready.id, reason, now).await? {
                    return Ok(());
                }
                let gone = *reason == "gone";
                let reason = if gone { EndpointDisabledReason::Gone } else { EndpointDisabledReason::Failing };
                let data = EndpointDisabled { endpoint: ready.id, reason };
                ("disabled", Some(data.into()))
            }
        };
        if let Some(event) = event {
            events::append(tx, &self.ambient, ready.store, ready.livemode, [event]).await?;
        }
        let percent = if let Notice::Failing { percent, .. } = notice { Some(percent) } else { None };
        let payload = json!({
            "alert": kind, "endpoint": ready.id.to_string(), "at": now.to_string(), "failures": health.failures,
            "mean_ms": mean_ms, "percent": percent,
        });
        let key = format!("{kind}:{}:{}", ready.id, self.ambient.uuid().simple());
        let follow_up = FollowUp { lane: "operators".to_owned(), key, payload };
        run_multiple(tx, &self.ambient, vec![(ALERT, follow_up)]).await
    }
}

/// How a delivery stands after its task.
fn stand(outcome: &Outcome, now: Time) -> Option<Stand> {
    let id: DeliveryId = outcome.task.key.parse().ok()?;
    let attempt = outcome.tried.as_ref().map(|tried| &tried.attempt);
    let failed = attempt.and_then(|attempt| attempt.error.clone());
    let stand = |status, endpoint_id, last_error, next_attempt_at| Stand {
        id,
        endpoint_id,
        status,
        attempts: attempt.map(|attempt| attempt.number),
        last_status: attempt.and_then(|attempt| attempt.response_status),
        last_error,
        next_attempt_at,
        at: now,
    };
    Some(match &outcome.next {
        Next::Nothing => return None,
        Next::Arrived => stand("success", outcome.ready.id, None, None),
        Next::GivenUp(why) => stand("failed", outcome.ready.id, Some(failed.unwrap_or_else(|| why.clone())), None),
        Next::Again { endpoint, due, error } => {
            stand("pending", *endpoint, failed.or_else(|| error.clone()), Some(*due))
        }
    })
}

/// When a failed try is followed by another one.
pub(super) fn due_again(
    ready: &Ready,
    tries: i32,
    sign: Sign,
    now: Time,
    chance: f64,
    settings: &Settings,
) -> Option<Time> {
    let pause = schedule::pause(&ready.schedule, tries, settings)?;
    let rest = match sign {
        Sign::Down(rest) => rest,
        _ => Duration::ZERO,
    };
    Some(now.after(schedule::spread(pause.max(rest), chance)))
}
