//! Incidents: looked for every few seconds by one process, from what the database holds of every account.

mod by_hand;
mod customers;
mod parts;
mod step;
mod words;

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use schemas::health::{Cause, IncidentStatus, Verdict};
use serde_json::json;
use uuid::Uuid;

use self::parts::Part;
use self::step::{Act, Facts, estimate, step};
use super::Health;
use crate::db::account_health::{self, AccountHealth, Past};
use crate::db::incidents::{self as table, Entry, Incident};
use crate::db::provider_accounts;
use crate::db::tasks::Task;
use crate::db::{DbError, Time, Tx, alerts, integrations};
use crate::events;
use crate::work::{FollowUp, Handler, run_after_response};

pub use by_hand::NewIncident;
pub use customers::{CUSTOMERS, Customers};
pub use words::{cause as cause_text, severity as severity_text};

/// The kind of the one task that looks.
const KIND: &str = "health.incidents";
/// The kind of task that tells operators, and the lane that it waits in.
const ALERT: &str = "alert.send";
const LANE: &str = "operators";
/// Of how many before it an incident's length is guessed.
const HISTORY: i64 = 20;
/// How long after maintenance nothing is held against a service, and how far back an incident may begin.
const GRACE: Duration = Duration::from_secs(60);
/// Entries of a timeline that say that it came back; later ones are only counted.
const FALLS_TOLD: i32 = 10;

/// The handler of `health.incidents`.
pub struct Incidents(pub Health);

#[async_trait]
impl Handler for Incidents {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn every(&self) -> Option<Duration> {
        Some(Duration::from_millis(self.0.incidents.look_ms))
    }

    async fn run(&self, _: &[Task]) -> Result<(), DbError> {
        self.0.look_for_incidents().await
    }
}

impl Health {
    /// Looks at every service that is ill, or has an incident.
    pub(crate) async fn look_for_incidents(&self) -> Result<(), DbError> {
        let bad: Vec<AccountHealth> = account_health::all(&self.db)
            .await?
            .into_iter()
            .filter(|row| matches!(row.verdict, Verdict::Unhealthy | Verdict::Degraded))
            .collect();
        let going = table::going(&self.db).await?;
        let going: Vec<Incident> = going.into_iter().filter(|incident| !incident.by_hand).collect();
        let now = self.now();
        if bad.is_empty() && going.is_empty() {
            return self.tell_offline(false, now).await;
        }
        let offline = !bad.is_empty() && self.is_offline().await;
        self.tell_offline(offline, now).await?;
        // What was maintained until a moment ago nobody has had a look at yet.
        let resting = self.resting(now, GRACE).await?;
        let accounts = provider_accounts::all(&self.db).await?;
        let services = integrations::all(&self.db).await?;
        let since = going.iter().map(|incident| incident.updated_at).min().unwrap_or(now);
        let changes = account_health::all_changes(&self.db, since).await?;
        for part in parts::of(&services, accounts, bad, &going) {
            let excused = offline || resting.contains(&part.integration);
            let facts = self.facts(&part, excused, &changes);
            self.play(&part, facts, now).await?;
        }
        Ok(())
    }

    /// Says once that it may be us, and once that it is over.
    async fn tell_offline(&self, offline: bool, now: Time) -> Result<(), DbError> {
        if self.offline.swap(offline, Ordering::Relaxed) == offline {
            return Ok(());
        }
        let key = format!("offline:{}", self.ambient.uuid().simple());
        let payload = json!({"alert": "offline", "key": "offline", "at": now.to_string(), "resolved": !offline});
        let mut tx = self.db.begin().await?;
        if !offline {
            alerts::resolve(&mut tx, "offline", now).await?;
        }
        run_after_response(&mut tx, &self.ambient, ALERT, FollowUp { lane: LANE.to_owned(), key, payload }).await?;
        tx.commit().await?;
        self.waker.wake(ALERT, LANE);
        Ok(())
    }

    fn facts(&self, part: &Part, excused: bool, changes: &[Past]) -> Facts {
        let of = |verdict| part.health.iter().filter(move |row| row.verdict == verdict);
        let (mut falls, mut well_since) = (0, None);
        if let Some(incident) = &part.incident {
            let own = |change: &&Past| part.accounts.iter().any(|account| account.id == change.account_id);
            for change in changes.iter().filter(own).filter(|change| change.at > incident.updated_at) {
                // While it is down, another account of it that falls is the same fall.
                let fell = change.verdict == Verdict::Unhealthy && change.was != Verdict::Unhealthy;
                falls += i32::from(fell && (incident.well_since.is_some() || well_since.is_some()));
                well_since = well_since.max((change.was == Verdict::Unhealthy).then_some(change.at));
            }
        }
        Facts {
            ill: of(Verdict::Unhealthy).count(),
            accounts: part.accounts.len(),
            degraded_since: of(Verdict::Degraded).map(|row| row.since).min(),
            well_since,
            falls,
            stood_in: self.is_stood_in(&part.name),
            money: part.kind == "payment",
            excused,
        }
    }

    /// Whether something stands in for a service that is not ill itself.
    fn is_stood_in(&self, name: &str) -> bool {
        let watched = self.watching.all();
        let ill =
            |name: &String| watched.iter().any(|one| one.provider == *name && one.verdict() == Verdict::Unhealthy);
        self.stand_ins.get(name).is_some_and(|others| others.iter().any(|other| !ill(other)))
    }

