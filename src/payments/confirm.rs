//! Confirmation: asks the provider about the due attempts of one terminal together, and takes in what it proves.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kit::{Error, Fault, Kind};
use payments_adapters::{Card, Finding, Question, Transaction, registry};
use schemas::payment::AttemptStatus;
use schemas::{AccountId, AttemptId};

use super::judge::{Verdict, judge};
use super::schedule::{self, Step};
use super::{CONFIRM, Case, Fact, Payments};
use crate::accounts::Served;
use crate::db::attempts::{self, Attempt};
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Time};
use crate::work::Handler;

/// The handler of `payment.confirm`.
pub struct Confirmations(pub Payments);

/// When a turn of ours that did not come may come.
const TURN: Duration = Duration::from_secs(1);

/// A task and the attempt it asks about.
struct Asked<'a> {
    task: &'a Task,
    attempt: Attempt,
}

/// What the terminal said.
enum Said {
    /// As of a moment, under which reference what stands.
    Answered(Time, HashMap<String, Vec<Transaction>>),
    /// It could not be asked, or not be understood.
    NotAnswered,
    /// Not asked: our own turn did not come, and will not before this. That says nothing of anybody.
    NotAsked(Duration),
    /// It answers no questions.
    NeverAnswers(&'static Card),
    /// There is nothing to ask: nobody can have paid by these yet.
    NotToBeAsked,
}

#[async_trait]
impl Handler for Confirmations {
    fn kind(&self) -> &'static str {
        CONFIRM
    }

    async fn run(&self, tasks: &[Task]) -> Result<(), DbError> {
        // Accounts may share a terminal; each asks for its own attempts, so that one whose key is wrong harms no other.
        let mut by_account: BTreeMap<AccountId, Vec<Asked<'_>>> = BTreeMap::new();
        for asked in self.asked(tasks).await? {
            by_account.entry(asked.attempt.account_id).or_default().push(asked);
        }
        for (account, asked) in by_account {
            let (interrupted, asked): (Vec<_>, Vec<_>) = asked.into_iter().partition(|asked| self.interrupted(asked));
            for asked in interrupted {
                self.decide(&asked, Fact::Step(Step::NotOpened), None).await?;
            }
            let nobody_can_have_paid = |asked: &Asked<'_>| asked.attempt.is_opening() || asked.attempt.waits_for_code();
            let (unasked, asked): (Vec<_>, Vec<_>) = asked.into_iter().partition(nobody_can_have_paid);
            self.take_in(&unasked, Said::NotToBeAsked).await?;
            if !asked.is_empty() {
                self.ask_account(account, asked).await?;
            }
        }
        Ok(())
    }
}

