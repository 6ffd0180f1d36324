//! What we hold of a day at an account, as the comparison wants it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use jiff::civil::Date;
use payments_adapters::{BookKind, BookLine};
use schemas::payment::AttemptStatus;
use schemas::settlement::LineKind;
use schemas::{AccountId, AttemptId, SettlementId};
use uuid::Uuid;

use super::Settlements;
use super::compare::{Line, MoneyBack, Ours, Sale};
use crate::calendar;
use crate::db::settled::{self, SettledAttempt, SettledRefund};
use crate::db::settlement_lines::{SettledColumn, settled_elsewhere};
use crate::db::{DbError, Time};

/// What we hold, and the first day on which each of it can have happened over there.
pub(super) struct Held {
    pub ours: Ours,
    since: HashMap<Uuid, Date>,
}

impl Settlements {
    /// Reads what we hold of a day: what was proved in it, and all that the books name, whenever that was.
    ///
    /// What is proved within the tolerance before midnight may be dated by the next day over there, and is asked for then.
    pub(super) async fn held(
        &self,
        account: AccountId,
        day: Date,
        theirs: &[BookLine],
        own: Option<SettlementId>,
    ) -> Result<Held, DbError> {
        let Some((start, end)) = calendar::bounds(day) else {
            return Ok(Held { ours: Ours::default(), since: HashMap::new() });
        };
        let (db, tolerance) = (&self.payments.db, self.tolerance());
        let window = (start.before(tolerance), end.before(tolerance));
        let references: BTreeSet<&str> = theirs.iter().filter_map(|line| line.wire_reference.as_deref()).collect();
        let named = settled::attempts_named(db, &references.into_iter().collect::<Vec<_>>()).await?;
        let (named, others): (Vec<_>, Vec<_>) = named.into_iter().partition(|attempt| attempt.account_id == account);
        let elsewhere: HashSet<String> = others.into_iter().map(|attempt| attempt.wire_reference).collect();
        let mut attempts: HashMap<AttemptId, SettledAttempt> = settled::attempts_paid(db, account, window.0, window.1)
            .await?
            .into_iter()
            .map(|one| (one.id, one))
            .collect();
        let ids: Vec<AttemptId> = named.iter().map(|attempt| attempt.id).collect();
        attempts.extend(named.into_iter().map(|attempt| (attempt.id, attempt)));
        let mut refunds: HashMap<Uuid, SettledRefund> = HashMap::new();
        for found in
            [settled::refunds_succeeded(db, account, window.0, window.1).await?, settled::refunds_of(db, &ids).await?]
        {
            refunds.extend(found.into_iter().map(|refund| (refund.id.uuid(), refund)));
        }
        let ids: Vec<Uuid> = attempts.keys().map(|id| id.uuid()).collect();
        let sold: HashSet<Uuid> = elsewhere_of(self, SettledColumn::Attempt, account, &ids, own).await?;
        let ids: Vec<Uuid> = refunds.keys().copied().collect();
        let back: HashSet<Uuid> = elsewhere_of(self, SettledColumn::Refund, account, &ids, own).await?;
        let since = self.since(attempts.values(), refunds.values());
        let sales = attempts.into_values().map(|one| self.sale(one, window, &sold)).collect();
        let refunds = refunds.into_values().map(|one| money_back(one, window, &back)).collect();
        Ok(Held { ours: Ours { sales, refunds, elsewhere }, since })
    }

