//! Delivering: the tasks of one endpoint together, within its places and everybody's, each try with its signature.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use schemas::{DeliveryId, EndpointId};
use tokio::sync::SemaphorePermit;
use tokio::time::Instant;

use super::channel::{Parcel, Receipt, Verdict};
use super::directory::{choose, does_well};
use super::health::Sign;
use super::live::{Live, Ready};
use super::outcome::{Next, Outcome, Outcomes, Tried, due_again};
use super::reading::{Question, Reading};
use super::{DELIVER, Notify, schedule};
use crate::db::deliveries::Load;
use crate::db::delivery_attempts::DeliveryAttempt;
use crate::db::endpoints::Endpoint;
use crate::db::group_commit::GroupCommit;
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Time};
use crate::work::{Handler, Pace, Room};

/// Tasks of one endpoint in one claim.
const BATCH: usize = 64;
/// Outcomes in one commit at the most.
const MOST: usize = 256;
/// How long what a try came to waits for a database that is away, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(300);
const PAUSE: Duration = Duration::from_millis(500);
/// How old the health of an endpoint may be: another process may have opened its breaker, or a person closed it.
const FRESH: Duration = Duration::from_secs(1);
const FRESH_AT_REST: Duration = Duration::from_secs(30);
/// When a lane without a place asks again.
const SOON: Duration = Duration::from_millis(100);

/// The handler of `notification.deliver`.
pub struct Deliveries {
    notify: Notify,
    reading: GroupCommit<Reading>,
    outcomes: GroupCommit<Outcomes>,
}

/// What became of a task for now.
enum Done {
    /// What it came to is written.
    Written,
    /// It was not begun: whoever comes next may have it.
    NotBegun(Task),
    /// What it came to could not be written; it comes again when its lease has run out.
    Lost(DbError),
}

/// Places that are held until what a try came to is written down.
type Unwritten<'l> = (SemaphorePermit<'l>, Option<SemaphorePermit<'l>>);

