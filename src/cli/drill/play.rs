//! One drill: a service is broken in one way, with or without customers, mended, and what has happened is measured.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mocks::{Fault, FaultKind, Outcome, Pay};
use schemas::AccountId;
use schemas::health::Verdict;
use serde_json::{Value, json};
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep};

use super::service::Service;
use super::stage::Stage;
use crate::cli::CommandError;
use crate::db::account_health::{self, Past};
use crate::db::integration_logs::{self, Filter, Log};
use crate::db::{DbError, Time};

/// A request that was under way when the verdict fell may have been routed before it.
const MEANWHILE: Duration = Duration::from_millis(50);
/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(40);
/// What becomes of unclear outcomes by then: a person has them, or they are known.
const SETTLED: Duration = Duration::from_secs(30);

/// How a service is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Break {
    /// Nobody can connect.
    Down,
    /// It answers every call with 503.
    Error,
    /// It answers nobody in time.
    Hang,
    /// It acts, and answers with a page.
    Garbage,
}

impl Break {
    pub(super) const ALL: [Self; 4] = [Self::Down, Self::Error, Self::Hang, Self::Garbage];

    fn fault(self, service: &str) -> Fault {
        let times = Some(1_000_000);
        match self {
            Self::Down => Fault::new(service, FaultKind::CutBefore).on("connect"),
            Self::Error => Fault { times, status: Some(503), ..Fault::new(service, FaultKind::Status) },
            Self::Hang => Fault { times, delay_ms: Some(60_000), ..Fault::new(service, FaultKind::Delay) },
            Self::Garbage => Fault { times, ..Fault::new(service, FaultKind::WrongBody) },
        }
    }
}

/// What is measured.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct Measured {
    /// From the first call or probe that failed (for a hang: that began) until routing left it; without customers from the
    /// moment that it broke.
    pub(super) switched_ms: i64,
    /// From its mending until routing came back.
    pub(super) mended_ms: i64,
    /// Customers.
    pub(super) requests: usize,
    /// Customers who were sent to it after routing had left it.
    pub(super) sent_after: usize,
    /// Customers who were sent elsewhere after routing had come back.
    pub(super) elsewhere_after: usize,
    /// What the service has done and nobody here knows of; what customers asked and nobody has answered.
    pub(super) lost: usize,
    /// What the service has done more often than it was asked.
    pub(super) doubled: usize,
    /// What a person has to decide: nobody could say.
    pub(super) reviewed: usize,
}

/// One customer.
#[derive(Debug, Clone)]
struct Asked {
    began: Time,
    status: u16,
    server: String,
    id: String,
    confirmed: bool,
}

/// What a drill is played with.
struct Drill<'a> {
    stage: &'a Stage,
    service: Service,
    account: AccountId,
    number: AtomicU32,
    asked: Mutex<Vec<Asked>>,
}

/// Plays one.
pub(super) async fn play(
    stage: &Stage,
    service: Service,
    kind: Break,
    customers: bool,
) -> Result<Measured, CommandError> {
    let account = stage.account(service.name).await?;
    let drill =
        Drill { stage, service, account, number: AtomicU32::new(rand_start(stage)), asked: Mutex::new(Vec::new()) };
    let drill = Arc::new(drill);
    drill.until(Verdict::Healthy, None).await?;
    let (stop, stopped) = watch::channel(!customers);
    let shopping = shop(&drill, stopped);
    let playing = async {
        let measured = drill.act(kind, customers).await;
        stop.send_replace(true);
        measured
    };
    let (measured, ()) = tokio::join!(playing, shopping);
    stage.mocks.clear_faults();
    let (broken, left, back, mended) = measured?;
    drill.measure(kind, customers, broken, left, back, mended).await
}

/// References of one stage never meet.
fn rand_start(stage: &Stage) -> u32 {
    (stage.facade.ambient.fraction() * 1e8) as u32
}

