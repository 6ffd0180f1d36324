//! Probing: every account now and then by one process, and one that is suspected at once by whoever suspects it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use kit::Transport;
use schemas::AccountId;
use schemas::health::Verdict;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::Health;
use super::watching::{Probed, Watched};
use crate::accounts::ProbeError;
use crate::db::tasks::Task;
use crate::db::{DbError, Time};
use crate::work::{Handler, Pace, is_held};

/// The kind of the one task that probes.
const KIND: &str = "health.probe";
/// How long one process probes before another one may.
const TURN: Duration = Duration::from_secs(20);
/// How often is looked who is due.
const TICK: Duration = Duration::from_millis(250);
/// Between the probes of a closer look: so far apart that they are not one hiccup, so near that three of them end within two
/// seconds.
const STEP: Duration = Duration::from_millis(250);
/// The probes of a closer look.
const CLOSER: u32 = 3;
/// Probes under way at once.
const AT_ONCE: usize = 64;
const AT_ONCE_OF_PROVIDER: usize = 16;

/// The handler of `health.probe`.
pub struct Probing {
    health: Health,
    turn: AtomicUsize,
    draining: watch::Sender<bool>,
}

#[async_trait]
impl Handler for Probing {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn pace(&self) -> Pace {
        Pace { groups: Some(1), batch: 1, longest_pause: Duration::from_secs(5), ..Pace::default() }
    }

    fn every(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    async fn run(&self, tasks: &[Task]) -> Result<(), DbError> {
        let Some(task) = tasks.first() else { return Ok(()) };
        let (ends, mut under_way) = (Instant::now() + TURN, JoinSet::new());
        let mut draining = self.draining.subscribe();
        while Instant::now() < ends && !*draining.borrow() && is_held(task.id) {
            for watched in self.due(AT_ONCE.saturating_sub(under_way.len())) {
                under_way.spawn(self.health.clone().scheduled(watched));
            }
            tokio::select! {
                () = async { drop(draining.wait_for(|draining| *draining).await) } => {}
                () = sleep(TICK) => while under_way.try_join_next().is_some() {},
            }
        }
        // Those that hang end by themselves: nobody else waits for them.
        under_way.detach_all();
        Ok(())
    }

    fn drain(&self) {
        self.draining.send_replace(true);
    }
}

impl Probing {
    /// Over the area.
    pub fn new(health: Health) -> Self {
        Self { health, turn: AtomicUsize::new(0), draining: watch::Sender::new(false) }
    }

    fn due(&self, most: usize) -> Vec<Arc<Watched>> {
        let Health { watching, settings, ambient, .. } = &self.health;
        let every = |watched: &Watched| match watched.verdict() {
            Verdict::Degraded | Verdict::Unhealthy => Duration::from_millis(settings.soon_ms.min(settings.every_ms)),
            Verdict::Unknown | Verdict::Healthy => Duration::from_millis(settings.every_ms),
        };
        if settings.every_ms == 0 {
            return Vec::new();
        }
        // In its maintenance a provider is left alone.
        let due = |watched: &Arc<Watched>| {
            !watched.is_resting() && watched.begin_probe(every(watched), || ambient.fraction())
        };
        let mut all = watching.all();
        // Whoever comes first today comes last tomorrow, and of no provider are so many asked that others wait.
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let length = all.len().max(1);
        all.rotate_left(turn % length);
        let mut of_provider: BTreeMap<String, usize> = BTreeMap::new();
        for watched in all.iter().filter(|watched| watched.is_probing()) {
            *of_provider.entry(watched.provider.clone()).or_default() += 1;
        }
        let mut begun = Vec::new();
        for watched in all {
            let asked = of_provider.entry(watched.provider.clone()).or_default();
            if begun.len() < most && *asked < AT_ONCE_OF_PROVIDER && due(&watched) {
                *asked += 1;
                begun.push(watched);
            }
        }
        begun
    }
}

impl Health {
    /// A probe of the schedule; one that was answered while the account is ill is made again at once, to be sure.
    async fn scheduled(self, watched: Arc<Watched>) {
        let mut probed = self.probe(&watched).await;
        if probed.is_some() && watched.recovers_by_probes() {
            sleep(STEP).await;
            probed = self.probe(&watched).await;
        }
        watched.end_probe(probed);
    }

    /// A closer look: several probes, each begun without waiting for the one before, until it is known how the account does.
    pub(super) async fn look(self, id: AccountId) {
        let Some(watched) = self.watching.known(id).filter(|_| self.settings.every_ms > 0) else { return };
        let mut probes = JoinSet::new();
        for _ in 0..CLOSER {
            if watched.verdict() == Verdict::Unhealthy || watched.is_resting() {
                break;
            }
            let (health, watched) = (self.clone(), Arc::clone(&watched));
            probes.spawn(async move { watched.probed(health.probe(&watched).await) });
            sleep(STEP).await;
        }
        while probes.join_next().await.is_some() {}
        watched.looked();
    }

    /// One probe. Who watches the road hears how it ended.
    pub(super) async fn probe(&self, watched: &Watched) -> Option<Probed> {
        let limit = Duration::from_millis(
            self.settings.timeouts.get(&watched.provider).copied().unwrap_or(self.settings.timeout_ms),
        );
        let started = Instant::now();
        // Whatever it needs first, a token for example, has the same time again.
        match timeout(limit * 2, Transport::while_probing(self.ask(watched, limit))).await {
            Ok(Ok(probed)) => {
                metrics::histogram!("jisr_probe_seconds", "service" => watched.provider.clone())
                    .record(started.elapsed());
                probed.map(|probed| Probed { took: started.elapsed(), ..probed })
            }
            Ok(Err(ProbeError::Account(error))) => {
                tracing::debug!(error = &*error as &dyn std::error::Error, account = %watched.id, "no probe");
                None
            }
            Ok(Err(ProbeError::Call(error))) => {
                tracing::debug!(error = &error as &dyn std::error::Error, account = %watched.id, "a probe failed");
                None
            }
            Err(_) => None,
        }
    }

    async fn ask(&self, watched: &Watched, limit: Duration) -> Result<Option<Probed>, ProbeError> {
        let Some(mut probe) = self.accounts.describe_probe(watched.id, &watched.provider).await? else {
            return Ok(None);
        };
        probe.call.timeout = Some(limit);
        let reply = self.accounts.transport().probe(&probe.call).await?;
        let balance = (probe.read)(&reply).balance;
        let host = probe.call.request.url.host_str().unwrap_or_default();
        let certificate_until = self.certificates.until(host).map(Time::from);
        Ok(Some(Probed { at: self.now(), took: Duration::ZERO, balance, certificate_until }))
    }
}
