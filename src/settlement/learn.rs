//! Taking the provider's word in: a sale of an attempt that we do not hold for paid, or a second sale, is judged and becomes
//! what its case makes of it.

use std::collections::BTreeMap;

use payments_adapters::{BookKind, BookLine, Transaction, TransactionKind};
use schemas::payment::{AttemptStatus, PaymentStatus};
use schemas::settlement::{Decision, LineKind};
use uuid::Uuid;

use super::Settlements;
use super::compare::order;
use super::day::{changed, holds};
use crate::db::DbError;
use crate::db::attempts::Attempt;
use crate::db::events::PUBLISH;
use crate::db::settlement_lines::{self, Line as Row};
use crate::db::settlements::Settlement;
use crate::db::tasks::Task;
use crate::payments::judge::{Verdict, judge};
use crate::payments::{Case, Fact};

impl Settlements {
    /// Takes in what the lines say of attempts, one by one, each with its lines in one transaction: a worker that is killed
    /// here goes on where it was. `false` where the task is somebody else's by now.
    pub(super) async fn take_in(
        &self,
        settlement: &Settlement,
        rows: &[Row],
        theirs: &[BookLine],
        task: Option<&Task>,
    ) -> Result<bool, DbError> {
        let mut by_attempt: BTreeMap<Uuid, Vec<&Row>> = BTreeMap::new();
        for row in rows.iter().filter(|row| is_news(row)) {
            by_attempt.entry(row.attempt_id.unwrap_or_default()).or_default().push(row);
        }
        for (attempt, rows) in by_attempt {
            if !self.learn(settlement, attempt, &rows, theirs, task).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn learn(
        &self,
        settlement: &Settlement,
        attempt: Uuid,
        rows: &[&Row],
        theirs: &[BookLine],
        task: Option<&Task>,
    ) -> Result<bool, DbError> {
        let Some(payment) = rows[0].payment_id else { return Ok(true) };
        let now = self.now();
        let mut tx = self.payments.db.begin().await?;
        if !holds(&mut tx, task).await? {
            return Ok(false);
        }
        let Some(mut case) = Case::load(&mut tx, payment.into()).await? else { return Ok(true) };
        let Some(index) = case.index(attempt.into()) else { return Ok(true) };
        let verdict = judge(case.attempts[index].money(), &records(&case.attempts[index], theirs));
        if verdict == Verdict::Silent {
            return Ok(true);
        }
        case.learn(index, Fact::Verdict(verdict), now);
        let (status, paid) = (case.payment.status, case.attempts[index].status == AttemptStatus::Paid);
        let store = case.payment.store_id;
        if !case.save(&mut tx, &self.payments.ambient).await? {
            return Err(changed());
        }
        for row in rows {
            let mut row = Row { learnt: Some(status.to_string()), updated_at: now, ..(*row).clone() };
            // The provider's record is the truth, and nothing is left to be decided.
            if row.kind == LineKind::MissingHere && paid && status != PaymentStatus::NeedsReview {
                (row.decision, row.decided_at) = (Some(Decision::Theirs.as_str().to_owned()), Some(now));
            }
            settlement_lines::update(&mut tx, &row).await?;
        }
        tx.commit().await?;
        self.payments.waker.wake(PUBLISH, &store.to_string());
        tracing::info!(settlement = %settlement.id, %status, "a payment has taken in what the books say");
        Ok(true)
    }
}

fn is_news(row: &Row) -> bool {
    let kind = matches!(row.kind, LineKind::MissingHere | LineKind::Duplicate);
    kind && row.attempt_id.is_some() && row.learnt.is_none() && row.decision.is_none() && !row.superseded
}

/// Every approved sale under the attempt's reference: those of the day, and the one that it was paid by.
fn records(attempt: &Attempt, theirs: &[BookLine]) -> Vec<Transaction> {
    let named = |line: &&BookLine| {
        line.approved && line.kind == BookKind::Sale && line.wire_reference.as_deref() == Some(&attempt.wire_reference)
    };
    let mut lines: Vec<&BookLine> = theirs.iter().filter(named).collect();
    lines.sort_by(|one, other| order(one, other));
    let mut records: Vec<Transaction> = lines.into_iter().map(BookLine::record).collect();
    if attempt.status == AttemptStatus::Paid {
        let own = attempt.provider_transaction.clone().unwrap_or_default();
        let named = records.iter().any(|record| record.id == own);
        let unnamed = own.is_empty() && records.len() > 1;
        if !named && !unnamed {
            records.insert(0, proved(attempt, own));
        }
    }
    records
}

/// The sale that the attempt was paid by, which another day's books have.
fn proved(attempt: &Attempt, id: String) -> Transaction {
    Transaction {
        id,
        kind: TransactionKind::Sale,
        approved: true,
        declined: false,
        amount: Ok(attempt.money()),
        ours: true,
        remaining: None,
        only_whole: false,
        raw_status: attempt.raw_status.clone().unwrap_or_default(),
    }
}