    /// Nothing of an attempt or a refund is older than itself, as far as both clocks agree.
    fn since<'a>(
        &self,
        attempts: impl Iterator<Item = &'a SettledAttempt>,
        refunds: impl Iterator<Item = &'a SettledRefund>,
    ) -> HashMap<Uuid, Date> {
        let day = |made: Time| calendar::day_of(made.before(self.tolerance()).timestamp());
        let attempts = attempts.map(|attempt| (attempt.id.uuid(), day(attempt.created_at)));
        attempts.chain(refunds.map(|refund| (refund.id.uuid(), day(refund.created_at)))).collect()
    }

    fn sale(&self, attempt: SettledAttempt, window: (Time, Time), settled: &HashSet<Uuid>) -> Sale {
        let paid = attempt.status == AttemptStatus::Paid;
        let settled = settled.contains(&attempt.id.uuid());
        let today = attempt.paid_at.is_some_and(|at| window.0 <= at && at < window.1);
        let fees = &self.payments.settings.fees;
        let of_gateway = fees.get(&format!("{}.{}", attempt.provider, attempt.gateway));
        let fee = of_gateway.or_else(|| fees.get(&attempt.provider));
        Sale {
            attempt: attempt.id,
            payment: attempt.payment_id,
            store: attempt.store_id,
            amount: schemas::Money::new(attempt.amount, attempt.currency),
            paid,
            transaction: attempt.provider_transaction,
            due: paid && today && !settled,
            settled,
            expected_fee: fee.map(|fee| fee.of(attempt.amount)),
            wire_reference: attempt.wire_reference,
        }
    }

    fn tolerance(&self) -> Duration {
        Duration::from_millis(self.settings.tolerance_ms)
    }
}

async fn elsewhere_of(
    area: &Settlements,
    column: SettledColumn,
    account: AccountId,
    ids: &[Uuid],
    own: Option<SettlementId>,
) -> Result<HashSet<Uuid>, DbError> {
    Ok(settled_elsewhere(&area.payments.db, column, account, ids, own).await?.into_iter().collect())
}

fn money_back(refund: SettledRefund, window: (Time, Time), settled: &HashSet<Uuid>) -> MoneyBack {
    let settled = settled.contains(&refund.id.uuid());
    MoneyBack {
        refund: refund.id,
        attempt: refund.attempt_id,
        payment: refund.payment_id,
        store: refund.store_id,
        wire_reference: refund.wire_reference,
        amount: schemas::Money::new(refund.amount, refund.currency),
        due: !settled && window.0 <= refund.updated_at && refund.updated_at < window.1,
        settled,
    }
}

impl Held {
    /// The earlier days whose books may have what these lines say that the other side knows nothing of.
    pub fn other_days(&self, lines: &[Line], day: Date, most: i64) -> BTreeSet<Date> {
        let first = calendar::before(day, most);
        let since = lines.iter().filter(|line| is_only_ours(line)).filter_map(|line| {
            let id = line.refund.map(Uuid::from).or(line.attempt.map(Uuid::from))?;
            self.since.get(&id).copied()
        });
        let Some(since) = since.min() else { return BTreeSet::new() };
        let mut days = BTreeSet::new();
        let mut one = since.max(first);
        while one < day {
            days.insert(one);
            one = calendar::before(one, -1);
        }
        days
    }

    /// What another day's books have is not missing in this one's.
    pub fn excuse(&mut self, others: &[BookLine]) {
        let named = |back: bool| {
            let lines = others.iter().filter(move |line| line.approved && line.kind != BookKind::Other);
            lines.filter(move |line| line.kind.goes_back() == back)
        };
        let sold: HashSet<&str> = named(false).filter_map(|line| line.wire_reference.as_deref()).collect();
        for sale in &mut self.ours.sales {
            sale.due &= !sold.contains(sale.wire_reference.as_str());
        }
        for line in named(true) {
            let same = self.ours.refunds.iter_mut().find(|refund| {
                let named = line.wire_reference.as_deref() == Some(refund.wire_reference.as_str());
                refund.due && named && line.amount.as_ref() == Ok(&refund.amount)
            });
            if let Some(refund) = same {
                refund.due = false;
            }
        }
    }
}

/// Whether the line says that the other side knows nothing.
fn is_only_ours(line: &Line) -> bool {
    line.kind == LineKind::MissingThere || (line.kind == LineKind::Refund && line.theirs.is_none())
}