#[async_trait]
impl Handler for Deliveries {
    fn kind(&self) -> &'static str {
        DELIVER
    }

    fn pace(&self) -> Pace {
        Pace { groups: Some(1_024), groups_per_lane: 2, batch: BATCH, ..Pace::default() }
    }

    fn room(&self, lane: &str, now: Time) -> Room {
        let live = self.notify.lives.of(lane);
        if let Some(until) = live.rests_until(now) {
            // What others may take over does not wait for the end of the rest.
            let relief = live.known().is_some_and(|ready| self.relief(&ready, now).is_some());
            return match () {
                () if relief => Room::For(BATCH),
                // One task is taken for a look at how the endpoint does now.
                () if live.is_stale(FRESH_AT_REST) => Room::For(1),
                () => Room::Until(until.min(now.after(FRESH_AT_REST))),
            };
        }
        let suspect = live.is_suspect(&self.notify.settings);
        if !suspect && live.is_proven() {
            return Room::For(BATCH);
        }
        let free = !suspect || self.notify.lives.suspects().available_permits() > 0;
        if free && live.single.available_permits() > 0 { Room::For(1) } else { Room::Until(now.after(SOON)) }
    }

    async fn run(&self, tasks: &[Task]) -> Result<(), DbError> {
        let lane = tasks[0].lane.as_str();
        let Ok(id) = lane.parse::<EndpointId>() else { return self.drop_all(tasks).await };
        let live = self.notify.lives.of(lane);
        let Some(ready) = live.look(&self.notify, id).await? else { return self.drop_all(tasks).await };
        if ready.shared {
            // Whoever may take over is looked for in it.
            self.notify.directory.of(&self.notify.db, ready.store, ready.livemode).await?;
        }
        let deliveries = tasks.iter().filter_map(|task| task.key.parse().ok()).collect();
        let endpoint = live.is_stale(FRESH).then_some(id);
        let answer = self.reading.take(Question { deliveries, endpoint }).await?;
        if let Some(health) = answer.health {
            live.learn(health);
        }
        let mut loads = answer.loads;
        let mut under_way: FuturesUnordered<_> = tasks
            .iter()
            .map(|task| {
                let load = task.key.parse().ok().and_then(|id: DeliveryId| loads.remove(&id));
                self.one(&live, &ready, task.clone(), load)
            })
            .collect();
        let mut not_begun = Vec::new();
        while let Some(done) = under_way.next().await {
            match done {
                Done::Written => {}
                Done::NotBegun(task) => not_begun.push(task),
                Done::Lost(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "what a delivery came to is not written");
                }
            }
        }
        if !not_begun.is_empty() {
            tasks::release(&self.notify.db, &not_begun.iter().collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    fn drain(&self) {
        self.notify.lives.drain();
    }
}

impl Deliveries {
    /// Over the area.
    pub fn new(notify: Notify) -> Self {
        let (db, ambient, settings) = (notify.db.clone(), notify.ambient.clone(), Arc::clone(&notify.settings));
        let outcomes = GroupCommit::start(Outcomes { db, ambient, settings }, MOST);
        let reading = GroupCommit::start(Reading(notify.db.clone()), MOST);
        Self { notify, reading, outcomes }
    }

    /// Brings one task as far as it goes now.
    async fn one(&self, live: &Live, ready: &Arc<Ready>, task: Task, load: Option<Load>) -> Done {
        let Some(load) = load.filter(|load| load.status == "pending") else {
            return self.write(live, ready, task, None, Next::Nothing).await;
        };
        if let Some(why) = &ready.shut {
            return self.write(live, ready, task, None, Next::GivenUp(why.clone())).await;
        }
        let Ok(own) = live.permits.acquire().await else { return Done::NotBegun(task) };
        let now = self.notify.now();
        if live.rests_until(now).is_some() {
            return self.hand_over(live, ready, task, &load, now).await;
        }
        let Some((tried, _unwritten)) = self.try_in_turn(live, ready, &task, &load).await else {
            return Done::NotBegun(task);
        };
        // Writing down what it came to keeps nobody from the endpoint; but what is unwritten has its limit, since a crash
        // brings it all again.
        drop(own);
        let next = self.next(ready, &load, &tried);
        let was_careful = self.is_careful(live);
        let done = self.write(live, ready, task, Some(tried), next).await;
        if was_careful && !self.is_careful(live) {
            // It does well: whatever waited for that need not wait for a look around.
            self.notify.waker.wake(DELIVER, &ready.id.to_string());
        }
        done
    }

    /// Whether one delivery at a time goes there: nothing has arrived yet, or it fails or is slow.
    fn is_careful(&self, live: &Live) -> bool {
        !live.is_proven() || live.is_suspect(&self.notify.settings)
    }

    /// One try, once there is a place for it, and the place until it is written; `None` where there is none for now.
    async fn try_in_turn<'l>(
        &'l self,
        live: &'l Live,
        ready: &Ready,
        task: &Task,
        load: &Load,
    ) -> Option<(Tried, Unwritten<'l>)> {
        let Notify { lives, settings, .. } = &self.notify;
        let single = if self.is_careful(live) { Some(live.single.try_acquire().ok()?) } else { None };
        let suspect = live.is_suspect(settings);
        let _suspect = if suspect { Some(lives.suspects().try_acquire().ok()?) } else { None };
        if let Some(pace) = &ready.pace {
            pace.until_ready().await;
        }
        let _place = lives.slots().acquire().await.ok()?;
        let unwritten = lives.unwritten().acquire().await.ok()?;
        // It may have begun to fail while this one waited: then one at a time finds out.
        if lives.is_draining() || (!suspect && live.is_suspect(settings)) {
            return None;
        }
        Some((self.try_once(live, ready, task, load).await, (unwritten, single)))
    }

    /// Another weighted endpoint takes over what this one cannot have now.
    async fn hand_over(&self, live: &Live, ready: &Arc<Ready>, task: Task, load: &Load, now: Time) -> Done {
        match self.relief(ready, now).filter(|_| load.shared) {
            Some(endpoint) => {
                let next =
                    Next::Again { endpoint, due: now, error: Some("handed over: its endpoint rests".to_owned()) };
                self.write(live, ready, task, None, next).await
            }
            None => Done::NotBegun(task),
        }
    }

    /// Another weighted endpoint of the store that does well and wants the same.
    fn relief(&self, ready: &Ready, now: Time) -> Option<EndpointId> {
        let Notify { directory, lives, settings, ambient, .. } = &self.notify;
        if !ready.shared {
            return None;
        }
        let book = directory.known(ready.store, ready.livemode)?;
        // Whatever it carries: what one of the group wants, its others want.
        let event = book.get(ready.id)?.events.first()?;
        let other = |one: &&Endpoint| one.weight.is_some() && one.id != ready.id;
        let group: Vec<&Endpoint> =
            book.wanting(event).filter(other).filter(|one| does_well(lives, one, now, settings)).collect();
        choose(&group, ambient.fraction()).map(|endpoint| endpoint.id)
    }

    async fn try_once(&self, live: &Live, ready: &Ready, task: &Task, load: &Load) -> Tried {
        let settings = &self.notify.settings;
        let now = self.notify.now();
        let parcel = parcel(ready, load, now);
        let began = Instant::now();
        let timeout = Duration::from_millis(settings.timeout_ms);
        let sending = tokio::time::timeout(timeout, ready.channel.deliver(&parcel));
        tokio::pin!(sending);
        let answered = tokio::select! {
            answered = &mut sending => answered,
            () = tokio::time::sleep(Duration::from_millis(settings.overdue_ms)) => {
                live.overdue.fetch_add(1, Ordering::Relaxed);
                let answered = sending.await;
                live.overdue.fetch_sub(1, Ordering::Relaxed);
                answered
            }
        };
        let took = began.elapsed();
        let receipt = answered.unwrap_or_else(|_| {
            Receipt::failed("timeout", format!("no answer within {} seconds", timeout.as_secs_f32()))
        });
        let rest = |asked| schedule::rest(asked, settings);
        let (sign, reason) = match receipt.verdict {
            Verdict::Arrived => (Sign::Well, None),
            Verdict::Failed(reason) => (Sign::Ill, Some(reason)),
            Verdict::Busy("rate_limited", asked) => (Sign::Busy(rest(asked)), Some("rate_limited")),
            Verdict::Busy(reason, asked) => (Sign::Down(rest(asked)), Some(reason)),
            Verdict::Gone => (Sign::Gone, Some("gone")),
        };
        let attempt = DeliveryAttempt {
            id: self.notify.ambient.uuid(),
            delivery_id: load.id.into(),
            notification_id: load.notification_id,
            store_id: ready.store,
            livemode: ready.livemode,
            endpoint_id: ready.id,
            number: load.attempts.max(task.attempts) + 1,
            event: load.event.clone(),
            order_no: load.order_no.clone(),
            succeeded: receipt.verdict == Verdict::Arrived,
            reason: reason.map(str::to_owned),
            response_status: receipt.status.map(i32::from),
            response_body: receipt.body,
            error: receipt.error,
            duration_us: i64::try_from(took.as_micros()).unwrap_or(i64::MAX),
            started_at: now,
        };
        Tried { attempt, sign, took }
    }

    fn next(&self, ready: &Ready, load: &Load, tried: &Tried) -> Next {
        let (now, attempt) = (self.notify.now(), &tried.attempt);
        let error = attempt.error.clone().unwrap_or_default();
        match tried.sign {
            Sign::Well => Next::Arrived,
            Sign::Gone => Next::GivenUp(error),
            sign => {
                let chance = self.notify.ambient.fraction();
                let Some(due) = due_again(ready, attempt.number, sign, now, chance, &self.notify.settings) else {
                    return Next::GivenUp(error);
                };
                match self.relief(ready, now).filter(|_| load.shared) {
                    Some(endpoint) => Next::Again { endpoint, due: now, error: Some(error) },
                    None => Next::Again { endpoint: ready.id, due, error: Some(error) },
                }
            }
        }
    }

    /// Writes down what a task came to. A database that is away is waited for: what is not written is done again.
    async fn write(&self, live: &Live, ready: &Arc<Ready>, task: Task, tried: Option<Tried>, next: Next) -> Done {
        let wake = if let Next::Again { endpoint, due, .. } = &next { Some((*endpoint, *due)) } else { None };
        let outcome = Arc::new(Outcome { task, ready: Arc::clone(ready), tried, next });
        let until = Instant::now() + PATIENCE;
        let health = loop {
            match self.outcomes.take(Arc::clone(&outcome)).await {
                Ok(health) => break health,
                Err(DbError::Unavailable(_)) if Instant::now() < until && !self.notify.lives.is_draining() => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Done::Lost(error),
            }
        };
        if let Some(health) = health {
            live.learn(health);
        }
        if outcome.tried.as_ref().is_some_and(|tried| tried.sign == Sign::Gone) {
            // It is disabled now: what this process remembers of it would have it told for a moment longer.
            self.notify.directory.forget(ready.store, ready.livemode);
            self.notify.lives.forget(ready.id);
        }
        if let Some((endpoint, due)) = wake {
            self.notify.waker.wake_at(DELIVER, &endpoint.to_string(), due);
        }
        Done::Written
    }

    /// Tasks of an endpoint that never was.
    async fn drop_all(&self, tasks: &[Task]) -> Result<(), DbError> {
        let mut tx = self.notify.db.begin().await?;
        tasks::end_all(&mut tx, &tasks.iter().collect::<Vec<_>>()).await?;
        tx.commit().await
    }
}

fn parcel(ready: &Ready, load: &Load, now: Time) -> Parcel {
    let (id, timestamp) = (load.notification_id.to_string(), now.second());
    let body = Bytes::from(load.payload.clone());
    let valid = ready.signers.iter().filter(|(_, until)| until.is_none_or(|until| until > now));
    let signatures: Vec<String> = valid.map(|(signer, _)| signer.sign(&id, timestamp, &body)).collect();
    let (url, event) = (ready.url.clone(), load.event.clone());
    Parcel { url, id, event, timestamp, signature: signatures.join(" "), body }
}
