//! Bringing a refund forward: ask what remains, send once, and then only ask, until what remains proves what happened.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kit::{Delivery, Entry, Error, Fault, Intent, Kind};
use payments_adapters::{RefundAnswer, RefundOrder, Transaction, TransactionKind};
use schemas::payment::{RefundStatus, ReviewReason};
use schemas::{Money, RefundId};

use super::{Case, Payments, REFUND, schedule};
use crate::accounts::Served;
use crate::db::attempts::{self, Attempt};
use crate::db::refunds::{self, Refund};
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Time, integration_logs};
use crate::work::Handler;

/// The handler of `refund.advance`.
pub struct RefundWork(pub Payments);

/// What follows for the refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// What remains allows it: send.
    Send {
        /// The provider's id of the sale that it is taken from.
        sale: String,
        /// What may go back of it, before.
        remaining: i64,
    },
    /// Not yet: ask again later.
    Later,
    /// Proved.
    Succeeded,
    /// Certainly nothing went back.
    Failed(String),
    /// A person must decide.
    Review(ReviewReason),
}

#[async_trait]
impl Handler for RefundWork {
    fn kind(&self) -> &'static str {
        REFUND
    }

    async fn run(&self, tasks: &[Task]) -> Result<(), DbError> {
        for task in tasks {
            self.advance(task).await?;
        }
        Ok(())
    }
}

impl RefundWork {
    async fn advance(&self, task: &Task) -> Result<(), DbError> {
        let payments = &self.0;
        let Some((refund, attempt)) = self.find(task).await? else { return self.finish(task).await };
        let served = match payments.accounts.by_id(attempt.account_id, Some(refund.store_id)).await {
            Ok(served) => served.filter(|served| served.provider.lane() == task.lane),
            Err(error) => {
                tracing::warn!(error = &*error as &dyn std::error::Error, account = %attempt.account_id, "a refund's account cannot be used");
                None
            }
        };
        let sale = match &served {
            Some(served) => match self.sale(served, &attempt).await {
                Ok(sale) => sale,
                Err(error) if is_our_own_queue(&error) => return self.defer(task).await,
                Err(_) => None,
            },
            None => None,
        };
        let patience = Duration::from_millis(payments.settings.review_after_ms);
        let decision = match &sale {
            Some(transactions) => decide(&refund, &attempt, transactions, payments.now(), patience),
            None => undecided(&refund, payments.now(), patience),
        };
        match (decision, served) {
            (Decision::Send { sale, remaining }, Some(served)) => {
                self.send(task, refund, &served, sale, remaining).await
            }
            (Decision::Send { .. } | Decision::Later, _) => self.later(task, refund, None).await,
            (decision, _) => self.end(task, refund, decision).await,
        }
    }

    /// The refund of a task, while there is something to do for it.
    async fn find(&self, task: &Task) -> Result<Option<(Refund, Attempt)>, DbError> {
        let Ok(id) = task.key.parse::<RefundId>() else { return Ok(None) };
        let Some(refund) = refunds::by_id(&self.0.db, id).await? else { return Ok(None) };
        // A review for want of an answer may still be ended by one.
        let unresolved = refund.review() == Some(ReviewReason::Unresolved);
        if !matches!(refund.status, RefundStatus::Pending | RefundStatus::Processing) && !unresolved {
            return Ok(None);
        }
        let attempt = attempts::by_id(&self.0.db, refund.attempt_id).await?;
        Ok(attempt.map(|attempt| (refund, attempt)))
    }

    /// What the provider knows of the sale.
    async fn sale(&self, served: &Arc<Served>, attempt: &Attempt) -> Result<Option<Vec<Transaction>>, Error> {
        let question = attempt.question();
        let findings = served.provider.ask(&[question]).await?;
        Ok(findings
            .into_iter()
            .find(|finding| finding.wire_reference == attempt.wire_reference)
            .map(|finding| finding.transactions))
    }

