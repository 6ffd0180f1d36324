//! Delivering: the tasks of one endpoint together, within its places and everybody's, each try with its signature.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use schemas::{DeliveryId, EndpointId};
use tokio::sync::SemaphorePermit;
use tokio::time::Instant;

use super::attempt::try_once;
use super::directory::{choose, does_well};
use super::health::Sign;
use super::live::{Live, Ready};
use super::outcome::{Next, Outcome, Outcomes, Tried, due_again};
use super::reading::{Question, Reading};
use super::{DELIVER, Notify, schedule};
use crate::db::deliveries::Load;
use crate::db::endpoints::Endpoint;
use crate::db::group_commit::GroupCommit;
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Time};
use crate::work::{Handler, Pace, Room, is_held};

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
/// Tasks that this process has claimed, for each delivery at once.
const CLAIMED: usize = 32;
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
            let relief = live.known().is_some_and(|ready| self.relief(&ready, None, now).is_some());
            return match () {
                () if relief => Room::For(BATCH),
                // One task is taken for a look at how the endpoint does now.
                () if live.is_stale(FRESH_AT_REST) => Room::For(1),
                () => Room::Until(until.min(now.after(FRESH_AT_REST))),
            };
        }
        // What is claimed is in memory, and nobody else can have it: no more than is soon done.
        let budget = (self.notify.settings.concurrency * CLAIMED).saturating_sub(self.notify.lives.claimed());
        if budget == 0 {
            return Room::Until(now.after(SOON));
        }
        if live.known().is_some_and(|ready| ready.shut.is_some()) {
            return Room::For(BATCH);
        }
        let suspect = live.is_suspect(&self.notify.settings);
        if !suspect && live.is_proven() {
            return Room::For(BATCH.min(budget));
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
        let mut loads = self.loads(&live, id, tasks).await?;
        let mut under_way: FuturesUnordered<_> = tasks
            .iter()
            .map(|task| {
                let load = task.key.parse().ok().and_then(|id: DeliveryId| loads.remove(&id));
                self.one(&live, &ready, task.clone(), load)
            })
            .collect();
        let mut claimed = self.notify.lives.claim(tasks.len());
        let (mut not_begun, mut lost) = (Vec::new(), None);
        while let Some(done) = under_way.next().await {
            claimed.one_less();
            match done {
                Done::Written => {}
                Done::NotBegun(task) => not_begun.push(task),
                Done::Lost(error) => lost = Some(error),
            }
        }
        if !not_begun.is_empty() {
            tasks::release(&self.notify.db, &not_begun.iter().collect::<Vec<_>>()).await?;
        }
        // What could not be written comes again, as what has failed.
        lost.map_or(Ok(()), Err)
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

    /// What the tasks' deliveries carry; and how the endpoint does is read as well, where that is not known for sure.
    async fn loads(
        &self,
        live: &Live,
        id: EndpointId,
        tasks: &[Task],
    ) -> Result<HashMap<DeliveryId, Arc<Load>>, DbError> {
        let mut loads = HashMap::with_capacity(tasks.len());
        let mut deliveries = Vec::new();
        for (task, delivery) in tasks.iter().filter_map(|task| Some((task, task.key.parse::<DeliveryId>().ok()?))) {
            match self.notify.fresh.take(task, delivery) {
                Some(load) => drop(loads.insert(delivery, load)),
                None => deliveries.push(delivery),
            }
        }
        let endpoint = live.is_stale(FRESH).then_some(id);
        if deliveries.is_empty() && endpoint.is_none() {
            return Ok(loads);
        }
        let answer = self.reading.take(Question { deliveries, endpoint }).await?;
        if let Some(health) = answer.health {
            live.learn(health);
        }
        loads.extend(answer.loads);
        Ok(loads)
    }

    /// Brings one task as far as it goes now.
    async fn one(&self, live: &Live, ready: &Arc<Ready>, task: Task, load: Option<Arc<Load>>) -> Done {
        let Some(load) = load.filter(|load| load.status == "pending") else {
            return self.write(live, ready, task, None, Next::Nothing).await;
        };
        if let Some(why) = &ready.shut {
            let now = self.notify.now();
            let next = match self.relief_for(ready, &load, now) {
                Some(endpoint) => Next::Again { endpoint, due: now, error: Some(why.clone()) },
                None => Next::GivenUp(why.clone()),
            };
            return self.write(live, ready, task, None, next).await;
        }
        if self.notify.lives.is_draining() {
            return Done::NotBegun(task);
        }
        let own = tokio::select! {
            own = live.permits.acquire() => own,
            // The endpoint does not answer: what waits for it is given back.
            () = live.stopped.notified() => return Done::NotBegun(task),
        };
        let Ok(own) = own else { return Done::NotBegun(task) };
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
        self.keep_pace(ready).await?;
        let suspect = live.is_suspect(settings);
        let _suspect = if suspect { Some(lives.suspects().try_acquire().ok()?) } else { None };
        let _first = match live.first.try_acquire() {
            Ok(first) => first,
            Err(_) => lives.bursts().acquire().await.ok()?,
        };
        let _place = lives.slots().acquire().await.ok()?;
        let unwritten = lives.unwritten().acquire().await.ok()?;
        // It may have begun to fail while this one waited, its settings may have changed, and the task may be another's.
        let same = live.known().is_some_and(|known| known.version == ready.version);
        let began_to_fail = !suspect && live.is_suspect(settings);
        if lives.is_draining() || began_to_fail || !same || !is_held(task.id) {
            return None;
        }
        Some((try_once(&self.notify, live, ready, load).await, (unwritten, single)))
    }

    /// Waits for the endpoint's pace; `None` where we are leaving.
    async fn keep_pace(&self, ready: &Ready) -> Option<()> {
        let Some(pace) = &ready.pace else { return Some(()) };
        while pace.check().is_err() {
            if self.notify.lives.is_draining() {
                return None;
            }
            tokio::time::sleep(SOON / 4).await;
        }
        Some(())
    }

    /// Another weighted endpoint takes over what this one cannot have now.
    async fn hand_over(&self, live: &Live, ready: &Arc<Ready>, task: Task, load: &Load, now: Time) -> Done {
        let relief = self.relief_for(ready, load, now);
        let (endpoint, due) = match (relief, live.rests_until(now)) {
            (Some(endpoint), _) => (endpoint, now),
            // Of a lane that is claimed for the sake of what others can take over, the rest must not stand in the way.
            (None, Some(until)) if ready.shared => (ready.id, until),
            _ => return Done::NotBegun(task),
        };
        let next = Next::Again { endpoint, due, error: None };
        self.write(live, ready, task, None, next).await
    }

    /// Who takes this delivery over, if others may.
    fn relief_for(&self, ready: &Ready, load: &Load, now: Time) -> Option<EndpointId> {
        if load.shared { self.relief(ready, Some(&load.event), now) } else { None }
    }

    /// Another weighted endpoint of the store that does well and wants the same.
    fn relief(&self, ready: &Ready, event: Option<&str>, now: Time) -> Option<EndpointId> {
        let Notify { directory, lives, settings, ambient, .. } = &self.notify;
        if !ready.shared {
            return None;
        }
        let book = directory.known(ready.store, ready.livemode)?;
        // Before it is known what it carries: would anybody take over anything?
        let event = event.or_else(|| book.get(ready.id)?.events.first().map(String::as_str))?;
        let other = |one: &&Endpoint| one.weight.is_some() && one.id != ready.id;
        let group: Vec<&Endpoint> =
            book.wanting(event).filter(other).filter(|one| does_well(lives, one, now, settings)).collect();
        choose(&group, ambient.fraction()).map(|endpoint| endpoint.id)
    }

    fn next(&self, ready: &Ready, load: &Load, tried: &Tried) -> Next {
        let (now, attempt) = (self.notify.now(), &tried.attempt);
        let error = attempt.error.clone().unwrap_or_default();
        match tried.sign {
            Sign::Well => Next::Arrived,
            Sign::Gone => match self.relief_for(ready, load, now) {
                Some(endpoint) => Next::Again { endpoint, due: now, error: Some(error) },
                None => Next::GivenUp(error),
            },
            // Asked to come later never gives a delivery up, though the try is counted; an endpoint that only ever says so is disabled in the end.
            Sign::Busy(rest) => {
                let due = now.after(schedule::spread(rest, self.notify.ambient.fraction()));
                Next::Again { endpoint: ready.id, due, error: Some(error) }
            }
            sign => {
                let chance = self.notify.ambient.fraction();
                let Some(due) = due_again(ready, attempt.number, sign, now, chance, &self.notify.settings) else {
                    return Next::GivenUp(error);
                };
                let (endpoint, due) = self.relief_for(ready, load, now).map_or((ready.id, due), |relief| (relief, now));
                Next::Again { endpoint, due, error: Some(error) }
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
