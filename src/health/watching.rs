//! Watching: what this process sees of every account, judged as it is seen. A verdict reaches the breaker, and with it routing,
//! before anybody else hears of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use kit::breaker::Breaker;
use kit::{Sign, Signal, Transport, Witness};
use schemas::health::{Cause, Verdict};
use schemas::{AccountId, Money};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::judge::{Judge, Seen, Step};
use super::window::Tally;
use crate::config::HealthThresholds as Thresholds;
use crate::db::Time;
use crate::db::account_health::Change;

/// Looking closely at one account begins so long after the last time at the earliest. Who is only slow is looked at less often,
/// each time that nothing is found.
const REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(30);

/// What this process sees, account by account.
pub struct Watching {
    // The transport holds its witness: to hold it would keep both for ever.
    transport: Weak<Transport>,
    thresholds: Thresholds,
    accounts: RwLock<HashMap<AccountId, Arc<Watched>>>,
    notices: mpsc::UnboundedSender<Notice>,
}

/// What somebody has to do. Of one account few are under way: a change, and one closer look.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// A verdict is to be written down.
    Changed(Change),
    /// An account is to be looked at closely.
    Suspect(AccountId),
}

/// One account.
pub struct Watched {
    /// Who.
    pub id: AccountId,
    /// With which provider.
    pub provider: String,
    breaker: Arc<Breaker>,
    live: Mutex<Live>,
}

struct Live {
    judge: Judge,
    /// Since the figures were last taken.
    tally: Tally,
    probed: Option<Probed>,
    probe_began: Option<Instant>,
    probing: bool,
    looked: Option<Instant>,
    rest: Duration,
    looking: bool,
    /// Verdicts that the database does not have yet.
    unwritten: u32,
    error: Option<String>,
    /// When it last answered, and when it last did not.
    answered: Option<Instant>,
    silent: Option<Instant>,
}

/// The last probe that was answered well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probed {
    /// When.
    pub at: Time,
    /// How long it took.
    pub took: Duration,
    /// What the account holds.
    pub balance: Option<Money>,
    /// Until when the host's certificate is valid.
    pub certificate_until: Option<Time>,
}

/// What is to be written down of an account now and then.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Whose.
    pub account: AccountId,
    /// Its verdict.
    pub verdict: Verdict,
    /// The last probe.
    pub probed: Option<Probed>,
    /// Of the last minutes.
    pub recent: Tally,
    /// Since the figures were last taken.
    pub since_last: Tally,
}

impl Watching {
    /// Over the road; notices go to whoever attends to them.
    pub fn new(transport: &Arc<Transport>, thresholds: Thresholds, notices: mpsc::UnboundedSender<Notice>) -> Self {
        Self { transport: Arc::downgrade(transport), thresholds, accounts: RwLock::default(), notices }
    }

    /// One account, from now on if it is new.
    pub fn account(&self, id: AccountId, provider: &str) -> Option<Arc<Watched>> {
        if let Some(watched) = self.known(id) {
            return Some(watched);
        }
        let breaker = self.transport.upgrade()?.breaker_of(id, provider);
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        let watched =
            accounts.entry(id).or_insert_with(|| Arc::new(Watched::new(id, provider, breaker, &self.thresholds)));
        Some(Arc::clone(watched))
    }

    /// One account that is watched.
    pub fn known(&self, id: AccountId) -> Option<Arc<Watched>> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner).get(&id).map(Arc::clone)
    }

    /// Everybody who is watched.
    pub fn all(&self) -> Vec<Arc<Watched>> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner).values().map(Arc::clone).collect()
    }

    /// Forgets accounts that are no more.
    pub fn retain(&self, is_there: impl Fn(AccountId) -> bool) {
        self.accounts.write().unwrap_or_else(PoisonError::into_inner).retain(|id, _| is_there(*id));
    }
}

impl Witness for Watching {
    fn saw(&self, signal: Signal) {
        let Some(watched) = self.account(signal.account, signal.provider) else { return };
        for notice in watched.hear(&signal, &self.thresholds) {
            // Nobody attends any more: we are leaving.
            drop(self.notices.send(notice));
        }
    }
}

impl Watched {
    fn new(id: AccountId, provider: &str, breaker: Arc<Breaker>, thresholds: &Thresholds) -> Self {
        let live = Live {
            judge: Judge::new(thresholds),
            tally: Tally::default(),
            probed: None,
            probe_began: None,
            probing: false,
            looked: None,
            rest: REST,
            looking: false,
            unwritten: 0,
            error: None,
            answered: None,
            silent: None,
        };
        Self { id, provider: provider.to_owned(), breaker, live: Mutex::new(live) }
    }