    /// Sends the refund: once, and only after the database knows that it may have left.
    async fn send(
        &self,
        task: &Task,
        mut refund: Refund,
        served: &Arc<Served>,
        sale: String,
        remaining: i64,
    ) -> Result<(), DbError> {
        let order =
            RefundOrder { reference: refund.wire_reference.clone(), transaction: sale.clone(), amount: refund.money() };
        let call = match served.provider.describe_refund(&order).await {
            Ok(call) => call,
            Err(error) if is_our_own_queue(&error) => return self.defer(task).await,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a refund cannot be described");
                return self.later(task, refund, error.retry_after).await;
            }
        };
        refund.provider_transaction = Some(sale);
        let entry = Entry::sending(&call, self.0.ambient.uuid(), self.0.ambient.now());
        let Some((refund, intent)) = self.intend(task, refund, remaining, entry).await? else { return Ok(()) };
        let result = self.0.accounts.transport().act(&call, intent).await;
        self.sent(task, refund, served, result).await
    }

    /// The state change and the row of the call, in one commit. `None` where the task is no longer ours: then nothing
    /// may leave.
    async fn intend(
        &self,
        task: &Task,
        mut refund: Refund,
        remaining: i64,
        entry: Entry,
    ) -> Result<Option<(Refund, Intent)>, DbError> {
        let now = self.0.now();
        let mut tx = self.0.db.begin().await?;
        if !tasks::hold(&mut tx, task).await? {
            return Ok(None);
        }
        // The gaps grow from the first sending on: a provider that turns us away is not asked at full speed for ever.
        if refund.remaining_before.is_none() {
            refund.asks = 0;
        }
        refund.status = RefundStatus::Processing;
        refund.remaining_before = Some(remaining);
        refund.intent_id = Some(entry.id);
        refund.refused = false;
        refund.unknown_since = Some(now);
        if !refunds::update(&mut tx, &mut refund, now).await? {
            return Ok(None);
        }
        let intent = integration_logs::commit_intent(tx, entry).await?;
        Ok(Some((refund, intent)))
    }

    /// What the answer to our call says, or its absence. Success is proved by asking, not by the answer.
    async fn sent(
        &self,
        task: &Task,
        mut refund: Refund,
        served: &Arc<Served>,
        result: Result<kit::Reply, Error>,
    ) -> Result<(), DbError> {
        let mut wait = None;
        match result {
            Ok(reply) => match served.provider.read_refund(&reply) {
                RefundAnswer::Accepted { id } => refund.provider_message = id.map(|id| format!("accepted as {id}")),
                RefundAnswer::Refused { message } => {
                    refund.refused = true;
                    refund.provider_message = Some(message);
                }
            },
            Err(error) => {
                let never = error.delivery == Delivery::Never;
                if never && (error.kind.is_transient() || error.origin == Fault::Us) {
                    // Not arrived: as before, and the next try needs an intent of its own.
                    refund.status = RefundStatus::Pending;
                    refund.unknown_since = None;
                } else {
                    // A plain no is a no, if what remains has not changed; anything else is unknown.
                    refund.refused = never;
                }
                wait = error.retry_after;
                refund.provider_message = Some(error.message);
            }
        }
        self.later(task, refund, wait).await
    }

    /// Keeps the refund as it stands and asks again after a growing gap, or what the provider wants.
    async fn later(&self, task: &Task, mut refund: Refund, wait: Option<Duration>) -> Result<(), DbError> {
        let now = self.0.now();
        let due = match refund.status {
            RefundStatus::NeedsReview => schedule::in_review(now, &self.0.settings),
            _ => now.after(self.0.settings.gap(refund.asks).max(wait.unwrap_or_default())),
        };
        refund.asks += 1;
        let mut tx = self.0.db.begin().await?;
        if tasks::hold(&mut tx, task).await? && refunds::update(&mut tx, &mut refund, now).await? {
            tasks::again(&mut tx, &[task], due, None).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Our turn at the terminal did not come.
    async fn defer(&self, task: &Task) -> Result<(), DbError> {
        let mut tx = self.0.db.begin().await?;
        tasks::again(&mut tx, &[task], self.0.now().after(Duration::from_secs(1)), None).await?;
        tx.commit().await
    }

    async fn finish(&self, task: &Task) -> Result<(), DbError> {
        let mut tx = self.0.db.begin().await?;
        tasks::finish(&mut tx, task).await?;
        tx.commit().await
    }

    /// The refund has ended, or waits for a person.
    async fn end(&self, task: &Task, mut refund: Refund, decision: Decision) -> Result<(), DbError> {
        let now = self.0.now();
        let mut tx = self.0.db.begin().await?;
        if !tasks::hold(&mut tx, task).await? {
            return Ok(());
        }
        let Some(mut case) = Case::load(&mut tx, refund.payment_id).await? else { return Ok(()) };
        match &decision {
            Decision::Succeeded => {
                refund.status = RefundStatus::Succeeded;
                refund.review_reason = None;
                let Some(index) = case.index(refund.attempt_id) else { return Ok(()) };
                case.refunded(index, refund.amount, refund.id);
            }
            Decision::Failed(message) => {
                refund.status = RefundStatus::Failed;
                refund.review_reason = None;
                refund.provider_message = Some(message.clone());
                case.release(refund.amount);
            }
            Decision::Review(reason) => {
                refund.status = RefundStatus::NeedsReview;
                refund.review_reason = Some(reason.as_str().to_owned());
            }
            Decision::Send { .. } | Decision::Later => return Ok(()),
        }
        if decision != Decision::Review(ReviewReason::Unresolved) {
            refund.unknown_since = None;
        }
        case.tell_refund(&refund);
        if !refunds::update(&mut tx, &mut refund, now).await? || !case.save(&mut tx, &self.0.ambient).await? {
            return Err(DbError::Constraint("a refund changed while it was being decided".to_owned()));
        }
        match decision {
            Decision::Review(ReviewReason::Unresolved) => {
                let due = schedule::in_review(now, &self.0.settings);
                tasks::again(&mut tx, &[task], due, None).await?;
            }
            _ => tasks::finish(&mut tx, task).await?,
        }
        tx.commit().await?;
        self.0.told(refund.store_id);
        Ok(())
    }
}

/// Decides on a refund by what the provider says remains of the sale. A pure function.
pub(super) fn decide(
    refund: &Refund,
    attempt: &Attempt,
    transactions: &[Transaction],
    now: Time,
    patience: Duration,
) -> Decision {
    let Some((sale, remaining, only_whole)) = sale_of(refund, attempt, transactions) else {
        return Decision::Review(ReviewReason::RefundMismatch);
    };
    let amount = refund.amount;
    match refund.remaining_before {
        // It has left us once: what remains says what became of it, whatever was answered.
        Some(before) if remaining == before - amount => return Decision::Succeeded,
        Some(before) if remaining != before => return Decision::Review(ReviewReason::RefundMismatch),
        Some(_) if refund.status != RefundStatus::Pending && refund.refused => {
            return Decision::Failed(refund.provider_message.clone().unwrap_or_default());
        }
        Some(_) if refund.status != RefundStatus::Pending => return undecided(refund, now, patience),
        _ if remaining < amount => {
            let left = Money::new(remaining, refund.currency);
            return Decision::Failed(format!("the provider says that only {left} can be refunded"));
        }
        _ => {}
    }
    // Before settlement only the whole can be voided: a part waits.
    if only_whole && remaining != amount { Decision::Later } else { Decision::Send { sale, remaining } }
}

/// The sale that the refund is taken from: the one it was sent for, else the one of the attempt, else another one under
/// the same reference that has enough left (a customer who paid twice).
fn sale_of(refund: &Refund, attempt: &Attempt, transactions: &[Transaction]) -> Option<(String, i64, bool)> {
    let sales = || {
        let approved = transactions.iter().filter(|one| one.kind == TransactionKind::Sale && one.approved);
        approved.filter_map(|one| Some((one.id.clone(), one.remaining?.minor, one.only_whole)))
    };
    let named = |id: &Option<String>| sales().find(|(sale, ..)| Some(sale) == id.as_ref());
    if refund.provider_transaction.is_some() {
        return named(&refund.provider_transaction);
    }
    let own = named(&attempt.provider_transaction)?;
    if own.1 >= refund.amount {
        Some(own)
    } else {
        sales().find(|(_, remaining, _)| *remaining >= refund.amount).or(Some(own))
    }
}

/// Nothing is proved either way: time alone never turns it into a failure, it only brings a person in.
fn undecided(refund: &Refund, now: Time, patience: Duration) -> Decision {
    match refund.unknown_since {
        Some(since) if now.since(since) >= patience && refund.status != RefundStatus::NeedsReview => {
            Decision::Review(ReviewReason::Unresolved)
        }
        _ => Decision::Later,
    }
}

fn is_our_own_queue(error: &Error) -> bool {
    error.origin == Fault::Us && error.kind == Kind::RateLimited
}

#[cfg(test)]
mod tests;
