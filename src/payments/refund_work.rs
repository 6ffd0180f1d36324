//! Bringing a refund forward: ask what remains, send once, and then only ask, until what remains proves what happened.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kit::{Delivery, Entry, Error, Fault, Intent, Kind};
use payments_adapters::{Question, RefundAnswer, RefundOrder, Transaction, TransactionKind};
use schemas::payment::{RefundStatus, ReviewReason};
use schemas::{Money, RefundId};

use super::{Case, Payments, REFUND};
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
    Send { remaining: i64 },
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
        let served = payments.accounts.by_id(attempt.account_id, Some(refund.store_id)).await.ok().flatten();
        let Some(served) = served else { return self.later(task, refund).await };
        let sale = match self.sale(&served, &attempt).await {
            Ok(sale) => sale,
            Err(error) if is_our_own_queue(&error) => return self.defer(task).await,
            Err(_) => None,
        };
        let patience = Duration::from_millis(payments.settings.review_after_ms);
        let decision = match &sale {
            Some(transactions) => decide(&refund, &attempt, transactions, payments.now(), patience),
            None => undecided(&refund, payments.now(), patience),
        };
        match decision {
            Decision::Send { remaining } => self.send(task, refund, &attempt, &served, remaining).await,
            Decision::Later => self.later(task, refund).await,
            decision => self.end(task, refund, decision).await,
        }
    }

    /// The refund of a task, while there is something to do for it.
    async fn find(&self, task: &Task) -> Result<Option<(Refund, Attempt)>, DbError> {
        let Ok(id) = task.key.parse::<RefundId>() else { return Ok(None) };
        let Some(refund) = refunds::by_id(&self.0.db, id).await? else { return Ok(None) };
        if !matches!(refund.status, RefundStatus::Pending | RefundStatus::Processing) {
            return Ok(None);
        }
        let attempt = attempts::by_id(&self.0.db, refund.attempt_id).await?;
        Ok(attempt.map(|attempt| (refund, attempt)))
    }

    /// What the provider knows of the sale.
    async fn sale(&self, served: &Arc<Served>, attempt: &Attempt) -> Result<Option<Vec<Transaction>>, Error> {
        let question =
            Question { wire_reference: attempt.wire_reference.clone(), opened_at: attempt.created_at.timestamp() };
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
        refund: Refund,
        attempt: &Attempt,
        served: &Arc<Served>,
        remaining: i64,
    ) -> Result<(), DbError> {
        let order = RefundOrder {
            reference: refund.wire_reference.clone(),
            transaction: attempt.provider_transaction.clone().unwrap_or_default(),
            amount: refund.money(),
        };
        let call = match served.provider.describe_refund(&order).await {
            Ok(call) => call,
            Err(error) if is_our_own_queue(&error) => return self.defer(task).await,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a refund cannot be described");
                return self.later(task, refund).await;
            }
        };
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
        refund.status = RefundStatus::Processing;
        refund.remaining_before = Some(remaining);
        refund.intent_id = Some(entry.id);
        refund.refused = false;
        refund.unknown_since = Some(now);
        refund.asks = 0;
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
        match result {
            Ok(reply) => match served.provider.read_refund(&reply) {
                RefundAnswer::Accepted { id } => refund.provider_message = id.map(|id| format!("accepted as {id}")),
                RefundAnswer::Refused { message } => {
                    refund.refused = true;
                    refund.provider_message = Some(message);
                }
            },
            // Certainly not arrived: as before, and the next try needs an intent of its own.
            Err(error) if error.delivery == Delivery::Never => {
                refund.status = RefundStatus::Pending;
                refund.unknown_since = None;
                refund.provider_message = Some(error.message);
            }
            Err(error) => refund.provider_message = Some(error.message),
        }
        self.later(task, refund).await
    }

    /// Keeps the refund as it stands and asks again after a growing gap.
    async fn later(&self, task: &Task, mut refund: Refund) -> Result<(), DbError> {
        let now = self.0.now();
        let due = now.after(self.0.settings.gap(refund.asks));
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
        match decision {
            Decision::Succeeded => {
                refund.status = RefundStatus::Succeeded;
                let Some(index) = case.index(refund.attempt_id) else { return Ok(()) };
                case.refunded(index, refund.amount, refund.id);
            }
            Decision::Failed(message) => {
                refund.status = RefundStatus::Failed;
                refund.provider_message = Some(message);
                case.release(refund.amount);
            }
            Decision::Review(reason) => {
                refund.status = RefundStatus::NeedsReview;
                refund.review_reason = Some(reason.as_str().to_owned());
            }
            Decision::Send { .. } | Decision::Later => return Ok(()),
        }
        refund.unknown_since = None;
        if !refunds::update(&mut tx, &mut refund, now).await? || !case.save(&mut tx, &self.0.ambient).await? {
            return Err(DbError::Constraint("a refund changed while it was being decided".to_owned()));
        }
        tasks::finish(&mut tx, task).await?;
        tx.commit().await
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
    let sale = transactions.iter().find(|transaction| {
        transaction.kind == TransactionKind::Sale
            && transaction.approved
            && Some(&transaction.id) == attempt.provider_transaction.as_ref()
    });
    let Some(Transaction { remaining: Some(remaining), only_whole, .. }) = sale else {
        return Decision::Review(ReviewReason::RefundMismatch);
    };
    let (remaining, amount) = (remaining.minor, refund.amount);
    let Some(before) = refund.remaining_before.filter(|_| refund.status == RefundStatus::Processing) else {
        return match remaining {
            _ if remaining < amount => {
                let left = Money::new(remaining, refund.currency);
                Decision::Failed(format!("the provider says that only {left} can be refunded"))
            }
            // Before settlement only the whole can be voided: a part waits.
            _ if *only_whole && remaining != amount => Decision::Later,
            _ => Decision::Send { remaining },
        };
    };
    if remaining == before - amount {
        Decision::Succeeded
    } else if remaining != before {
        Decision::Review(ReviewReason::RefundMismatch)
    } else if refund.refused {
        Decision::Failed(refund.provider_message.clone().unwrap_or_default())
    } else {
        undecided(refund, now, patience)
    }
}

/// Nothing is proved either way: time alone never turns it into a failure, it only brings a person in.
fn undecided(refund: &Refund, now: Time, patience: Duration) -> Decision {
    match refund.unknown_since {
        Some(since) if now.since(since) >= patience => Decision::Review(ReviewReason::Unresolved),
        _ => Decision::Later,
    }
}

fn is_our_own_queue(error: &Error) -> bool {
    error.origin == Fault::Us && error.kind == Kind::RateLimited
}

#[cfg(test)]
mod tests;