    fn hear(&self, signal: &Signal, thresholds: &Thresholds) -> impl Iterator<Item = Notice> + use<> {
        let mut live = self.lock();
        let at = Time::from(signal.at);
        live.tally.add(signal.sign, signal.probe, signal.took);
        match signal.sign {
            Sign::Good | Sign::Declined => live.answered = Some(Instant::now()),
            // A status is an answer, if no good one: we are not alone.
            Sign::Failed if signal.error.is_some_and(|(_, status)| status.is_some()) => {
                live.answered = Some(Instant::now())
            }
            Sign::Failed => live.silent = Some(Instant::now()),
            Sign::Pending | Sign::Served | Sign::Denied => {}
        }
        if let Some((kind, status)) = signal.error {
            let status = status.map(|status| format!(" (status {status})")).unwrap_or_default();
            live.error = Some(format!("{}: {}{status}", signal.operation, kind.as_str()));
        }
        let seen = Seen { sign: signal.sign, probe: signal.probe, took: signal.took };
        let changed = match live.judge.hear(seen, at, thresholds) {
            Step::Same => None,
            Step::StillUseless => {
                self.breaker.avoid(Instant::now());
                None
            }
            Step::Changed { from } => {
                self.act(from, &live.judge);
                live.unwritten += 1;
                Some(Notice::Changed(live.change(self.id, at)))
            }
        };
        let bad = matches!(signal.sign, Sign::Failed | Sign::Pending) || signal.probe && signal.sign == Sign::Declined;
        let well = live.judge.verdict() != Verdict::Unhealthy;
        let only_slow = signal.sign == Sign::Pending;
        let rest = if only_slow { live.rest } else { REST };
        let rested = live.looked.is_none_or(|looked| looked.elapsed() >= rest);
        if signal.probe && signal.sign == Sign::Good && !well {
            // It answers: the next call may find out whether calls go well.
            self.breaker.answers();
        }
        let suspect = (bad && well && rested && !live.looking).then(|| {
            let long_ago = live.looked.is_none_or(|looked| looked.elapsed() >= 2 * LONGEST_REST);
            live.rest = if only_slow && !long_ago { (live.rest * 2).min(LONGEST_REST) } else { REST };
            (live.looking, live.looked) = (true, Some(Instant::now()));
            Notice::Suspect(self.id)
        });
        suspect.into_iter().chain(changed)
    }

    /// What a verdict means for calls.
    fn act(&self, from: Verdict, judge: &Judge) {
        match (judge.verdict(), judge.cause()) {
            (Verdict::Unhealthy, Some(Cause::Unreachable)) => self.breaker.set_unwell(true),
            (Verdict::Unhealthy, Some(Cause::Useless)) => self.breaker.avoid(Instant::now()),
            (Verdict::Unhealthy, _) => self.breaker.open(Instant::now()),
            _ if from == Verdict::Unhealthy => self.breaker.set_unwell(false),
            _ => {}
        }
    }

    /// What another process has found, or this one before it was started anew. What is found here and not yet written counts
    /// more.
    pub fn adopt(&self, verdict: Verdict, cause: Option<Cause>, since: Time) {
        let mut live = self.lock();
        if live.unwritten > 0 || live.judge.verdict() == verdict {
            return;
        }
        let from = live.judge.verdict();
        live.judge.adopt(verdict, cause, since);
        self.act(from, &live.judge);
    }

    /// A verdict is in the database.
    pub fn written(&self) {
        let mut live = self.lock();
        live.unwritten = live.unwritten.saturating_sub(1);
    }

    /// The closer look is over.
    pub fn looked(&self) {
        self.lock().looking = false;
    }

    /// A time begins in which nothing is sent, or ends.
    pub fn set_resting(&self, resting: bool) {
        if self.breaker.is_resting() != resting {
            self.breaker.set_resting(resting);
        }
    }

    /// How long ago it last answered, and last did not.
    pub fn heard(&self) -> (Option<Duration>, Option<Duration>) {
        let live = self.lock();
        (live.answered.map(|at| at.elapsed()), live.silent.map(|at| at.elapsed()))
    }

    /// Whether nothing is to be sent.
    pub fn is_resting(&self) -> bool {
        self.breaker.is_resting()
    }

    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        self.lock().judge.verdict()
    }

    /// The verdict, where good probes alone change it.
    pub fn recovers_by_probes(&self) -> bool {
        self.lock().judge.recovers_by_probes()
    }

    /// Whether a probe is due, and if so counts it as begun. The first ones are spread over the interval by chance.
    pub fn begin_probe(&self, every: Duration, chance: impl FnOnce() -> f64) -> bool {
        let mut live = self.lock();
        let now = Instant::now();
        let began = *live.probe_began.get_or_insert_with(|| {
            let passed = every.mul_f64(chance());
            now.checked_sub(passed).unwrap_or(now)
        });
        if live.probing || now.duration_since(began) < every {
            return false;
        }
        (live.probing, live.probe_began) = (true, Some(now));
        true
    }

    /// Whether a probe of the schedule is under way.
    pub fn is_probing(&self) -> bool {
        self.lock().probing
    }

    /// A probe that was begun has ended; what it told where it went well.
    pub fn end_probe(&self, probed: Option<Probed>) {
        let mut live = self.lock();
        live.probing = false;
        live.probed = probed.or(live.probed);
    }

    /// What a probe beside the schedule told.
    pub fn probed(&self, probed: Option<Probed>) {
        let mut live = self.lock();
        live.probed = probed.or(live.probed);
    }

    /// What is to be written down now; what was counted since the last time counts from zero.
    pub fn snapshot(&self, now: Time) -> Snapshot {
        let mut live = self.lock();
        Snapshot {
            account: self.id,
            verdict: live.judge.verdict(),
            probed: live.probed,
            recent: live.judge.tally(now),
            since_last: std::mem::take(&mut live.tally),
        }
    }

    /// What could not be written down is counted again the next time.
    pub fn give_back(&self, tally: &Tally) {
        self.lock().tally.merge(tally);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Live> {
        // Nothing in here can panic half-way, so what a poisoned lock holds is whole.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Live {
    fn change(&self, account: AccountId, at: Time) -> Change {
        let (verdict, cause) = (self.judge.verdict(), self.judge.cause());
        let error = self.error.clone().filter(|_| verdict != Verdict::Healthy);
        Change { account, verdict, cause, at, error }
    }
}