/// Customers come, one after the other, each without waiting for the one before.
async fn shop(drill: &Drill<'_>, stopped: watch::Receiver<bool>) {
    let mut under_way = futures_util::stream::FuturesUnordered::new();
    let mut next = Instant::now();
    use futures_util::StreamExt;
    while !*stopped.borrow() {
        under_way.push(drill.ask());
        next += drill.service.pace();
        while tokio::time::timeout_at(next, under_way.next()).await.is_ok_and(|done| done.is_some()) {}
        tokio::time::sleep_until(next).await;
    }
    while under_way.next().await.is_some() {}
}

impl Drill<'_> {
    /// Breaks it, waits until it is left, mends it, waits until it is back. When it broke, was left, mended, and came back.
    async fn act(&self, kind: Break, customers: bool) -> Result<(Time, Time, Time, Time), CommandError> {
        sleep(Duration::from_secs(1)).await;
        let broken = self.now();
        self.stage.mocks.fault(kind.fault(self.service.name));
        let left = self.until(Verdict::Unhealthy, Some(broken)).await?;
        if !customers {
            self.ask().await;
        }
        sleep(Duration::from_secs(1)).await;
        let mended = self.now();
        self.stage.mocks.clear_faults();
        let back = self.until(Verdict::Healthy, Some(mended)).await?;
        self.ask().await;
        sleep(Duration::from_secs(1)).await;
        Ok((broken, left, mended, back))
    }

    /// One customer: asks, and pays or confirms where the service itself serves.
    async fn ask(&self) {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let request = self.service.request(&format!("DRILL-{number}"), number);
        let began = self.now();
        let (status, answer) = self.stage.call("POST", self.service.path(), &request).await;
        let server = self.service.server(&answer);
        let id = answer["id"].as_str().unwrap_or_default().to_owned();
        let mut confirmed = false;
        if server == self.service.name && !self.service.carries {
            confirmed = self.pay(&id, &answer).await;
        }
        self.asked.lock().await.push(Asked { began, status, server, id, confirmed });
    }

    async fn pay(&self, id: &str, answer: &Value) -> bool {
        match (answer["next_action"]["type"].as_str(), self.service.code) {
            (Some("otp"), Some(code)) => {
                self.stage.call("POST", &format!("/v1/payments/{id}/confirm"), &json!({"otp": code})).await;
                true
            }
            (Some("lightbox"), _) => {
                let wire = answer["next_action"]["parameters"]["MerchantReference"].as_str().unwrap_or_default();
                let act = Pay::new(self.service.name, wire, Outcome::Approved, "12.500");
                self.stage.mocks.pay(act).await.is_ok()
            }
            _ => false,
        }
    }

    /// Waits for a verdict that fell after a moment; when it fell.
    async fn until(&self, verdict: Verdict, after: Option<Time>) -> Result<Time, CommandError> {
        let patience = Instant::now() + PATIENCE;
        while Instant::now() < patience {
            let changes = self.changes(after).await?;
            if let Some(change) = changes.iter().find(|change| change.verdict == verdict) {
                return Ok(change.at);
            }
            sleep(Duration::from_millis(20)).await;
        }
        Err(CommandError::Refused(format!("{} never became {verdict}", self.service.name)))
    }

    async fn changes(&self, after: Option<Time>) -> Result<Vec<Past>, DbError> {
        account_health::changes(&self.stage.facade.db, self.account, after.unwrap_or(Time::BEGINNING)).await
    }

    async fn measure(
        &self,
        kind: Break,
        customers: bool,
        broken: Time,
        left: Time,
        mended: Time,
        back: Time,
    ) -> Result<Measured, CommandError> {
        let first = if customers { self.first_sign(kind, broken, left).await?.unwrap_or(broken) } else { broken };
        let asked = self.asked.lock().await.clone();
        let own = |one: &&Asked| one.server == self.service.name;
        let sent_after = asked.iter().filter(|one| one.began > left.after(MEANWHILE) && one.began < mended).filter(own);
        let elsewhere = asked.iter().filter(|one| one.began > back.after(MEANWHILE)).filter(|one| !own(one));
        let (sent_after, elsewhere_after) = (sent_after.count(), elsewhere.count());
        let unanswered = asked.iter().filter(|one| one.status == 0).count();
        let (lost, doubled, reviewed) = self.account_for(&asked).await;
        Ok(Measured {
            switched_ms: millis(left, first),
            mended_ms: millis(back, mended),
            requests: asked.len(),
            sent_after,
            elsewhere_after,
            lost: lost + unanswered,
            doubled,
            reviewed,
        })
    }

    /// The first call or probe that failed: when its answer came or, where none came, when it began.
    async fn first_sign(&self, kind: Break, broken: Time, left: Time) -> Result<Option<Time>, CommandError> {
        // Rows are written a moment after their calls.
        sleep(Duration::from_millis(500)).await;
        let filter = Filter {
            integration: Some(self.service.name.to_owned()),
            from: Some(broken.before(PATIENCE)),
            limit: 1_000,
            ..Filter::default()
        };
        let rows = integration_logs::list(&self.stage.facade.db, None, &filter).await?;
        let failed = |row: &&Log| matches!(row.status.as_str(), "error" | "timeout" | "unknown");
        let moment = |row: &Log| if kind == Break::Hang { Some(row.started_at) } else { row.completed_at };
        let moments = rows.iter().filter(failed).filter_map(moment);
        Ok(moments.filter(|at| *at >= broken.before(MEANWHILE) && *at <= left).min())
    }

    /// Compares what the service has done with what is known here, once nothing is unclear any more.
    async fn account_for(&self, asked: &[Asked]) -> (usize, usize, usize) {
        let own: Vec<&Asked> = asked.iter().filter(|one| !one.id.is_empty()).collect();
        let patience = Instant::now() + SETTLED;
        let statuses = loop {
            let statuses = self.statuses(&own).await;
            let unclear = statuses.iter().any(|status| matches!(status.as_str(), "processing" | "pending"));
            // What the customer has done at the provider is asked about now and then.
            let unpaid = own.iter().zip(&statuses).any(|(one, status)| one.confirmed && status == "requires_action");
            if !(unclear || unpaid) || Instant::now() > patience {
                break statuses;
            }
            sleep(Duration::from_millis(500)).await;
        };
        let reviewed = statuses.iter().filter(|status| matches!(status.as_str(), "needs_review" | "unknown")).count();
        let unclear = statuses.iter().filter(|status| matches!(status.as_str(), "processing" | "pending")).count();
        let Some(acts) = self.service.acts else {
            let paid = own.iter().zip(&statuses).filter(|(one, _)| one.confirmed);
            let lost = paid.filter(|(_, status)| *status != "paid").count();
            return (lost + unclear, 0, reviewed);
        };
        let journal = self.stage.mocks.journal(Some(self.service.name));
        let acted = journal.iter().filter(|entry| entry.operation == acts && entry.acted).count();
        let known = own.iter().zip(&statuses).filter(|(one, status)| {
            let here = one.confirmed || (self.service.carries && one.server == self.service.name);
            here && matches!(
                status.as_str(),
                "paid" | "booked" | "unknown" | "needs_review" | "in_transit" | "picked_up"
            )
        });
        let known = known.count();
        let sent = own.iter().filter(|one| one.confirmed || one.server == self.service.name).count();
        (acted.saturating_sub(known) + unclear, acted.saturating_sub(sent), reviewed)
    }

    async fn statuses(&self, asked: &[&Asked]) -> Vec<String> {
        let mut statuses = Vec::with_capacity(asked.len());
        for one in asked {
            let (_, now) = self.stage.call("GET", &format!("{}/{}", self.service.path(), one.id), &Value::Null).await;
            statuses.push(now["status"].as_str().unwrap_or_default().to_owned());
        }
        statuses
    }

    fn now(&self) -> Time {
        self.stage.facade.ambient.now().into()
    }
}

fn millis(later: Time, earlier: Time) -> i64 {
    i64::try_from(later.since(earlier).as_millis()).unwrap_or(i64::MAX)
}