    /// Does what is to be done, each thing in a commit of its own.
    async fn play(&self, service: &Part, mut facts: Facts, now: Time) -> Result<(), DbError> {
        let mut incident = service.incident.clone();
        while let Some(act) = step(incident.as_ref(), &facts, now, &self.incidents) {
            facts.falls = 0;
            let mut tx = self.db.begin().await?;
            let Some(changed) = self.do_one(&mut tx, service, incident, act, now).await? else {
                // Somebody else has done it.
                return Ok(());
            };
            tx.commit().await?;
            self.waker.wake(ALERT, LANE);
            if changed.status == IncidentStatus::Closed {
                return Ok(());
            }
            incident = Some(changed);
        }
        Ok(())
    }

    async fn do_one(
        &self,
        tx: &mut Tx,
        service: &Part,
        incident: Option<Incident>,
        act: Act,
        now: Time,
    ) -> Result<Option<Incident>, DbError> {
        let incident = match (incident, act) {
            (None, Act::Open(severity)) => {
                let incident = self.new_incident(tx, service, severity, now).await?;
                if !table::insert(tx, &incident).await? {
                    return Ok(None);
                }
                incident
            }
            (None, _) => return Ok(None),
            (Some(mut incident), act) => {
                applied(&mut incident, act, now);
                if !table::save(tx, &incident, now).await? {
                    return Ok(None);
                }
                Incident { version: incident.version + 1, updated_at: now, ..incident }
            }
        };
        if let Some((kind, text)) = words::entry(&incident, act).filter(|_| is_told(&incident, act)) {
            let entry = Entry {
                id: self.ambient.uuid(),
                incident_id: incident.id,
                at: now,
                kind: kind.to_owned(),
                text: text.en,
                text_ar: text.ar,
            };
            table::add(tx, &entry).await?;
        }
        if matches!(act, Act::Open(_) | Act::Worse(_) | Act::Escalate(_) | Act::Remind | Act::Close) {
            self.tell(tx, &incident, now).await?;
        }
        if let Some(event) = words::event(&incident, act) {
            events::append(tx, &self.ambient, incident.store_id, incident.livemode, [event]).await?;
        }
        if matches!(act, Act::Open(_)) {
            self.tell_customers_by_consent(tx, &incident, now).await?;
        }
        Ok(Some(incident))
    }

    async fn new_incident(
        &self,
        tx: &mut Tx,
        service: &Part,
        severity: schemas::health::Severity,
        now: Time,
    ) -> Result<Incident, DbError> {
        let durations = table::durations(tx, service.integration, HISTORY).await?;
        let lasts = estimate(&durations, Duration::from_millis(self.incidents.usual_ms));
        let worst = service.health.iter().max_by_key(|row| (row.verdict, std::cmp::Reverse(row.since)));
        let platform = service.accounts.iter().find(|account| account.platform_default);
        let store = platform
            .or_else(|| worst.and_then(|row| service.accounts.iter().find(|account| account.id == row.account_id)))
            .or(service.accounts.first());
        // What was excused until now begins now.
        let opened = worst.map_or(now, |row| row.since).min(now).max(now.before(GRACE));
        Ok(Incident {
            id: self.ambient.uuid(),
            integration_id: service.integration,
            service: service.name.clone(),
            livemode: service.livemode,
            store_id: store.map_or(Uuid::nil().into(), |account| account.store_id),
            scope: service.scope,
            status: IncidentStatus::Open,
            severity,
            cause: worst.and_then(AccountHealth::cause).unwrap_or(Cause::Failing).as_str().to_owned(),
            by_hand: false,
            title: None,
            error: worst.and_then(|row| row.error.clone()),
            opened_at: opened,
            estimated_at: opened.after(lasts),
            escalated_at: None,
            reminded_at: Some(now),
            well_since: None,
            closed_at: None,
            flaps: 0,
            version: 1,
            updated_at: now,
        })
    }

    /// Has operators told.
    async fn tell(&self, tx: &mut Tx, incident: &Incident, now: Time) -> Result<(), DbError> {
        let key = format!("incident:{}", incident.id.simple());
        let closed = incident.status == IncidentStatus::Closed;
        let payload = json!({
            "alert": "incident", "key": key, "service": incident.service, "severity": incident.severity,
            "cause": incident.cause, "error": incident.error, "livemode": incident.livemode,
            "began": incident.opened_at.to_string(), "estimated": incident.estimated_at.to_string(),
            "at": now.to_string(), "resolved": closed,
        });
        let key = format!("{key}:{}", self.ambient.uuid().simple());
        run_after_response(tx, &self.ambient, ALERT, FollowUp { lane: LANE.to_owned(), key, payload }).await
    }
}

/// An incident that comes and goes all the time is counted, not told.
fn is_told(incident: &Incident, act: Act) -> bool {
    !matches!(act, Act::Fall(_) | Act::Well(_)) || incident.flaps <= FALLS_TOLD
}

/// What an act makes of an incident.
fn applied(incident: &mut Incident, act: Act, now: Time) {
    match act {
        Act::Open(_) => {}
        Act::Fall(times) => {
            incident.flaps = incident.flaps.saturating_add(times);
            incident.well_since = None;
        }
        Act::Well(since) => incident.well_since = Some(since),
        Act::Worse(severity) => incident.severity = severity,
        Act::Escalate(severity) => {
            (incident.severity, incident.status) = (severity, IncidentStatus::Escalated);
            (incident.escalated_at, incident.reminded_at) = (Some(now), Some(now));
        }
        Act::Remind => incident.reminded_at = Some(now),
        Act::Close => (incident.status, incident.closed_at) = (IncidentStatus::Closed, Some(now)),
    }
}