impl Confirmations {
    /// The attempts of the tasks; a task without one has nothing left to do.
    async fn asked<'a>(&self, tasks: &'a [Task]) -> Result<Vec<Asked<'a>>, DbError> {
        let ids: Vec<AttemptId> = tasks.iter().filter_map(|task| task.key.parse().ok()).collect();
        let rows = attempts::by_ids(&self.0.db, &ids).await?;
        let mut rows: HashMap<String, Attempt> =
            rows.into_iter().map(|attempt| (attempt.id.to_string(), attempt)).collect();
        let mut asked = Vec::with_capacity(tasks.len());
        for task in tasks {
            match rows.remove(&task.key) {
                Some(attempt) => asked.push(Asked { task, attempt }),
                None => self.finish(task).await?,
            }
        }
        Ok(asked)
    }

    fn interrupted(&self, asked: &Asked<'_>) -> bool {
        schedule::interrupted(&asked.attempt, self.0.now(), &self.0.settings)
    }

    async fn finish(&self, task: &Task) -> Result<(), DbError> {
        let mut tx = self.0.db.begin().await?;
        tasks::finish(&mut tx, task).await?;
        tx.commit().await
    }

    /// Asks an account's provider as many questions at once as it takes, and takes in each answer before the next is asked.
    async fn ask_account(&self, account: AccountId, asked: Vec<Asked<'_>>) -> Result<(), DbError> {
        let served = match self.askable(account, &asked).await? {
            Ok(served) => served,
            Err(said) => return self.take_in(&asked, said).await,
        };
        let mut rest = asked.as_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(served.provider.questions_at_once().min(rest.len()));
            rest = later;
            let said = self.ask(&served, now).await;
            if let Said::NotAsked(wait) = &said {
                self.take_in(later, Said::NotAsked(*wait)).await?;
                rest = &[];
            }
            self.take_in(now, said).await?;
        }
        Ok(())
    }

    /// The account, if it can be asked about these attempts; otherwise what is to be made of that.
    async fn askable(&self, account: AccountId, asked: &[Asked<'_>]) -> Result<Result<Arc<Served>, Said>, DbError> {
        let card = asked.first().and_then(|asked| registry::card(&asked.attempt.provider));
        if let Some(card) = card.filter(|card| !card.asks) {
            return Ok(Err(Said::NeverAnswers(card)));
        }
        let served = match self.0.accounts.by_id(account, None).await {
            Ok(Some(served)) => served,
            Ok(None) => return Ok(Err(Said::NotAnswered)),
            Err(error) => {
                tracing::warn!(error = &*error as &dyn std::error::Error, %account, "an account cannot be used to ask");
                // What this process cannot do says nothing of the provider.
                return Ok(Err(if error.is_ours() { Said::NotAsked(TURN) } else { Said::NotAnswered }));
            }
        };
        if asked.iter().any(|asked| asked.task.lane != served.provider.lane()) {
            // Another terminal knows nothing of these: its silence would be no answer.
            tracing::warn!(%account, "the account has moved to another terminal; attempts of the old one cannot be asked about");
            return Ok(Err(Said::NotAnswered));
        }
        Ok(Ok(served))
    }

    async fn ask(&self, served: &Arc<Served>, asked: &[Asked<'_>]) -> Said {
        let questions: Vec<Question> = asked.iter().map(|asked| asked.attempt.question()).collect();
        let now = self.0.now();
        match served.provider.ask(&questions).await {
            Ok(findings) => {
                let by_reference =
                    findings.into_iter().map(|Finding { wire_reference, transactions }| (wire_reference, transactions));
                Said::Answered(now, by_reference.collect())
            }
            Err(error) if is_our_own_queue(&error) => Said::NotAsked(error.retry_after.unwrap_or(TURN)),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a terminal could not be asked");
                Said::NotAnswered
            }
        }
    }

    async fn take_in(&self, asked: &[Asked<'_>], said: Said) -> Result<(), DbError> {
        let now = self.0.now();
        let settings = &self.0.settings;
        let mut waiting: HashMap<Time, Vec<&Asked<'_>>> = HashMap::new();
        let answered = if let Said::Answered(at, _) = &said { Some(*at) } else { None };
        for asked in asked {
            let fact = match &said {
                Said::NotAsked(wait) => Fact::Step(Step::Wait(now.after(*wait))),
                Said::NotToBeAsked => Fact::Step(schedule::unasked(&asked.attempt, false, now, settings)),
                Said::NeverAnswers(card) => {
                    let tells = card.tells(&asked.attempt.gateway);
                    Fact::Step(schedule::unasked(&asked.attempt, tells, now, settings))
                }
                Said::NotAnswered => Fact::Step(schedule::no_answer(&asked.attempt, now, settings)),
                Said::Answered(at, found) => {
                    let transactions = found.get(&asked.attempt.wire_reference).map_or(&[][..], Vec::as_slice);
                    match judge(asked.attempt.money(), transactions) {
                        Verdict::Silent => Fact::Step(schedule::silence(&asked.attempt, *at, settings)),
                        verdict => Fact::Verdict(verdict),
                    }
                }
            };
            match fact {
                Fact::Step(Step::Wait(due)) => waiting.entry(due).or_default().push(asked),
                fact => self.decide(asked, fact, answered).await?,
            }
        }
        self.wait(waiting, answered, !matches!(said, Said::NotAsked(_))).await
    }

    /// Most attempts only wait for their customer: they are rescheduled together.
    async fn wait(
        &self,
        waiting: HashMap<Time, Vec<&Asked<'_>>>,
        answered: Option<Time>,
        counts: bool,
    ) -> Result<(), DbError> {
        for (due, asked) in waiting {
            let mut tx = self.0.db.begin().await?;
            // Tasks before attempts, as everywhere: a callback that comes now takes both in this order too.
            tasks::again(&mut tx, &asked.iter().map(|asked| asked.task).collect::<Vec<_>>(), due, None).await?;
            if counts {
                let ids: Vec<AttemptId> = asked.iter().map(|asked| asked.attempt.id).collect();
                attempts::asked(&mut tx, &ids, answered).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// Takes in what was learnt about one attempt, with its task, in one transaction.
    async fn decide(&self, asked: &Asked<'_>, fact: Fact, answered: Option<Time>) -> Result<(), DbError> {
        let now = self.0.now();
        let mut tx = self.0.db.begin().await?;
        if !tasks::hold(&mut tx, asked.task).await? {
            // Our lease ran out and somebody else has it: what we learnt is theirs to learn.
            return Ok(());
        }
        let Some(mut case) = Case::load(&mut tx, asked.attempt.payment_id).await? else { return Ok(()) };
        let Some(index) = case.index(asked.attempt.id) else { return Ok(()) };
        // What was learnt is of an attempt that has changed since, such as one that is being confirmed now: only money counts.
        let stale = case.attempts[index].version != asked.attempt.version;
        if stale && !matches!(fact, Fact::Verdict(Verdict::Paid { .. } | Verdict::Mismatch { .. })) {
            tasks::again(&mut tx, &[asked.task], now.after(self.0.settings.gap(0)), None).await?;
            return tx.commit().await;
        }
        let due = match &fact {
            Fact::Step(Step::Expire(due) | Step::Unknown(due) | Step::Known(due) | Step::Wait(due)) => Some(*due),
            Fact::Step(Step::Review) => Some(schedule::in_review(now, &self.0.settings)),
            Fact::Step(Step::NotOpened | Step::Done) => None,
            Fact::Verdict(Verdict::Declined { .. }) => {
                schedule::after_decline(&case.attempts[index], answered.unwrap_or(now), &self.0.settings)
            }
            Fact::Verdict(Verdict::Paid { .. }) => schedule::after_paid(&case.attempts[index], now),
            Fact::Verdict(_) => None,
        };
        let before = case.attempts[index].status;
        case.learn(index, fact, now);
        let served = match case.attempts[index].status {
            after if after == before => None,
            AttemptStatus::Paid => Some(true),
            AttemptStatus::Declined => Some(false),
            _ => None,
        };
        if !case.save(&mut tx, &self.0.ambient).await? {
            return Err(DbError::Constraint("a payment changed while it was being decided".to_owned()));
        }
        attempts::asked(&mut tx, &[asked.attempt.id], answered).await?;
        match due {
            Some(due) => tasks::again(&mut tx, &[asked.task], due, None).await?,
            None => tasks::finish(&mut tx, asked.task).await?,
        }
        tx.commit().await?;
        if let (Some(served), Some(card)) = (served, registry::card(&asked.attempt.provider)) {
            self.0.accounts.decided(asked.attempt.account_id, card.name, served);
        }
        self.0.told(asked.attempt.store_id);
        Ok(())
    }
}

/// Whether the call was never made because we had too many of our own before it.
fn is_our_own_queue(error: &Error) -> bool {
    error.origin == Fault::Us && error.kind == Kind::RateLimited
}
